/** Bodies for differential tests: sound ones, and the same with a few bytes changed. The same seed gives the same bodies. */
import { invalidUtf8, validUtf8 } from './encodings.ts'
import { naughtyTexts } from './naughty.ts'
import { invalidValues, validValues } from './values.ts'

export type Random = () => number

/** Numbers from 0 to below 1 (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A body of one to eight records, mostly sound: an array, an object or lines. */
export function makeBody(random: Random): Buffer {
  const records = Array.from({ length: 1 + int(random, 8) }, () => makeRecord(random))
  const space = pick(random, ['', '', '', ' ', '\n', '\r\n  ', '\t'])
  const mark = random() < 0.05 ? '\ufeff' : ''
  const text = pick(random, [
    () => `${space}${records[0]}${space}`,
    () => `[${space}${records.join(`${space},${space}`)}${space}]${space}`,
    () => records.join(pick(random, ['\n', '\r\n', '\n\n', ' \n'])) + space,
  ])()
  return Buffer.from(mark + text)
}

/** One to four changes, each of which a writer, a wire or an attacker could make. */
export function mutate(random: Random, body: Buffer): Buffer {
  let bytes = body
  for (let left = 1 + int(random, 4); left > 0; left--) bytes = pick(random, changes)(random, bytes)
  return bytes
}

/**
 * Whether a key may have an escape such as `\"`. V8 takes one of those for another now and then, so that `JSON.parse` gives the same
 * text different keys (nodejs/node#63785): what it says of such a body's keys proves nothing.
 */
export function hasEscapedKey(body: Buffer): boolean {
  return /\\.(?:[^"\\]|\\.)*"\s*:/.test(body.toString('latin1'))
}

const changes: readonly ((random: Random, bytes: Buffer) => Buffer)[] = [
  (random, bytes) => replace(bytes, int(random, bytes.length), 1, Buffer.from([int(random, 256)])),
  (random, bytes) => replace(bytes, int(random, bytes.length), 1, Buffer.from(pick(random, telling))),
  (random, bytes) => replace(bytes, int(random, bytes.length + 1), 0, Buffer.from(pick(random, telling))),
  (random, bytes) => replace(bytes, int(random, bytes.length + 1), 0, Buffer.from(pick(random, [...validUtf8, ...invalidUtf8]), 'hex')),
  (random, bytes) => replace(bytes, int(random, bytes.length), 1 + int(random, 4), Buffer.alloc(0)),
  (random, bytes) => bytes.subarray(0, int(random, bytes.length + 1)),
  (random, bytes) => replace(bytes, int(random, bytes.length), int(random, 20), someOf(random, bytes)),
]

/** What JSON is made of, one piece at a time. */
const telling = [...'"\\{}[]:,-+.eE0u/ \t\n\r\0\x1f\x7f', '\\"', '\\\\', '\\u', '":"', '","', ',"', 'true', 'null', '{}', '[]', '\ufeff', '\u2028', 'é']

function makeRecord(random: Random): string {
  const value = () => (random() < 0.02 ? pick(random, invalidValues) : pick(random, random() < 0.5 ? shortValues : plainValues))
  const key = () => JSON.stringify(random() < 0.2 ? pick(random, naughtyTexts) : pick(random, ['a', 'b', 'type', 'data', 'id', 'time']))
  const [colon, comma] = pick(random, [[':', ','], [':', ','], [': ', ', '], [' : ', '\r ,\t']])
  const members = Array.from({ length: int(random, 6) }, () => `${key()}${colon}${value()}`)
  return random() < 0.03 ? value() : `{${members.join(comma)}}`
}

/** Long ones would leave the rest no chance to be hit. */
const shortValues = validValues.filter((value) => value.length < 300)

const plainValues = ['"text"', '"a somewhat longer text of plain characters"', '1', '-0.5', '1e5', 'true', 'false', 'null', '{"c":"d","e":"f"}', '["g","h",1]']

function someOf(random: Random, bytes: Buffer): Buffer {
  const start = int(random, bytes.length)
  return bytes.subarray(start, start + int(random, 30))
}

function replace(bytes: Buffer, at: number, length: number, by: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, at), by, bytes.subarray(at + length)])
}

function int(random: Random, below: number): number {
  return Math.floor(random() * below)
}

function pick<T>(random: Random, list: readonly T[]): T {
  return list[int(random, list.length)]!
}
