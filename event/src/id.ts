/**
 * Ids made here: UUIDv7 (RFC 9562 §5.7), so that they sort by time.
 *
 * A batch draws one id; its events count up from it in the last 32 bits, which start below 2^31, so that no batch of
 * fewer than 2^31 events ever carries into the random bits before them.
 */

/**
 * 16 bytes of a fresh UUIDv7 that at least 2^31 consecutive ids may follow, made of as many random ones. `now` is ms since 1970 UTC.
 */
export function newIdBase(now: number, bytes: Uint8Array = crypto.getRandomValues(new Uint8Array(16))): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  view.setUint16(0, Math.floor(now / 2 ** 32))
  view.setUint32(2, now >>> 0)
  bytes[6] = (bytes[6]! & 0x0f) | 0x70
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  bytes[12] = bytes[12]! & 0x7f
  return bytes
}

/** The id `index` places after a base, in the usual 36 characters. */
export function idAt(base: Uint8Array, index: number): string {
  const view = new DataView(base.buffer, base.byteOffset, 16)
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0')
  const low = (view.getUint32(12) + index) >>> 0
  return `${hex(view.getUint32(0), 8)}-${hex(view.getUint16(4), 4)}-${hex(view.getUint16(6), 4)}-${hex(view.getUint16(8), 4)}-${hex(view.getUint16(10), 4)}${hex(low, 8)}`
}

/** {@link idAt} of one base for many places. */
export function idsAfter(base: Uint8Array): (index: number) => string {
  const prefix = idAt(base, 0).slice(0, -8)
  const first = new DataView(base.buffer, base.byteOffset, 16).getUint32(12)
  return (index) => prefix + ((first + index) >>> 0).toString(16).padStart(8, '0')
}

/** A fresh UUIDv7 as text. */
export function newId(now: number): string {
  return idAt(newIdBase(now), 0)
}
