/** What became of the last keyed requests of one input: 36 bytes a request, and 8 to 16 to find it by. */
import { FlatWindow } from './flat-window.ts'

/** 16 bytes of a hash. */
export type KeyWords = Uint32Array

export interface StoredCounts {
  readonly accepted: number
  readonly restreamed: number
}

export interface StoredOutcome extends StoredCounts {
  /** CRC-32 of what the request held. */
  readonly checksum: number
}

export class OutcomeWindow {
  readonly #window: FlatWindow

  constructor(bounds: { countMax: number; ageMaxMs: number }) {
    this.#window = new FlatWindow({ keyWords: 4, valueWords: 3, ...bounds })
  }

  get count(): number {
    return this.#window.count
  }

  /** Times are ms of a clock that never goes back. */
  find(key: KeyWords, now: number): StoredOutcome | undefined {
    const entry = this.#window.find(key, 0, now)
    if (entry < 0) return undefined
    const [accepted, restreamed, checksum] = [0, 1, 2].map((word) => this.#window.value(entry, word))
    return { accepted: accepted!, restreamed: restreamed!, checksum: checksum! }
  }

  /** Keeps an outcome of a key that `find` does not know. `at` is never before the one added last, or counts as if it were not. */
  add(key: KeyWords, { accepted, restreamed, checksum }: StoredOutcome, at: number): void {
    this.#window.add(Uint32Array.of(key[0]!, key[1]!, key[2]!, key[3]!, accepted, restreamed, checksum), 0, at)
  }
}
