/** Extractors of the mappings in use: opening one costs more than a small batch, keeping thousands costs memory. */
import { openExtractor } from '@millrace/json/extractor'
import type { OpenedExtractor } from './fit-rows.ts'
import { DroppedPaths } from './judge-row.ts'
import { extractorSettings, type Mapping } from './mapping.ts'

/** Keeps those used last, one for each event type. */
export class Extractors {
  readonly #kept = new Map<string, { mapping: Mapping; opened: OpenedExtractor }>()
  readonly #keptMax: number

  constructor(keptMax: number) {
    this.#keptMax = keptMax
  }

  of(mapping: Mapping): OpenedExtractor {
    const present = this.#kept.get(mapping.eventType)
    const isCurrent = present?.mapping === mapping
    const opened = isCurrent ? present.opened : open(mapping)
    this.keep(mapping, opened)
    return opened
  }

  /** Takes an extractor that was opened for exactly this mapping's fields. */
  keep(mapping: Mapping, opened: OpenedExtractor): void {
    this.#kept.delete(mapping.eventType)
    this.#kept.set(mapping.eventType, { mapping, opened })
    if (this.#kept.size > this.#keptMax) this.#kept.delete(this.#kept.keys().next().value!)
  }

  /** Forgets them all: which paths are passed over depends on the mode. */
  clear(): void {
    this.#kept.clear()
  }

  get size(): number {
    return this.#kept.size
  }
}

function open(mapping: Mapping): OpenedExtractor {
  return { extractor: openExtractor(extractorSettings(mapping.fields)), dropped: new DroppedPaths() }
}
