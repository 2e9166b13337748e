/** Initial State's `Streamer`: values of series into a bucket. Values logged before `setBucket` stay in the bucket of then. */
import { closeSync, openSync, writeSync } from 'node:fs'
import type { SdkError } from '../errors.ts'
import type { Client, DebugLevel, FlushOptions, SeriesLogger } from '../types.ts'
import { namedValues, seriesValue } from '../values.ts'
import { readIni } from './ini.ts'
import { openShell, type ShellOptions } from './shell.ts'
import { initialStateWire } from './streamer-wire.ts'

export interface StreamerOptions {
  readonly bucketName?: string
  /** Made up where it is missing. */
  readonly bucketKey?: string
  readonly accessKey?: string
  readonly iniFileLocation?: string
  readonly debugLevel?: DebugLevel
  /** Values that go out together. 10. */
  readonly bufferSize?: number
  /** Writes rows `epoch,key,value` to a file, and sends nothing. */
  readonly offline?: boolean
  /** False: one request at a time, so that values arrive in their order. True. */
  readonly useAsync?: boolean
  /** Scheme and host of the server; that of the ini file where it is missing. */
  readonly streamApiBase?: string
}

export class Streamer {
  /** Key of the bucket that values go to. */
  bucketKey: string
  readonly #client: Client | undefined
  readonly #logger: Pick<SeriesLogger, 'log' | 'logObject'>
  readonly #file: OfflineFile | undefined
  #capped: SdkError | undefined

  /** @throws SdkError `misuse`: neither options nor ini file tell address and key. */
  constructor(options: StreamerOptions = {}, shell: ShellOptions = {}) {
    const ini = readIni(options.iniFileLocation)
    const { bucketKey: key, bucketName: name = ini.defaultBucket ?? '' } = options
    if (options.offline ?? ini.isOffline) {
      this.#file = openOfflineFile(`${ini.offlineFile ?? 'isstreamer-offline'}.csv`)
      this.#logger = this.#file
      this.bucketKey = key ?? ''
      return
    }
    const { debugLevel = 0, bufferSize = 10, useAsync = true } = options
    const client = openShell({
      batchSize: bufferSize,
      workers: useAsync ? 2 : 1,
      ...shell,
      debugLevel,
      endpoint: options.streamApiBase ?? ini.streamApiBase ?? '',
      apiKey: options.accessKey ?? ini.accessKey ?? '',
      wire: initialStateWire,
    })
    client.on('error', (error) => {
      if (error.status === 402) this.#capped = error
      ;(shell.logger ?? console).error(`Streamer: ${error.message}`)
    })
    this.#client = client
    this.#logger = client
    this.bucketKey = client.setBucket(key ? { key, name } : { name })
  }

  /** A value at a time, in seconds since 1970 UTC; now where it is none. False: pause, or it was not taken. */
  log(key: string, value: unknown, epoch?: number): boolean {
    return this.#logger.log(key, value, epoch)
  }

  /** Every value of a list, an object or a Map, all at one time, under `keyPrefix_key`; nothing in front where that is empty. */
  logObject(values: object, keyPrefix?: string, epoch?: number): number {
    return this.#logger.logObject(values, keyPrefix, epoch)
  }

  /** What is logged from now on goes to another bucket. */
  setBucket(bucketName = '', bucketKey = ''): void {
    if (this.#client === undefined) this.bucketKey = bucketKey
    else this.bucketKey = this.#client.setBucket({ name: bucketName, ...(bucketKey === '' ? {} : { key: bucketKey }) })
  }

  /** Waits until everything logged so far is answered for. @throws SdkError with status 402: the account is capped. */
  async flush(options?: FlushOptions): Promise<void> {
    await this.#client?.flush(options)
    const capped = this.#capped
    this.#capped = undefined
    if (capped !== undefined) throw capped
  }

  /** Flushes, and takes nothing more. */
  async close(options?: { timeoutMs?: number }): Promise<void> {
    await this.#client?.close(options)
    this.#file?.close()
  }
}

interface OfflineFile extends Pick<SeriesLogger, 'log' | 'logObject'> {
  close(): void
}

/** As Python's `csv.writer` has it. */
function cellOf(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Rows that `importOfflineRows` reads again. @throws Error of the file system. */
function openOfflineFile(path: string): OfflineFile {
  let file: number | undefined = openSync(path, 'a')
  const log: SeriesLogger['log'] = (key, value, epoch) => {
    if (file === undefined) return false
    const row = seriesValue(key, value, epoch, Date.now())
    writeSync(file, `${row.epoch},${cellOf(key)},${cellOf(String(row.value))}\n`)
    return true
  }
  return {
    log,
    logObject(values, keyPrefix, epoch) {
      const at = epoch ?? Date.now() / 1000
      return [...namedValues(values, keyPrefix)].filter(([key, value]) => log(key, value, at)).length
    },
    close() {
      if (file !== undefined) closeSync(file)
      file = undefined
    },
  }
}
