/** Ids of events: `<client>-<counter>`, the client's part random and with its start time, so that they never repeat and cost next to nothing. */

/** 48 random bits and the time of the start. */
export function newClientId(now: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(6))
  const random = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return `${random}-${Math.floor(now).toString(36)}`
}

/** A random UUID (version 4), also where pages are not served safely and have no `randomUUID`. */
export function newUuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/** The next id at each call. */
export function openIds(clientId: string): () => string {
  let count = 0
  return () => `${clientId}-${(count++).toString(36)}`
}
