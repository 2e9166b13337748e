/** Values as the library decodes them, as JSON: of columns that are nested, and of types that are seldom. */
import type { Json } from '@millrace/event/event'
import type { ParquetParsers } from 'hyparquet'
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js'
import { exactNumber, isExactNumber, parseExactly } from '../../../../exact-json.ts'

const utf8 = new TextDecoder()

export const parsers: ParquetParsers = {
  ...DEFAULT_PARSERS,
  timestampFromMilliseconds: (ms) => timestamp(ms * 1_000_000n),
  timestampFromMicroseconds: (us) => timestamp(us * 1_000n),
  timestampFromNanoseconds: timestamp,
  uuidFromBytes: (bytes) => {
    if (!bytes) return undefined // what is null comes here, too
    const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  },
  dateFromDays: (days) => dateOf(days) ?? days,
  jsonFromBytes: (bytes) => bytes && parseExactly(utf8.decode(bytes)),
}

/**
 * Of a map's keys: the library assigns them to an object's members, where one of the name `__proto__` is none. What stands for it is no
 * text that UTF-8 can say.
 */
export function assignableKey(key: unknown): unknown {
  return key === '__proto__' ? standIn : key
}

const standIn = '\ud800__proto__'

export function jsonTextOf(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (isPlain(value)) return `${value as null | boolean | number}`
  return JSON.stringify(jsonOf(value))
}

function isPlain(value: unknown): boolean {
  return value === null || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))
}

/** Whole numbers with all their digits, bytes as base64; NaN and infinity, which JSON cannot say, as null. */
function jsonOf(value: unknown): Json {
  if (typeof value === 'bigint') return exactNumber(`${value}`)
  if (typeof value === 'string' || isPlain(value) || isExactNumber(value)) return value as Json
  if (value instanceof Date) return iso(value.getTime()) ?? null
  if (ArrayBuffer.isView(value)) return viewJson(value)
  if (Array.isArray(value)) return value.map(jsonOf)
  if (value === undefined || typeof value !== 'object' || value === null) return null
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name === standIn ? '__proto__' : name, jsonOf(member)]),
  )
}

function viewJson(value: ArrayBufferView): Json {
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')
  return Array.from(value as unknown as ArrayLike<number | bigint>, jsonOf)
}

/** Nanoseconds since 1970 UTC. */
function timestamp(ns: bigint): string | null {
  const ms = ns >= 0n ? ns / 1_000_000n : -((-ns + 999_999n) / 1_000_000n)
  return timestampOf(Number(ms), Number(ns - ms * 1_000_000n))
}

/** With as many digits as it has beyond milliseconds; null where no calendar goes. */
export function timestampOf(ms: number, restNs: number): string | null {
  const text = iso(ms)
  if (text === undefined || restNs === 0) return text ?? null
  return `${text.slice(0, -1)}${`${restNs}`.padStart(6, '0').replace(/(000)$/, '')}Z`
}

/** Days since 1970; undefined where no calendar goes. */
export function dateOf(days: number): string | undefined {
  return iso(days * 86_400_000)?.slice(0, 10)
}

function iso(ms: number): string | undefined {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : undefined
}
