/** Ids of events: `<client>-<counter>`, the client's part random and with its start time, so that they never repeat and cost next to nothing. */

/** 48 random bits and the time of the start. */
export function newClientId(now: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(6))
  const random = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return `${random}-${Math.floor(now).toString(36)}`
}

/** The next id at each call. */
export function openIds(clientId: string): () => string {
  let count = 0
  return () => `${clientId}-${(count++).toString(36)}`
}
