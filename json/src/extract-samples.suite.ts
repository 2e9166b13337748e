/** Random JSON objects and leaves for the tests of extractors, the same for the same seed: ordinary, odd and hostile ones. */
import type { Leaf, LeafType } from './extraction.ts'

/** A number in [0, 1), the next of a sequence that its seed fixes (mulberry32). */
export type Random = () => number

export function openRandom(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[Math.floor(random() * choices.length)]!
}

/** Leaves at about `count` paths, with types that often fit what {@link randomEvent} writes there; sometimes at every key of the event itself. */
export function randomLeaves(random: Random, count: number, depthMax: number): Leaf[] {
  const paths: string[][] = random() < 0.5 ? keys.map((key) => [key]) : []
  for (let index = 0; index < count; index++) {
    const path: string[] = []
    do path.push(pick(random, keys))
    while (path.length < depthMax && random() < 0.35)
    paths.push(path)
  }
  const oddness = pick(random, [0, 0.3])
  const leaves = new Map<string, Leaf>()
  for (const path of paths) {
    const type = random() < oddness ? pick(random, types) : usualType(path.at(-1)!)
    const leaf: Leaf = type === 'DECIMAL' ? { path, type, scale: pick(random, [0, 2, 10, 30]) } : { path, type }
    leaves.set(JSON.stringify(path), leaf)
  }
  return [...leaves.values()]
}

/** The text of one object, valid JSON but not always kind: any white space, escapes, repeated keys, lone surrogates, extreme numbers. */
export function randomEvent(random: Random): string {
  const oddness = pick(random, [0, 0, 0.02, 0.2])
  return randomObject(random, oddness, 0)
}

/** The key decides the kind of value that is usual there, so that leaves of fitting types exist. */
const keys = [
  'a',
  'flag',
  'count',
  'amount',
  'price',
  'at',
  'day',
  'name',
  'tags',
  'id',
  'no',
  '',
  'a"b',
  'a:',
  'a\\',
  'ключ',
  '😀',
  '\ud800',
  '\ufffd',
  '__proto__',
  'constructor',
  'toString',
  'sixteen_letters_',
  'seventeen_letters',
  'fifteen_letters',
  'k'.repeat(40),
  `${'k'.repeat(39)}j`,
  'line\nbreak',
]
const types: readonly LeafType[] = [
  'BOOLEAN',
  'BIGINT',
  'DOUBLE',
  'DECIMAL',
  'TIMESTAMP',
  'DATE',
  'VARCHAR',
  'JSON',
  'DISCARD',
]

function usualType(key: string): LeafType {
  return usualTypes.get(key) ?? 'VARCHAR'
}

const usualTypes = new Map<string, LeafType>([
  ['flag', 'BOOLEAN'],
  ['count', 'BIGINT'],
  ['amount', 'DECIMAL'],
  ['price', 'DOUBLE'],
  ['at', 'TIMESTAMP'],
  ['day', 'DATE'],
  ['tags', 'JSON'],
  ['no', 'DISCARD'],
])

function randomObject(random: Random, oddness: number, depth: number): string {
  const members: string[] = []
  const start = Math.floor(random() * keys.length)
  const count = Math.floor(random() * (depth === 0 ? keys.length : 4))
  for (let index = 0; index < count; index++) {
    const isRepeated = index > 0 && random() < oddness * 0.2
    const key = isRepeated ? keys[start]! : random() < 0.8 ? keys[(start + index) % keys.length]! : pick(random, keys)
    const text = randomString(random, key, random() < oddness)
    members.push(
      `${space(random, oddness)}${text}${space(random, oddness)}:${space(random, oddness)}${randomValue(random, key, oddness, depth)}`,
    )
  }
  return `{${members.join(`${space(random, oddness)},`)}${space(random, oddness)}}`
}

function randomValue(random: Random, key: string, oddness: number, depth: number): string {
  if (random() < 0.1) return 'null'
  if (depth < 6 && random() < 0.12) return randomObject(random, oddness, depth + 1)
  if (random() < oddness)
    return pick(random, [randomNumber, randomTime, randomText, randomArray, randomFlag])(random, oddness)
  switch (usualType(key)) {
    case 'BOOLEAN':
      return randomFlag(random)
    case 'BIGINT':
      return random() < 0.7 ? String(Math.floor(random() * 10 ** (random() * 16))) : pick(random, integers)
    case 'DECIMAL':
    case 'DOUBLE':
      return randomNumber(random, oddness)
    case 'TIMESTAMP':
      return randomTime(random, oddness)
    case 'DATE':
      return `"${new Date(random() * 4e12).toISOString().slice(0, 10)}"`
    case 'JSON':
      return randomArray(random, oddness)
    default:
      return randomText(random, oddness)
  }
}

function randomFlag(random: Random): string {
  return random() < 0.5 ? 'true' : 'false'
}

