/**
 * Messages of logical replication as the output plugin `pgoutput` writes them in version 1 of its protocol.
 * https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html
 */

export interface ChangedRelation {
  readonly oid: number
  readonly schema: string
  readonly name: string
  readonly columns: readonly {
    readonly name: string
    readonly oid: number
    readonly modifier: number
    readonly isKey: boolean
  }[]
}

/** A column's text; null; `undefined` where it is large and has not changed. */
export type ChangedValue = Buffer | null | undefined

export type Message =
  | { readonly type: 'begin'; readonly lsn: bigint; readonly committedAt: number }
  /** `end`: behind the transaction. */
  | { readonly type: 'commit'; readonly end: bigint }
  | { readonly type: 'relation'; readonly relation: ChangedRelation }
  | { readonly type: 'insert'; readonly relation: number; readonly row: readonly ChangedValue[] }
  | {
      readonly type: 'update' | 'delete'
      readonly relation: number
      /** What it was: the whole row, or of a changed or deleted one the key alone, its other columns null. */
      readonly before?: { readonly isWhole: boolean; readonly row: readonly ChangedValue[] }
      readonly row?: readonly ChangedValue[]
    }
  | { readonly type: 'truncate'; readonly relations: readonly number[] }
  | { readonly type: 'other' }

/** ms from 1970 to 2000, from which PostgreSQL counts µs. */
const epochMs = 946_684_800_000

export function readMessage(bytes: Buffer): Message {
  const at = openCursor(bytes)
  const type = String.fromCharCode(at.u8())
  switch (type) {
    case 'B':
      return { type: 'begin', lsn: at.u64(), committedAt: epochMs + Number(at.u64() / 1000n) }
    case 'C':
      at.u8()
      at.u64()
      return { type: 'commit', end: at.u64() }
    case 'R':
      return { type: 'relation', relation: readRelation(at) }
    case 'I': {
      const relation = at.u32()
      at.u8()
      return { type: 'insert', relation, row: readRow(at) }
    }
    case 'U':
      return readUpdate(at)
    case 'D': {
      const relation = at.u32()
      const isWhole = at.u8() === 0x4f
      return { type: 'delete', relation, before: { isWhole, row: readRow(at) } }
    }
    case 'T': {
      const count = at.u32()
      at.u8()
      return { type: 'truncate', relations: Array.from({ length: count }, () => at.u32()) }
    }
    default:
      return { type: 'other' }
  }
}

function readUpdate(at: Cursor): Message {
  const relation = at.u32()
  const kind = at.u8()
  if (kind === 0x4e) return { type: 'update', relation, row: readRow(at) }
  const before = { isWhole: kind === 0x4f, row: readRow(at) }
  at.u8()
  return { type: 'update', relation, before, row: readRow(at) }
}

function readRelation(at: Cursor): ChangedRelation {
  const oid = at.u32()
  const [schema, name] = [at.text() || 'pg_catalog', at.text()]
  at.u8()
  const columns = Array.from({ length: at.u16() }, () => ({
    isKey: (at.u8() & 1) === 1,
    name: at.text(),
    oid: at.u32(),
    modifier: at.i32(),
  }))
  return { oid, schema, name, columns }
}

function readRow(at: Cursor): ChangedValue[] {
  return Array.from({ length: at.u16() }, () => {
    const kind = at.u8()
    if (kind === 0x74) return at.take(at.u32())
    return kind === 0x6e ? null : undefined
  })
}

type Cursor = ReturnType<typeof openCursor>

function openCursor(bytes: Buffer) {
  let at = 0
  const skip = (length: number) => {
    at += length
    return at - length
  }
  return {
    u8: () => bytes.readUInt8(skip(1)),
    u16: () => bytes.readUInt16BE(skip(2)),
    u32: () => bytes.readUInt32BE(skip(4)),
    i32: () => bytes.readInt32BE(skip(4)),
    u64: () => bytes.readBigUInt64BE(skip(8)),
    take: (length: number) => bytes.subarray(skip(length), at),
    text() {
      const end = bytes.indexOf(0, at)
      const text = bytes.toString('utf8', at, end)
      at = end + 1
      return text
    },
  }
}

/** `16/B374D848` as a number, and back. */
export function lsnOf(text: string): bigint {
  const [high, low] = text.split('/')
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`)
}

export function lsnText(lsn: bigint): string {
  return `${(lsn >> 32n).toString(16).toUpperCase()}/${(lsn & 0xffffffffn).toString(16).toUpperCase()}`
}

/** With all its digits, so that texts are in the order of what they say. */
export function lsnDigits(lsn: bigint): string {
  return lsn.toString(16).toUpperCase().padStart(16, '0')
}
