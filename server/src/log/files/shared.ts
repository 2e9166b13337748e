/**
 * What a log shares with readers in other threads: how far each partition is durable, from where it is kept, and whether it
 * goes on. Structured-cloneable. A reader at the tail sleeps on `ends` until the log wakes it.
 */

export interface SharedLog {
  readonly folder: string
  /** BigInt64Array, one for each partition: the first offset that is not durable. */
  readonly ends: SharedArrayBuffer
  /** BigInt64Array: the first offset that is still kept. */
  readonly starts: SharedArrayBuffer
  /** Int32Array of {@link PartitionState}. */
  readonly states: SharedArrayBuffer
}

export type PartitionState = (typeof partitionStates)[number]
const partitionStates = ['open', 'corrupt', 'closed'] as const

export function shareLog(folder: string, partitions: number): SharedLog {
  return {
    folder,
    ends: new SharedArrayBuffer(8 * partitions),
    starts: new SharedArrayBuffer(8 * partitions),
    states: new SharedArrayBuffer(4 * partitions),
  }
}

/** One partition's part of it, for the log that writes it and for readers. */
export class SharedPartition {
  readonly #number: number
  readonly #ends: BigInt64Array<SharedArrayBuffer>
  readonly #starts: BigInt64Array<SharedArrayBuffer>
  readonly #states: Int32Array<SharedArrayBuffer>

  constructor({ ends, starts, states }: SharedLog, partition: number) {
    this.#number = partition
    this.#ends = new BigInt64Array(ends)
    this.#starts = new BigInt64Array(starts)
    this.#states = new Int32Array(states)
    if (partition >= this.#ends.length) throw new RangeError(`The log has no partition ${partition}`)
  }

  get end(): bigint {
    return Atomics.load(this.#ends, this.#number)
  }

  set end(offset: bigint) {
    Atomics.store(this.#ends, this.#number, offset)
    Atomics.notify(this.#ends, this.#number)
  }

  get start(): bigint {
    return Atomics.load(this.#starts, this.#number)
  }

  set start(offset: bigint) {
    Atomics.store(this.#starts, this.#number, offset)
  }

  get state(): PartitionState {
    return partitionStates[Atomics.load(this.#states, this.#number)] ?? 'closed'
  }

  set state(state: PartitionState) {
    Atomics.store(this.#states, this.#number, partitionStates.indexOf(state))
    Atomics.notify(this.#ends, this.#number)
  }

  /** Resolves when the end is past `end`, the state changes or the signal aborts. Keeps no thread alive. */
  async changed(end: bigint, signal: AbortSignal): Promise<void> {
    const wait = Atomics.waitAsync(this.#ends, this.#number, end)
    if (!wait.async || signal.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const wake = () => resolve()
    signal.addEventListener('abort', wake)
    wait.value.then(wake)
    await promise
    signal.removeEventListener('abort', wake)
  }
}
