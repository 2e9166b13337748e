/** Extractors of the mappings in use: opening one costs more than a small batch, keeping thousands costs memory. */
import type { Extractor } from '@millrace/json/extraction'
import { openExtractor } from '@millrace/json/extractor'
import { extractorSettings, type Mapping } from './mapping.ts'

/** Keeps those used last, one for each event type. */
export class Extractors {
  readonly #kept = new Map<string, { mapping: Mapping; extractor: Extractor }>()
  readonly #keptMax: number

  constructor(keptMax: number) {
    this.#keptMax = keptMax
  }

  of(mapping: Mapping): Extractor {
    const present = this.#kept.get(mapping.eventType)
    const isCurrent = present?.mapping === mapping
    const extractor = isCurrent ? present.extractor : openExtractor(extractorSettings(mapping.fields))
    this.keep(mapping, extractor)
    return extractor
  }

  /** Takes an extractor that was opened for exactly this mapping's fields. */
  keep(mapping: Mapping, extractor: Extractor): void {
    this.#kept.delete(mapping.eventType)
    this.#kept.set(mapping.eventType, { mapping, extractor })
    if (this.#kept.size > this.#keptMax) this.#kept.delete(this.#kept.keys().next().value!)
  }

  get size(): number {
    return this.#kept.size
  }
}
