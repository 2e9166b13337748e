/** Ids of events: `<client>-<counter>`, the client's part random and with its start time, so that they never repeat and cost next to nothing. */

/** 48 random bits and the time of the start. */
export function newClientId(now: number): string {
  return `${randomHex(6)}-${Math.floor(now).toString(36)}`
}

/** A random UUID (version 4), also where pages are not served safely and have no `randomUUID`. */
export function newUuid(): string {
  return randomHex(16).replace(/^(.{8})(.{4}).(.{3}).(.{3})/, '$1-$2-4$3-8$4-')
}

function randomHex(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  )
}

/** The next id at each call. */
export function openIds(clientId: string): () => string {
  let count = 0
  return () => `${clientId}-${(count++).toString(36)}`
}
