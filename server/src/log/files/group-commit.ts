/** Appends that wait are written together: while one group is on its way to the disk, the next one forms. */
import type { LogAppend } from '../log.ts'

interface Waiting {
  readonly append: LogAppend
  /** Bytes in the segment. */
  readonly bytes: number
  resolve(offset: bigint): void
  reject(error: unknown): void
}

/** Bytes of one group: more would make those that wait behind it wait longer without sparing another sync. */
const groupBytesMax = 8 * 1024 * 1024

export class GroupCommit {
  readonly #room: () => number
  readonly #bytesMax: number
  readonly #commit: (group: readonly LogAppend[], bytes: number) => Promise<bigint>
  readonly #waiting: Waiting[] = []
  #running: Promise<void> | undefined

  /** `commit` makes a group durable and tells its first offset; `room` is what fits without a new segment, `capacity` with one. */
  constructor(
    room: () => number,
    capacity: number,
    commit: (group: readonly LogAppend[], bytes: number) => Promise<bigint>,
  ) {
    this.#room = room
    this.#bytesMax = Math.min(capacity, groupBytesMax)
    this.#commit = commit
  }

  append(append: LogAppend, bytes: number): Promise<bigint> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ append, bytes, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    // Lets everybody join who can be heard now: the requests of this turn, and those who were just answered and go on.
    for (await nextTurn(); this.#waiting.length > 0; await nextTurn()) {
      const group = this.#take()
      const bytes = group.reduce((sum, waiting) => sum + waiting.bytes, 0)
      try {
        let offset = await this.#commit(
          group.map(({ append }) => append),
          bytes,
        )
        for (const { append, resolve } of group) {
          resolve(offset)
          offset += BigInt(append.count)
        }
      } catch (error) {
        for (const { reject } of group) reject(error)
      }
    }
    this.#running = undefined
  }

  #take(): Waiting[] {
    const room = this.#room()
    const first = this.#waiting[0]!.bytes
    const bytesMax = first <= room ? Math.min(room, this.#bytesMax) : this.#bytesMax
    let length = 1
    let bytes = first
    while (length < this.#waiting.length && bytes + this.#waiting[length]!.bytes <= bytesMax) {
      bytes += this.#waiting[length]!.bytes
      length++
    }
    return this.#waiting.splice(0, length)
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
