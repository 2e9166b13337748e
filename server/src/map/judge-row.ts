/**
 * One event against the rules of its mapping, value by value: which are learnt from, which are dropped, converted or left out, and
 * whether the event can become a row at all. Only events that the mapping does not fit are looked at so.
 */
import { convertValue } from './convert-value.ts'
import { type FieldPath, pathKey } from './field-path.ts'
import { columnType, fits } from './field-type.ts'
import { visitValues } from './field-values.ts'
import { isTooLarge, outOfRange, type RowFault, shown, tooLarge, typeOf } from './infer.ts'
import type { Field } from './mapping.ts'
import type { Finding } from './mapping-draft.ts'
import type { Policy } from './policy.ts'
import { withTextsOfSeries } from './series.ts'

export interface Judgement {
  /** What columns must come to hold. */
  readonly findings: readonly Finding[]
  /** The event as it becomes a row, where that is not as it came. */
  readonly rewritten: Uint8Array | undefined
  /** Paths whose values were dropped. */
  readonly dropped: readonly FieldPath[]
  /** The first reason why it cannot become a row. */
  readonly fault: RowFault | undefined
}

/** Judges one event's JSON, in which no path comes twice. */
export function judgeRow(bytes: Uint8Array, policy: Policy): Judgement {
  const findings: Finding[] = []
  const dropped: FieldPath[] = []
  const edits: Edit[] = []
  let fault: RowFault | undefined
  visitValues(bytes, 0, bytes.length, (path, kind, start, end) => {
    const field = policy.field(path)
    const rule = field ? 'learn' : policy.unmapped(path)
    if (rule === 'drop') {
      dropped.push(path.slice())
      edits.push({ start, end, token: nothing })
      return
    }
    if (fault) return
    if (rule === 'refuse') fault = unmapped(path)
    else if (isTooLarge(bytes, kind, start, end)) fault = tooLarge(path)
    else {
      const seen = typeOf(bytes, kind, start, end)
      if (!seen) fault = outOfRange(path)
      else if (!field || fits(seen, field.type) || policy.mayWiden(field)) findings.push({ path: path.slice(), seen })
      else {
        const token = convertValue({ bytes, kind, start, end }, field.type)
        if (token) edits.push({ start, end, token })
        else if (policy.onConflict === 'null') edits.push({ start, end, token: nothing })
        else fault = unfit(field, columnType(seen))
      }
    }
  })
  const learnt = withTextsOfSeries(findings, (path) => policy.field(path) === undefined)
  return { findings: fault ? [] : learnt, dropped, fault, rewritten: edited(bytes, edits) }
}

/** Keys of paths, for looking up which are dropped already. */
export class DroppedPaths {
  readonly #paths: FieldPath[] = []
  readonly #keys = new Set<string>()

  /** @returns whether there was one that is new, and room for it. */
  add(paths: readonly FieldPath[]): boolean {
    const before = this.#keys.size
    for (const path of paths) {
      const key = pathKey(path)
      if (this.#keys.size >= droppedMax || this.#keys.has(key)) continue
      this.#keys.add(key)
      this.#paths.push(path)
    }
    return this.#keys.size > before
  }

  get paths(): readonly FieldPath[] {
    return this.#paths
  }
}

/** Paths that an extractor passes over by itself; values at others are taken out of their events one by one. */
const droppedMax = 1_000

interface Edit {
  readonly start: number
  readonly end: number
  readonly token: Uint8Array
}

function edited(bytes: Uint8Array, edits: readonly Edit[]): Uint8Array | undefined {
  if (edits.length === 0) return undefined
  const pieces: Uint8Array[] = []
  let at = 0
  for (const { start, end, token } of edits) {
    pieces.push(bytes.subarray(at, start), token)
    at = end
  }
  return Buffer.concat([...pieces, bytes.subarray(at)])
}

function unmapped(path: FieldPath): RowFault {
  const { text, subject } = shown(path)
  return { code: 'unmapped_field', message: `The field ${text} has no column, and the mode is STRICT`, subject }
}

function unfit({ path, column, type }: Field, found: string): RowFault {
  const { text, subject } = shown(path)
  const message = `The value at ${text}, a ${found}, cannot become a ${type} of the column ${column}`
  return { code: 'value_not_convertible', message, subject }
}

const nothing = new TextEncoder().encode('null')
