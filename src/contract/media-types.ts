/** Owns the media types that are sent here and answered. Never who may send which. */

export const JSON_TYPE = 'application/json'
export const FORM_TYPE = 'application/x-www-form-urlencoded'
/** draft-ietf-oauth-status-list section 8. */
export const SIGNED_LIST_TYPE = 'application/statuslist+jwt'
