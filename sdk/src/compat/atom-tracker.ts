/** Atom's tracker: takes events, sends them in bulks by stream, and tells a callback of every bulk that was not taken. */
import { SdkError } from '../errors.ts'
import type { Client, DropReason, EventStorage, FlushOptions, FlushResult } from '../types.ts'
import { atomWire } from './atom-wire.ts'
import { openShell, type ShellOptions } from './shell.ts'

/** `time` in seconds since 1970 UTC, `data` the JSON text of the bulk. */
export type TrackerCallback = (time: number, status: number, error: string, data: string, stream: string) => void

export interface TrackerOptions {
  readonly endpoint: string
  /** Signs what has no key of its own. */
  readonly auth?: string
  /** Events of a bulk, 1 to 2,000. 256. */
  readonly batchSize?: number
  /** Bytes of a bulk, 1 to 512 KiB. 64 KiB. */
  readonly batchBytesSize?: number
  /** Longest wait of an event for its bulk, at least 1,000 ms. 10,000. */
  readonly flushInterval?: number
  /** Bulks under way at one time, 1 to 8. 1. */
  readonly batchWorkerCount?: number
  /** Events in memory. 10,000; beyond it they go to disk. */
  readonly backlogQueueSize?: number
  /** A backlog of your own instead of memory. */
  readonly eventBacklog?: EventStorage
  /** Longest wait between two tries, in seconds. 1,800. */
  readonly retryMaxTime?: number
  /** Tries of a bulk, where it is not tried for ever. 12. */
  readonly retryMaxCount?: number
  readonly retryForever?: boolean
  readonly callback?: TrackerCallback
  /** Prints each event. */
  readonly isDebug?: boolean
}

export class IronSourceAtomTracker {
  readonly #client: Client
  readonly #callback: TrackerCallback

  /** @throws SdkError `misuse`: there is no endpoint. */
  constructor(options: TrackerOptions, shell: ShellOptions = {}) {
    const { endpoint, auth, eventBacklog: storage, retryForever = true, isDebug = false } = options
    const { logger = console } = shell
    this.#callback = options.callback ?? ((...about) => logger.error(`Atom: ${about.slice(1, 3).join(' ')}`))
    const read = (name: keyof TrackerOptions, least: number, most: number, fallback: number): number => {
      const value = options[name] ?? fallback
      if (typeof value === 'number' && value >= least && value <= most) return value
      logger.warn(`Atom: ${name} has to be from ${least} to ${most}, and is ${String(value)}: ${fallback} is used`)
      return fallback
    }
    const batchBytes = read('batchBytesSize', 1, 512 * 1024, 64 * 1024)
    this.#client = openShell({
      batchSize: read('batchSize', 1, 2000, 256),
      batchBytes: Math.max(batchBytes, leastBytes),
      flushInterval: read('flushInterval', 1000, 3_600_000, 10_000),
      workers: read('batchWorkerCount', 1, 8, 1),
      backlogSize: read('backlogQueueSize', 1, 10_000_000, 10_000),
      retryBase: 3000,
      retryCap: 1000 * read('retryMaxTime', 1, 3600, 1800),
      retryMaxCount: retryForever ? Number.POSITIVE_INFINITY : read('retryMaxCount', 1, 1_000_000, 12),
      retryMaxTime: Number.POSITIVE_INFINITY,
      ...(retryForever ? {} : { spool: false }), // what is given up is told, not kept
      ...shell,
      ...(storage === undefined ? {} : { storage }),
      debugLevel: isDebug ? 1 : 0,
      endpoint,
      apiKey: auth || 'unsigned', // the address of the spool; it is no part of a request
      wire: () => atomWire(endpoint, auth),
    })
    this.#client.on('error', (error) => this.#tell(error))
    this.#client.on('drop', ({ reason, sample: { data = '', stream = '' } }) => {
      const status = statuses[reason]
      if (status !== undefined) this.#call(Date.now(), status, `Dropped: ${reason}`, data, stream)
    })
  }

  /**
   * Takes an event for a stream; text that is not the JSON of an object becomes the field `value` of one. False: `await ready()`, or it
   * was not taken, and the callback says why. @throws SdkError `misuse`: there is no stream or no data.
   */
  track(stream: string, data: object | string, authKey?: string): boolean {
    if (!stream || !data) throw new SdkError('misuse', 'An event needs a stream and data', { time: Date.now() })
    return this.#client.track(stream, isObject(data) ? data : { value: data }, authKey ? { authKey } : {})
  }

  /** Resolves when there is room. */
  ready(): Promise<void> {
    return this.#client.ready()
  }

  /** Waits until everything tracked so far is answered for. */
  flush(options?: FlushOptions): Promise<FlushResult> {
    return this.#client.flush(options)
  }

  /** Flushes, and takes nothing more. */
  stop(options?: { timeoutMs?: number }): Promise<FlushResult> {
    return this.#client.close(options)
  }

  /** Those of a bulk that was refused, or given up. */
  #tell({ time, status = 500, message, stream = '', sentData }: SdkError): void {
    this.#call(time, status, message, `[${sentData().join(',')}]`, stream)
  }

  #call(time: number, status: number, error: string, data: string, stream: string): void {
    this.#callback(Math.floor(time / 1000), status, error, data, stream)
  }
}

/** Of drops that no error goes before. */
const statuses: Partial<Record<DropReason, number>> = { 'too-large': 413, invalid: 400, full: 500, closed: 500 }

/** What the client under it takes for the bytes of a batch. */
const leastBytes = 1024

function isObject(data: object | string): boolean {
  if (typeof data !== 'string') return !Array.isArray(data)
  try {
    const value: unknown = JSON.parse(data)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}