function randomNumber(random: Random, oddness: number): string {
  const shape = random()
  const sign = random() < 0.3 ? '-' : ''
  if (shape < 0.3) return sign + (random() * 10 ** Math.floor(random() * 6)).toFixed(Math.floor(random() * 5))
  if (shape < 0.5) return sign + String(random())
  if (shape < 0.6) return sign + String(random() * 10 ** Math.floor(random() * 40 - 20))
  if (shape < 0.7) return sign + (random() * 1e3).toPrecision(14 + Math.floor(random() * 6))
  if (shape < 0.8 || random() > oddness * 4) return String(Math.floor(random() * 1e6))
  if (shape < 0.85) return sign + digits(random, 1 + random() * 45)
  if (shape < 0.9) return `${sign}${digits(random, 1 + random() * 20)}.${digits(random, 1 + random() * 40, '0')}`
  if (shape < 0.95)
    return `${sign}${digits(random, 1 + random() * 20)}${pick(random, ['e', 'E', 'e+', 'e-', '.5e', '.0E-'])}${Math.floor(random() * 340)}`
  return pick(random, integers.concat(extremes))
}

function digits(random: Random, count: number, first = ''): string {
  let text = first || String(1 + Math.floor(random() * 9))
  while (text.length < count) text += random() < 0.2 ? '000' : Math.floor(random() * 10)
  return text
}

const integers = [
  '0',
  '-0',
  '7',
  '9007199254740991',
  '9007199254740992',
  '9007199254740993',
  '-9007199254740993',
  '4503599627370497',
  '9223372036854775807',
  '9223372036854775808',
  '-9223372036854775808',
  '-9223372036854775809',
  '18446744073709551616',
  '99999999999999999999',
  '100000000000000000000',
  '1000000000000000',
]
const extremes = [
  '1e400',
  '-1e400',
  '1e-400',
  '1e308',
  '1.7976931348623157e308',
  '1.7976931348623159e308',
  '5e-324',
  '2e-324',
  '4.9e-324',
  '2.2250738585072014e-308',
  '0e999',
  '-0.0',
  '0.0000',
  '1.0',
  '1E5',
  '1e-7',
  '1e22',
  '1e23',
  '123456789012345678e-2',
  `0.${'0'.repeat(330)}1`,
  `1${'0'.repeat(310)}`,
  '1e99999999999999999999',
  '1e-99999999999999999999',
  '0.1',
  '0.30000000000000004',
  '0.3000000000000000444',
  '1.10',
  '12345678901234567890123456789012345678',
  '0.99999999999999999',
  '9.5367431640625e-7',
]

function randomTime(random: Random, oddness: number): string {
  const time = new Date(random() < 0.8 ? random() * 4e12 : random() * 4e14 - 1e14).toISOString()
  if (random() > oddness * 3) return JSON.stringify(random() < 0.2 ? time.slice(0, 10) : time)
  const day = pick(random, [
    time.slice(0, 10),
    '2024-02-29',
    '2023-02-29',
    '1900-02-29',
    '0000-01-01',
    '0001-01-01',
    '9999-12-31',
    '2024-04-31',
    '2024-13-01',
    '2024-1-1',
    '２０２４-01-01',
  ])
  const clock = pick(random, [
    '',
    '00:00',
    '23:59:59',
    '23:59:60',
    '24:00',
    '12:30',
    '12:30:5',
    '12:30:05',
    '12:30:05.',
    '12:60',
  ])
  const fraction = random() < 0.5 ? '' : `.${digits(random, 1 + random() * 9, String(Math.floor(random() * 10)))}`
  const zone = pick(random, [
    '',
    'Z',
    'z',
    '+02',
    '-0530',
    '+05:30',
    '+23:59',
    '-23:59',
    '+24:00',
    '+1:00',
    '+01:60',
    ' Z',
    '+',
  ])
  const text = `${day}${pick(random, ['T', ' ', 't', ''])}${clock}${clock.length === 8 ? fraction : ''}${zone}`
  return randomString(random, text, random() < oddness)
}

function randomText(random: Random, oddness: number): string {
  let text = ''
  const length = Math.floor(random() * random() * 70)
  while (text.length < length)
    text += pick(random, ['a', 'bc', 'words and ', 'ü', '漢字', '😀', '/', ...(random() < oddness ? oddPieces : [])])
  return randomString(random, text, random() < oddness)
}

const oddPieces = [
  '"',
  '\\',
  '\n',
  '\u0000',
  '\u001f',
  '\u007f',
  '\u2028',
  '\ud800',
  '\udc00',
  '\ud83d',
  '\ude00',
  '\ufeff',
  '{',
  ']',
]

/** A text as a JSON string; lone surrogates are always escaped, anything is where `isOdd`. */
function randomString(random: Random, text: string, isOdd: boolean): string {
  if (!isOdd) return JSON.stringify(text)
  let written = ''
  for (const unit of text.split('')) {
    const hex = unit.charCodeAt(0).toString(16).padStart(4, '0')
    if (random() < 0.3) written += `\\u${random() < 0.5 ? hex : hex.toUpperCase()}`
    else written += unit === '/' && random() < 0.5 ? '\\/' : JSON.stringify(unit).slice(1, -1)
  }
  return `"${written.toWellFormed() === written ? written : JSON.stringify(text).slice(1, -1)}"`
}

function randomArray(random: Random, oddness: number): string {
  const items: string[] = []
  while (random() < 0.6) {
    const nested = random() < 0.2 ? randomArray(random, oddness) : undefined
    items.push(
      nested ??
        (random() < 0.3 ? randomObject(random, oddness, 6) : randomValue(random, pick(random, keys), oddness, 6)),
    )
  }
  return `[${items.join(`,${space(random, oddness)}`)}${space(random, oddness)}]`
}

function space(random: Random, oddness: number): string {
  return random() < oddness ? pick(random, [' ', '\n', '\t', '\r\n', '                    ']) : ''
}
