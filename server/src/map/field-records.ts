/** What was seen in the fields of one event type, field by field. */
import { decodeString } from '@millrace/json/walk'
import type { FieldCount } from './field-counts.ts'
import { type FieldPath, pathKey } from './field-path.ts'
import type { FieldRecord } from './field-tree.ts'
import { columnType } from './field-type.ts'
import { type ValueKind, visitValues } from './field-values.ts'
import { typeOf } from './infer.ts'
import { statisticsLimits } from './limits.ts'

interface Noted {
  readonly path: FieldPath
  /** Values of its column, and values in events that were looked at. */
  counted: number
  looked: number
  readonly types: Map<string, number>
  readonly samples: string[]
  firstSeenAt: number
  lastSeenAt: number
}

export class FieldRecords {
  readonly #noted: Map<string, Noted>

  constructor(records: readonly FieldRecord[]) {
    this.#noted = new Map(records.map((record) => [pathKey(record.path), notedOf(record)]))
  }

  get size(): number {
    return this.#noted.size
  }

  all(): FieldRecord[] {
    return Array.from(this.#noted.values(), ({ counted, looked, types, samples, ...rest }) => ({
      ...rest,
      count: Math.max(counted, looked),
      isExact: counted >= looked,
      types: Object.fromEntries(types),
      samples: [...samples],
    }))
  }

  addCount(path: FieldPath, { count, firstSeenAt, lastSeenAt }: FieldCount): void {
    if (count === 0) return
    const noted = this.#noted.get(pathKey(path)) ?? this.#begin(path)
    noted.counted += count
    noted.firstSeenAt ||= firstSeenAt
    noted.lastSeenAt = Math.max(noted.lastSeenAt, lastSeenAt)
  }

  /** Looks at one event's JSON; at most `room` fields become new ones. @returns how many did. */
  look(bytes: Uint8Array, seenAt: number, room: number): number {
    const before = this.#noted.size
    const sizeMax = Math.min(statisticsLimits.fieldsPerTypeMax, before + room)
    visitValues(bytes, 0, bytes.length, (path, kind, start, end) => {
      const known = this.#noted.get(pathKey(path))
      if (!known && this.#noted.size >= sizeMax) return
      const noted = known ?? this.#begin(path.slice())
      noted.looked++
      noted.firstSeenAt ||= seenAt
      noted.lastSeenAt = seenAt
      const seen = typeOf(bytes, kind, start, end)
      const type = seen ? columnType(seen) : 'VARCHAR'
      noted.types.set(type, (noted.types.get(type) ?? 0) + 1)
      noteSample(noted.samples, sampleOf(bytes, kind, start, end))
    })
    return this.#noted.size - before
  }

  #begin(path: FieldPath): Noted {
    const noted = { path, counted: 0, looked: 0, types: new Map(), samples: [], firstSeenAt: 0, lastSeenAt: 0 }
    this.#noted.set(pathKey(path), noted)
    return noted
  }
}

function notedOf({ count, isExact, types, samples, ...rest }: FieldRecord): Noted {
  const counts = { counted: isExact ? count : 0, looked: isExact ? 0 : count }
  return { ...rest, ...counts, types: new Map(Object.entries(types)), samples: [...samples] }
}

/** Each once, the newest last. */
function noteSample(samples: string[], sample: string): void {
  if (samples.includes(sample)) return
  samples.push(sample)
  if (samples.length > statisticsLimits.samplesMax) samples.shift()
}

function sampleOf(bytes: Uint8Array, kind: ValueKind, start: number, end: number): string {
  const { sampleCharsMax } = statisticsLimits
  if (kind === 'string') return cut(decodeString(bytes, start, end))
  return cut(Buffer.from(bytes.subarray(start, Math.min(end, start + sampleCharsMax * 4))).toString())
}

/** At most so many characters, none of them halved. */
function cut(text: string): string {
  const { sampleCharsMax } = statisticsLimits
  if (text.length <= sampleCharsMax) return text
  return Array.from(text.slice(0, sampleCharsMax * 2))
    .slice(0, sampleCharsMax)
    .join('')
    .toWellFormed()
}
