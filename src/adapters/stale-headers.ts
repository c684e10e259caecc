/**
 * Headers that describe a response which is not sent after all, because its commit failed.
 *
 * They speak of its body, tell caches and clients to keep or follow it, or hand out what was not stored (a session
 * cookie for a user who does not exist). Headers that hold for every response, such as CORS, stay.
 *
 * @see RFC 9110, sections 8 (representation data) and 10.2 (response context)
 */
export const STALE_HEADERS: readonly string[] = Object.freeze([
  'accept-ranges',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-range',
  'content-type',
  'etag',
  'expires',
  'last-modified',
  'link',
  'location',
  'refresh',
  'set-cookie',
  'trailer',
  'transfer-encoding',
])
