/**
 * Fits a mapping to rows: extracts them, learns from rows that the mapping does not fit, and extracts all of them again, until every
 * row fits or has a fault of its own. The outcome depends on the rows alone, not on their order: what each row that does not fit says
 * is joined, and names are given at the end.
 */
import { type Extraction, type Extractor, rowFlags } from '@millrace/json/extraction'
import { openExtractor } from '@millrace/json/extractor'
import { withoutDuplicates } from '@millrace/json/walk'
import { newFacts } from './column-facts.ts'
import { check, constraintsOf } from './constraints.ts'
import { bytesOf, type EventRows, partsOf, without } from './event-rows.ts'
import { explain, infer, type RowFault } from './infer.ts'
import { DroppedPaths, judgeRow } from './judge-row.ts'
import { mapLimits } from './limits.ts'
import { extractorSettings, type Mapping } from './mapping.ts'
import { type Finding, MappingDraft } from './mapping-draft.ts'
import { withMetadata } from './metadata.ts'
import type { Policy } from './policy.ts'
import { splitRow } from './rest.ts'
import type { TableColumns } from './table-columns.ts'
import { withBrackets, withoutBrackets } from './whole-objects.ts'

/** Rows that fit: their extraction has no flags. */
export interface FittedRows {
  readonly rows: EventRows
  readonly extraction: Extraction
}

/** Why an event becomes no row. */
export interface EventFault {
  /** Which of the inputs, and which event of its batch. */
  readonly input: number
  readonly event: number
  readonly fault: RowFault
}

export interface Fitted {
  readonly parts: readonly FittedRows[]
  readonly faults: readonly EventFault[]
  /** What the mapping must become first; undefined if it may stay. */
  readonly draft: MappingDraft | undefined
  readonly opened: OpenedExtractor
  /** Events of which values were dropped for the first time: some of them. */
  readonly shortened: readonly { readonly input: number; readonly event: number }[]
}

/** An extractor for a mapping's fields, and the paths that it passes over. */
export interface OpenedExtractor {
  readonly extractor: Extractor
  readonly dropped: DroppedPaths
}

export interface Fit {
  /** Undefined for an event type that has none yet. */
  readonly mapping: Mapping | undefined
  readonly policy: Policy
  /** The mapping's, or for what a draft makes of it. */
  readonly opened: OpenedExtractor | undefined
  /** Asked where the mapping must change. */
  readonly tableColumns: () => TableColumns
}

export function fitRows(parts: readonly EventRows[], fit: Fit): Fitted {
  return new Fitting(parts, fit).run()
}

/** How many events are told of whose values were dropped. */
const shortenedMax = 20

/** How many rows are looked at before all are extracted again: at first, and how many times more from round to round. */
const sample = { first: 256, growth: 4 }

/** Rows while they are fitted, and what was found out about some of them. */
class Part {
  readonly rows: EventRows
  extraction: Extraction | undefined
  readonly inferred = new Set<number>()
  readonly faults = new Map<number, RowFault>()
  /** Rows with values that have no column. */
  readonly overfull = new Set<number>()

  constructor(rows: EventRows) {
    this.rows = rows
  }
}

class Fitting {
  readonly #parts: readonly Part[]
  readonly #fit: Fit
  readonly #mapping: Mapping | undefined
  readonly #policy: Policy
  readonly #dropped: DroppedPaths
  readonly #shortened: { input: number; event: number }[] = []
  #draft: MappingDraft | undefined
  /** Rises with the paths that are dropped. */
  #droppedRevision = 0
  /** Rows that may still be looked at in this round. */
  #budget = 0

  constructor(parts: readonly EventRows[], fit: Fit) {
    this.#parts = parts.map((rows) => new Part(withBrackets(rows, fit.mapping)))
    this.#fit = fit
    this.#mapping = fit.mapping
    this.#policy = fit.policy
    this.#dropped = fit.opened?.dropped ?? new DroppedPaths()
    // Its first rows make it whole, even those without a value.
    if (fit.mapping?.isForgotten || fit.mapping?.table === '') this.#beginDraft()
  }

