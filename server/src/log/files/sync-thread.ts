/**
 * A thread that does nothing but make files durable, one at a time. Node's own threads for such calls work for DuckDB as well, which
 * keeps them busy and has them at a lower priority; whoever waits to be acknowledged should wait for the disk alone.
 */
import { getSystemErrorName } from 'node:util'
import { Worker } from 'node:worker_threads'

/** Where in the memory that is shared: the number of the sync asked for, of the one that is done, its file, its error or 0. */
const place = { asked: 0, done: 1, file: 2, error: 3 } as const

/** What the thread runs. Plain JavaScript: to load TypeScript would cost it several times the memory that it has. */
const work = `
  const { fdatasyncSync } = require('node:fs')
  const { workerData: { state, place } } = require('node:worker_threads')
  for (let asked = 0; ; ) {
    Atomics.wait(state, place.asked, asked)
    asked = Atomics.load(state, place.asked)
    if (asked === Atomics.load(state, place.done)) continue
    let error = 0
    try {
      fdatasyncSync(state[place.file])
    } catch ({ errno }) {
      error = errno ?? -5
    }
    state[place.error] = error
    Atomics.store(state, place.done, asked)
    Atomics.notify(state, place.done)
  }`

const heap = { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 8 }

export class SyncThread {
  readonly #state = new Int32Array(new SharedArrayBuffer(4 * Object.keys(place).length))
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
    this.#isBusy = true
    this.#worker ??= this.#start()
    this.#worker.ref() // as any call that is under way
    try {
      await this.#ask(descriptor)
    } finally {
      this.#isBusy = false
      this.#worker.unref()
    }
    const error = this.#state[place.error]!
    if (error !== 0) throw failure(getSystemErrorName(error))
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
      workerData: { state: this.#state, place },
      execArgv: [],
      resourceLimits: heap,
    })
    // Nobody knows whether its last sync was done: that counts as one that failed.
    const died = () => {
      this.#hasDied = true
      this.#fail(failure('EIO'))
    }
    worker.on('error', died)
    worker.on('exit', died)
    return worker
  }
}

function failure(code: string): Error {
  return Object.assign(new Error(`${code}: fdatasync`), { code })
}

/** The one of this process: logs that find it busy are synced in the ordinary way. */
export const syncThread = new SyncThread()
