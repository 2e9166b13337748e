/** Atom's low-level client: one request for one call, and its answer, whatever that is. It throws only for what it is called with. */
import { SdkError } from '../errors.ts'
import { nodePlatform } from '../node.ts'
import type { Transport } from '../types.ts'
import { atomRequest } from './atom-wire.ts'

export interface IronSourceAtomOptions {
  readonly endpoint: string
  /** Signs what has no key of its own. */
  readonly auth?: string
  readonly transport?: Transport
}

export interface PutParameters<Data> {
  readonly stream: string
  readonly data: Data
  /** POST. */
  readonly method?: 'GET' | 'POST' | 'get' | 'post'
  readonly authKey?: string
}

export interface AtomAnswer {
  /** 500 where there was no answer. */
  readonly status: number
  /** The body of a no; null for a yes. */
  readonly error: string | null
  /** The body of a yes; null for a no. */
  readonly data: string | null
}

export class IronSourceAtom {
  readonly #options: IronSourceAtomOptions

  constructor(options: IronSourceAtomOptions) {
    this.#options = options
  }

  /** Sends one event. Data that is text already goes as it stands. @throws SdkError `misuse`: there is no stream or no data. */
  async putEvent(parameters: PutParameters<object | string>): Promise<AtomAnswer> {
    return this.#put(parameters, textOf(parameters.data), false)
  }

  /** Sends several in one request. @throws SdkError `misuse`: there is no stream, or the data is not a list, or an empty one. */
  async putEvents(parameters: PutParameters<readonly (object | string)[]>): Promise<AtomAnswer> {
    const { data } = parameters
    if (!Array.isArray(data) || data.length === 0) throw misuse('The data of putEvents is a list that is not empty')
    return this.#put(parameters, textOf(data), true)
  }

  async #put({ stream, method = 'POST', authKey }: PutParameters<unknown>, data: string, isBulk: boolean) {
    if (!stream || !data) throw misuse('An event needs a stream and data')
    const { endpoint, auth, transport = nodePlatform.transport } = this.#options
    const isGet = method.toUpperCase() === 'GET'
    const envelope = { stream, data, isBulk, authKey: authKey ?? auth }
    try {
      const { status, body } = await transport(atomRequest(endpoint, isGet ? 'GET' : 'POST', envelope), { timeoutMs })
      const isTaken = status >= 200 && status < 400
      return { status, error: isTaken ? null : body, data: isTaken ? body : null }
    } catch {
      return { status: 500, error: 'No connection to server', data: null }
    }
  }
}

const timeoutMs = 60_000

function textOf(data: unknown): string {
  if (typeof data === 'string') return data
  try {
    return data ? JSON.stringify(data) : ''
  } catch (cause) {
    throw misuse('The data cannot be written as JSON', cause)
  }
}

function misuse(message: string, cause?: unknown): SdkError {
  return new SdkError('misuse', message, { time: Date.now(), cause })
}
