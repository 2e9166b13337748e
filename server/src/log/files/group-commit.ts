/**
 * Appends that wait are written together: while one group is on its way to the disk, the next one forms, and when that is full it
 * is made ready to be written.
 */
import type { LogAppend } from '../log.ts'
import type { EncodedGroup } from './record.ts'

interface Waiting {
  readonly append: LogAppend
  /** Bytes in the segment. */
  readonly bytes: number
  resolve(offset: bigint): void
  reject(error: unknown): void
}

interface Group {
  readonly waiting: readonly Waiting[]
  readonly appends: readonly LogAppend[]
  readonly bytes: number
}

interface GroupWriter {
  /** What fits without a new segment. */
  room(): number
  /** What fits behind the group that is on its way; 0 where nothing can be made ready. */
  roomAhead(): number
  /** Makes a group ready behind the one that is on its way. */
  encode(appends: readonly LogAppend[], bytes: number): EncodedGroup
  /** Makes a group durable and tells its first offset; `ready` if it was made ready before. */
  commit(appends: readonly LogAppend[], bytes: number, ready: EncodedGroup | undefined): Promise<bigint>
}

export class GroupCommit {
  readonly #bytesMax: number
  readonly #writer: GroupWriter
  readonly #waiting: Waiting[] = []
  #waitingBytes = 0
  #ready: (Group & { readonly encoded: EncodedGroup }) | undefined
  #running: Promise<void> | undefined

  /** `bytesMax`: of a group of several records. */
  constructor(bytesMax: number, writer: GroupWriter) {
    this.#bytesMax = bytesMax
    this.#writer = writer
  }

  append(append: LogAppend, bytes: number): Promise<bigint> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ append, bytes, resolve, reject })
      this.#waitingBytes += bytes
      this.#running ??= this.#run()
      this.#makeReady()
    })
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    // Lets everybody join who can be heard now: the requests of this turn, and those who were just answered and go on.
    await nextTurn()
    while (this.#ready || this.#waiting.length > 0) {
      const ready = this.#ready
      this.#ready = undefined
      const { waiting, appends, bytes } = ready ?? this.#take(this.#writer.room())
      try {
        const committed = this.#writer.commit(appends, bytes, ready?.encoded)
        this.#makeReady()
        let offset = await committed
        for (const { append, resolve } of waiting) {
          resolve(offset)
          offset += BigInt(append.count)
        }
      } catch (error) {
        for (const { reject } of waiting) reject(error)
      }
      if (this.#ready === undefined) await nextTurn()
    }
    this.#running = undefined
  }

  /** Makes the next group ready once it is full, so that the disk need not wait for it. */
  #makeReady(): void {
    if (this.#ready || this.#waitingBytes < this.#bytesMax) return
    const room = this.#writer.roomAhead()
    if (this.#waiting[0]!.bytes > Math.min(room, this.#bytesMax)) return
    const group = this.#take(room)
    this.#ready = { ...group, encoded: this.#writer.encode(group.appends, group.bytes) }
  }

  #take(room: number): Group {
    const first = this.#waiting[0]!.bytes
    const bytesMax = first <= room ? Math.min(room, this.#bytesMax) : this.#bytesMax
    let length = 1
    let bytes = first
    while (length < this.#waiting.length && bytes + this.#waiting[length]!.bytes <= bytesMax) {
      bytes += this.#waiting[length]!.bytes
      length++
    }
    this.#waitingBytes -= bytes
    const waiting = this.#waiting.splice(0, length)
    return { waiting, appends: waiting.map(({ append }) => append), bytes }
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
