/** Panoply's `SDK`: `write(table, data)` and events. Unlike the original it tries again, and keeps on disk what it cannot send. */
import { SdkError } from '../errors.ts'
import { nodePlatform } from '../node.ts'
import type { Client, FlushOptions, FlushResult, Transport, WireAnswer } from '../types.ts'
import { panoplyWire } from './panoply-wire.ts'
import { openShell, type ShellOptions } from './shell.ts'

export interface PanoplyRequest {
  readonly url: string
  readonly body: string
}

interface PanoplyEvents {
  /** Just before a request. */
  readonly send: { readonly req: PanoplyRequest }
  /** Just after its yes. */
  readonly flush: { readonly req: PanoplyRequest; readonly res: WireAnswer }
  /** A request failed. It is made again where that may help. */
  readonly error: SdkError
}

type Name = keyof PanoplyEvents
type Listener = (about: never) => void

/** Even if each of its bytes becomes three in the form, a batch stays below the 250 KiB that the original sends. */
const batchBytes = 80 * 1024

export class SDK {
  /** Where batches go. Set it to send to another server than that of the credentials. */
  qurl: string
  readonly #client: Client
  readonly #listeners = new Map<string, ((...about: unknown[]) => void)[]>()

  /** @throws SdkError `misuse`: the secret is none. */
  constructor(apikey: string, apisecret: string, options: ShellOptions = {}) {
    this.qurl = queueUrl(apikey, apisecret)
    const wire = panoplyWire({ apiKey: apikey, apiSecret: apisecret }, () => this.qurl)
    this.#client = openShell({
      batchSize: 2000,
      batchBytes,
      workers: 1, // records of a table keep their order
      ...options,
      endpoint: 'https://sqs.amazonaws.com', // the address of the spool; requests go to `qurl`
      apiKey: `${apikey} ${apisecret}`,
      wire: () => wire,
      transport: this.#tell(options.transport ?? nodePlatform.transport),
    })
    this.#client.on('error', (error) => this.#emit('error', error))
    this.#client.on('retry', ({ cause }) => this.#emit('error', cause))
  }

  /** Takes a record. The table counts, even if the data has a `__table` of its own. False: pause, or it was not taken. */
  write(table: string, data: object): boolean {
    return this.#client.track(table, { ...data, __table: table })
  }

  /** Hears of `send`, `flush` and `error`; of all of them by `*`, with the name in front. */
  on<Event extends Name>(name: Event, listener: (about: PanoplyEvents[Event]) => void): this
  on(name: '*', listener: (name: Name, about: PanoplyEvents[Name]) => void): this
  on(name: Name | '*', listener: Listener | ((name: Name, about: never) => void)): this {
    const listeners = this.#listeners.get(name) ?? []
    this.#listeners.set(name, [...listeners, listener as (...about: unknown[]) => void])
    return this
  }

  /** Waits until everything written so far is answered for, which the original cannot. */
  flush(options?: FlushOptions): Promise<FlushResult> {
    return this.#client.flush(options)
  }

  /** Flushes, and takes nothing more. */
  close(options?: { timeoutMs?: number }): Promise<FlushResult> {
    return this.#client.close(options)
  }

  #tell(transport: Transport): Transport {
    return async (request, options) => {
      const req = { url: request.url, body: String(request.body) }
      this.#emit('send', { req })
      const res = await transport(request, options)
      if (res.status >= 200 && res.status < 300) this.#emit('flush', { req, res })
      return res
    }
  }

  #emit<Event extends Name>(name: Event, about: PanoplyEvents[Event]): void {
    for (const listener of this.#listeners.get(name) ?? []) attempt(() => listener(about))
    for (const listener of this.#listeners.get('*') ?? []) attempt(() => listener(name, about))
  }
}

/** A listener that throws must not look like a request that failed. */
function attempt(run: () => void): void {
  try {
    run()
  } catch (error) {
    console.error(`A listener threw: ${String(error)}`)
  }
}

/** The key is `account/rand`, the secret base64 of `rand/uuid/awsaccount/region`. */
function queueUrl(apikey: string, apisecret: string): string {
  const [rand, , owner, region] = Buffer.from(apisecret, 'base64').toString().split('/')
  const [account] = apikey.split('/')
  if (!account || !rand || !owner || !region) {
    throw new SdkError('misuse', 'The API secret is none: it has to be copied whole', { time: Date.now() })
  }
  return `https://sqs.${region}.amazonaws.com/${owner}/sdk-${account}-${rand}`
}
