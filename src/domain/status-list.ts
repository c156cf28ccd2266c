/** Owns the shapes of a status list: as Redis has it, and published (draft-ietf-oauth-status-list). Never reads or signs one. */

/** What a published status list is made from. */
export interface StatusListContents {
  /** One bit a session, least significant bit first: set when it ended. */
  bits: Uint8Array
  /** True after a realm-wide cutoff: every session in it has ended. */
  void: boolean
  /** Ids of single access tokens that were ended while their session lives. */
  revokedTokens: string[]
}

export interface StatusLists {
  /** Null when there is no such list, or none any more. */
  read(list: string, now: number): Promise<StatusListContents | null>
}

/** A status list as it is published. */
interface PublishedStatusList {
  /** The compact form of the signed list. */
  text: string
  /** For the ETag: equal for copies with equal contents and times. */
  tag: string
}

export interface StatusListTokens {
  publish(list: string, contents: StatusListContents, now: number): Promise<PublishedStatusList>
}
