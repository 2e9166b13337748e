/** The limits every way in shares. Sizes are bytes of UTF-8 JSON as sent, after decompression. */
export const limits = {
  /** One event's JSON. */
  eventBytesMax: 1024 * 1024,
  /** One request's body, decompressed. */
  requestBytesMax: 10 * 1024 * 1024,
  /** Events in one request. */
  requestEventsMax: 2_000,
  /** Objects and arrays inside one another, the event's own object being 1. */
  depthMax: 64,
  /** One key of an object. */
  keyBytesMax: 1024,
  /** Keys of one object, repeated ones counted. */
  objectKeysMax: 1_000,
  /** Characters of an event type's name. */
  eventTypeCharsMax: 128,
  /** Characters of an id that the sender chose. */
  eventIdCharsMax: 128,
  /** Characters of an Idempotency-Key. */
  idempotencyKeyCharsMax: 255,
} as const
