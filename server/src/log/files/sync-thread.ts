/**
 * A thread that does nothing but make files durable, one at a time, and write before what is small. Node's own threads for such calls
 * work for DuckDB as well, which keeps them busy and has them at a lower priority; whoever waits to be acknowledged should wait for the
 * disk alone. And who answers does not wait where the system's cache has no room for a write.
 */
import { getSystemErrorName } from 'node:util'
import { Worker } from 'node:worker_threads'

/**
 * Where in the memory that is shared: the number of the task asked for, of the one that is done, its file; where to write and how many
 * bytes, how many were written; the error or 0.
 */
const place = { asked: 0, done: 1, file: 2, at: 3, bytes: 4, written: 5, error: 6 } as const

/** More is written by another thread. */
export const smallBytesMax = 128 * 1024

/** What the thread runs. Plain JavaScript: to load TypeScript would cost it several times the memory that it has. */
const work = `
  const { fdatasyncSync, writeSync } = require('node:fs')
  const { workerData: { state, place, memory } } = require('node:worker_threads')
  for (let asked = 0; ; ) {
    Atomics.wait(state, place.asked, asked)
    asked = Atomics.load(state, place.asked)
    if (asked === Atomics.load(state, place.done)) continue
    const file = state[place.file]
    const bytes = state[place.bytes]
    state[place.written] = 0
    state[place.error] = 0
    try {
      if (bytes > 0) state[place.written] = writeSync(file, memory, 0, bytes, state[place.at] >>> 0)
      if (state[place.written] === bytes) fdatasyncSync(file)
    } catch ({ errno }) {
      state[place.error] = errno ?? -5
    }
    Atomics.store(state, place.done, asked)
    Atomics.notify(state, place.done)
  }`

const heap = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 8 }

export class SyncThread {
  readonly #state = new Int32Array(new SharedArrayBuffer(4 * Object.keys(place).length))
  readonly #memory = new Uint8Array(new SharedArrayBuffer(smallBytesMax))
  #worker: Worker | undefined
  #isBusy = false
  #hasDied = false
  #fail: (error: Error) => void = () => {}

  /** Whether it takes a sync now. */
  get isFree(): boolean {
    return !this.#isBusy && !this.#hasDied
  }

  /** Makes a file durable; only while it {@link isFree}. @throws Error with the `code` of the system's. */
  async sync(descriptor: number): Promise<void> {
    await this.#run(descriptor, 0, 0)
  }

  /**
   * Writes pieces behind one another, {@link smallBytesMax} at most, and makes the file durable if all of them were written; only while it
   * {@link isFree}. Tells how many bytes were. @throws Error with the `code` and the `syscall` of the system's.
   */
  async write(descriptor: number, pieces: readonly Uint8Array[], at: number): Promise<number> {
    let bytes = 0
    for (const piece of pieces) {
      this.#memory.set(piece, bytes)
      bytes += piece.length
    }
    return this.#run(descriptor, at, bytes)
  }

  async #run(descriptor: number, at: number, bytes: number): Promise<number> {
    this.#isBusy = true
    this.#worker ??= this.#start()
    this.#worker.ref() // as any call that is under way
    const state = this.#state
    state[place.at] = at
    state[place.bytes] = bytes
    try {
      await this.#ask(descriptor)
    } finally {
      this.#isBusy = false
      this.#worker.unref()
    }
    const written = state[place.written]!
    const error = state[place.error]!
    if (error !== 0) throw failure(getSystemErrorName(error), written === bytes ? 'fdatasync' : 'write')
    return written
  }

  #ask(descriptor: number): Promise<unknown> {
    const before = Atomics.load(this.#state, place.done)
    this.#state[place.file] = descriptor
    const done = Atomics.waitAsync(this.#state, place.done, before)
    Atomics.add(this.#state, place.asked, 1)
    Atomics.notify(this.#state, place.asked)
    return new Promise((resolve, reject) => {
      this.#fail = reject
      if (done.async) done.value.then(resolve)
      else resolve(undefined)
    })
  }

  #start(): Worker {
    const worker = new Worker(work, {
      eval: true,
      name: 'log-sync',
      workerData: { state: this.#state, place, memory: this.#memory },
      execArgv: [],
      resourceLimits: heap,
    })
    // Nobody knows whether its last sync was done: that counts as one that failed.
    const died = () => {
      this.#hasDied = true
      this.#fail(failure('EIO', 'fdatasync'))
    }
    worker.on('error', died)
    worker.on('exit', died)
    return worker
  }
}

function failure(code: string, syscall: 'write' | 'fdatasync'): Error {
  return Object.assign(new Error(`${code}: ${syscall}`), { code, syscall })
}

/** The one of this process: logs that find it busy are synced in the ordinary way. */
export const syncThread = new SyncThread()
