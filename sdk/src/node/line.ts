/**
 * One event as a line of a spool file:
 *
 *   crc32 of the rest, 8 hexadecimal digits · TAB · id · TAB · time · TAB · stream · TAB · authKey · TAB · data · LF
 *
 * id, stream and authKey are JSON texts without their quotes, data is JSON on one line: none of them holds a tab or a line feed.
 */
import * as zlib from 'node:zlib'
import type { StoredEvent } from '../types.ts'

export function lineOf({ id, time, stream, authKey = '', data }: StoredEvent): string {
  const rest = `${unquoted(id)}\t${time}\t${unquoted(stream)}\t${unquoted(authKey)}\t${data}`
  return `${checksum(rest)}\t${rest}\n`
}

/** Undefined: damaged, or none of ours. */
export function eventOf(line: Buffer): StoredEvent | undefined {
  if (line[8] !== tab || checksum(line.subarray(9)) !== line.toString('latin1', 0, 8)) return undefined
  const [id, time, stream, authKey, ...data] = line.toString('utf8', 9).split('\t')
  if (id === undefined || stream === undefined || data.length !== 1) return undefined
  const event = { id: quoted(id), time: Number(time), stream: quoted(stream), data: data[0]! }
  return authKey ? { ...event, authKey: quoted(authKey) } : event
}

const tab = 9

function unquoted(text: string): string {
  return /^[\w .:-]*$/.test(text) ? text : JSON.stringify(text).slice(1, -1)
}

function quoted(text: string): string {
  return text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text
}

function checksum(text: string | Uint8Array): string {
  return crc32(text).toString(16).padStart(8, '0')
}

/** Node has it from 20.15 and 22.2 on. */
const crc32: (text: string | Uint8Array) => number =
  'crc32' in zlib ? zlib.crc32 : (text) => slowCrc32(typeof text === 'string' ? Buffer.from(text) : text)

function slowCrc32(bytes: Uint8Array): number {
  let sum = ~0
  for (const byte of bytes) {
    sum ^= byte
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0)
  }
  return ~sum >>> 0
}
