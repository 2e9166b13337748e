/**
 * Names fit for SQL, by one rule for columns and tables: the name wanted, if it is free; otherwise its beginning and a hash of what
 * it stands for. A name is at most 63 bytes, starts with a letter or `_`, and has letters and digits of any script and `_` only.
 */
import { createHash } from 'node:crypto'
import { mapLimits } from './limits.ts'
import { reservedWords } from './reserved-words.ts'

/** What a name is made of: `$page-url ` becomes `page_url`; empty where nothing is fit. Letters keep their case. */
export function fitWord(text: string): string {
  return text.normalize('NFC').replace(unfit, ' ').trim().replaceAll(' ', '_')
}

/** Runs of anything that is no letter, mark, digit or `_`, or that cannot be seen. */
const unfit = /[[^\p{L}\p{M}\p{N}_]\p{Default_Ignorable_Code_Point}]+/gv

/** Two names with the same fold are one name to some destination: case, and forms of the same character, do not tell them apart. */
export function foldName(name: string): string {
  return name.normalize('NFKC').toLowerCase().toUpperCase().normalize('NFKC')
}

export interface NameRequest {
  /** What the name should be: {@link fitWord}s. */
  readonly wanted: string
  /** What it stands for, told apart by it from everything else that may want the same name. */
  readonly identity: string
  /** Beginnings that no name may have, in lower case, each replaced by itself behind a `_`. */
  readonly reservedPrefixes: readonly string[]
  /** Names that are none, in lower case, besides the {@link reservedWords}. */
  readonly reservedNames: ReadonlySet<string>
}

/** A name whose fold is not taken. It depends on the request and on what is taken, on nothing else. */
export function freeName(request: NameRequest, taken: ReadonlySet<string>): string {
  return candidates(request).find((candidate) => !taken.has(foldName(candidate)))!
}

/** Why a name that a person chose is none; undefined where it is one. */
export function nameFault(
  name: string,
  { reservedPrefixes, reservedNames }: Pick<NameRequest, 'reservedPrefixes' | 'reservedNames'>,
): string | undefined {
  if (Buffer.byteLength(name) > mapLimits.nameBytesMax) return `a name has at most ${mapLimits.nameBytesMax} bytes`
  const fit = fitWord(name.toWellFormed())
  const plain = unreserved(fit, reservedPrefixes, reservedNames)
  if (plain === name) return undefined
  const instead = Buffer.byteLength(plain) > mapLimits.nameBytesMax ? '' : `: use ${plain}`
  if (fit === name) return `the name is reserved${instead}`
  return `a name has letters, digits and _ only${instead}`
}

function* candidates({ wanted, identity, reservedPrefixes, reservedNames }: NameRequest): Generator<string> {
  const plain = unreserved(wanted, reservedPrefixes, reservedNames)
  if (Buffer.byteLength(plain) <= mapLimits.nameBytesMax) yield plain
  const beginning = cut(plain, mapLimits.nameBytesMax - hashChars - 1)
  for (let attempt = 0; ; attempt++) yield `${beginning}_${hash(attempt === 0 ? identity : `${identity}#${attempt}`)}`
}

function unreserved(wanted: string, prefixes: readonly string[], names: ReadonlySet<string>): string {
  const lower = wanted.toLowerCase()
  if (reservedWords.has(lower) || names.has(lower)) return `${wanted}_`
  const mayStart = /^[\p{L}_]/u.test(wanted) && !prefixes.some((prefix) => lower.startsWith(prefix))
  return mayStart ? wanted : `_${wanted}`
}

/** As many whole characters as fit. */
function cut(text: string, bytesMax: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(bytesMax))
  return text.slice(0, read)
}

const hashChars = 8

function hash(identity: string): string {
  return createHash('sha256').update(identity).digest('hex').slice(0, hashChars)
}