  run(): Fitted {
    let extractor = this.#fit.opened?.extractor ?? this.#openFirst()
    let revision = this.#revision
    for (let round = 0; ; round++) {
      this.#budget = sample.first * sample.growth ** round
      let isSettled = true
      for (const part of this.#parts) {
        part.extraction = extractor.extract(partsOf(part.rows))
        if (part.extraction.flaggedCount > 0 && !this.#look(part, part.extraction.flags)) isSettled = false
      }
      if (isSettled) break
      if (this.#revision === revision) continue // rows were rewritten, or are only looked at
      extractor = this.#open()
      revision = this.#revision
    }
    const parts = this.#parts.map((part) => this.#finish(part, extractor))
    this.#noteFacts(parts)
    return {
      parts,
      faults: this.#parts.flatMap(faultsOf),
      draft: this.#draft,
      opened: { extractor, dropped: this.#dropped },
      shortened: this.#shortened,
    }
  }

  /** Changes whenever another extractor is needed. */
  get #revision(): number {
    return (this.#draft?.revision ?? 0) + this.#droppedRevision
  }

  #open(): Extractor {
    return openExtractor(extractorSettings(this.#draft?.fields() ?? this.#mapping!.fields, this.#dropped.paths))
  }

  #beginDraft(): MappingDraft {
    this.#draft ??= new MappingDraft(this.#mapping, this.#fit.tableColumns())
    return this.#draft
  }

  /** Where there is no mapping yet, the first rows make one. */
  #openFirst(): Extractor {
    this.#beginDraft()
    const [part] = this.#parts
    const rowCount = Math.min(part!.rows.event.length, sample.first)
    for (let row = 0; row < rowCount; row++) this.#learn(part!, row)
    return this.#open()
  }

  /** Looks at the flagged rows of one part. @returns whether another round would change nothing for them. */
  #look(part: Part, flags: Uint8Array): boolean {
    let isSettled = true
    for (const [row, flag] of flags.entries()) {
      if (!isFlagged(flag) || part.faults.has(row) || part.overfull.has(row)) continue
      if (flag & (rowFlags.unknown | rowFlags.misfit | rowFlags.duplicateKey) && !part.inferred.has(row)) {
        isSettled = false
        if (this.#budget-- > 0) this.#learn(part, row)
      } else if (flag & (rowFlags.numberRange | rowFlags.valueTooLarge)) {
        const bytes = bytesOf(part.rows, row)
        part.faults.set(
          row,
          explain(bytes, 0, bytes.length, (path) => this.#policy.isDropped(path)),
        )
      } else if ((flag & ~rowFlags.sanitized) === rowFlags.unknown && this.#draft?.isFull) {
        part.overfull.add(row)
      } else {
        part.faults.set(row, disagreement)
      }
    }
    return isSettled
  }

  /** Each row is learnt from once: it says all that it can. */
  #learn(part: Part, row: number): void {
    const { rows, inferred, faults } = part
    inferred.add(row)
    const bytes = bytesOf(rows, row)
    const single = withoutDuplicates(bytes, 0, bytes.length, mapLimits.pathDepthMax)
    if (single.length < bytes.length) rows.rewritten.set(row, single)
    if (this.#policy.isPlain) {
      const { findings, fault } = infer(single, 0, single.length)
      if (fault) faults.set(row, fault)
      this.#beginDraft().learn(findings)
    } else this.#judge(part, row, single)
  }

  #judge({ rows, faults }: Part, row: number, single: Uint8Array): void {
    const { findings, rewritten, dropped, fault } = judgeRow(single, this.#policy)
    if (fault) faults.set(row, fault)
    if (rewritten) rows.rewritten.set(row, rewritten)
    if (findings.length > 0) this.#beginDraft().learn(findings)
    if (!this.#dropped.add(dropped)) return
    this.#droppedRevision++
    if (this.#shortened.length < shortenedMax)
      this.#shortened.push({ input: rows.input[row]!, event: rows.event[row]! })
  }

  /** Leaves out the rows that cannot be loaded, those included that violate a constraint. */
  #finish(part: Part, extractor: Extractor): FittedRows {
    const constraints = this.#mapping ? constraintsOf(this.#mapping) : []
    for (;;) {
      const fitted = this.#withWhatIsApart(this.#fitPart(part, extractor))
      if (constraints.length === 0) return fitted
      const { extraction, faults } = check(constraints, fitted.extraction, this.#policy.onConflict === 'null')
      if (faults.size === 0) return { rows: fitted.rows, extraction }
      const kept = Array.from(part.rows.input.keys()).filter((row) => !part.faults.has(row))
      for (const [place, fault] of faults) part.faults.set(kept[place]!, fault)
    }
  }

  /** Columns that the extractor cannot give by itself: mostly there are none. */
  #withWhatIsApart({ rows, extraction }: FittedRows): FittedRows {
    const mapping = this.#mapping
    if (mapping === undefined) return { rows, extraction }
    const columns = withMetadata(withoutBrackets(extraction.columns, mapping), { mapping, rows })
    return { rows, extraction: columns === extraction.columns ? extraction : { ...extraction, columns } }
  }

  /** Takes from the rows what has no column, and leaves faulty rows out. */
  #fitPart(part: Part, extractor: Extractor): FittedRows {
    for (const row of part.overfull) this.#splitOff(part, row)
    if (part.overfull.size === 0 && part.faults.size === 0) return { rows: part.rows, extraction: part.extraction! }
    for (;;) {
      const rows = without(part.rows, part.faults)
      const extraction = extractor.extract(partsOf(rows))
      if (extraction.flaggedCount === 0) return { rows, extraction }
      const kept = Array.from(part.rows.input.keys()).filter((row) => !part.faults.has(row))
      for (const [place, row] of kept.entries()) {
        if (isFlagged(extraction.flags[place]!)) part.faults.set(row, disagreement)
      }
    }
  }

  #splitOff({ rows, faults }: Part, row: number): void {
    const { kept, rest } = splitRow(bytesOf(rows, row), (path) => this.#draft!.knows(path))
    rows.rewritten.set(row, kept)
    if (rest && rest.length > mapLimits.valueBytesMax) faults.set(row, restTooLarge)
    else if (rest) rows.rests.set(row, rest)
  }

  /** Puts on record what columns came to hold though every value fits. */
  #noteFacts(parts: readonly FittedRows[]): void {
    const fields = this.#draft?.fields() ?? this.#mapping!.fields
    const findings: Finding[] = []
    for (const [place, { path, type, seen }] of fields.entries()) {
      if (seen.kind !== 'number') continue
      for (const { extraction } of parts) {
        const facts = newFacts(type, seen, extraction.columns[place]!)
        if (facts) findings.push({ path, seen: facts })
      }
    }
    if (findings.length === 0) return
    this.#beginDraft().learn(findings)
  }
}

function isFlagged(flag: number): boolean {
  return (flag & ~rowFlags.sanitized) !== 0
}

function faultsOf({ rows, faults }: Part): EventFault[] {
  return Array.from(faults, ([row, fault]) => ({ input: rows.input[row]!, event: rows.event[row]!, fault }))
}

const restTooLarge: RowFault = {
  code: 'value_too_large',
  message: `The values that have no column of their own have more than ${mapLimits.valueBytesMax} bytes together`,
}

/** What inference finds, the extractor must take: a row on which they differ is set aside rather than holding up the others. */
const disagreement: RowFault = {
  code: 'internal',
  message: 'The event does not fit the mapping that was made for it: this is a fault of Millrace',
}
