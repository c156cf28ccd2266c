/** Owns what is kept of where a call came from. Never how that is found out: http/device.ts does. */

/** For the audit log and the list of devices. Every field may be empty. */
export interface Origin {
  ip: string
  /** Coarse: city and country, as the edge tells. */
  place: string
  device: string
  requestId: string
}
