/** Requests for the tests of protocols: what a protocol is handed, without a server. */
import { limits } from '@millrace/event/limits'
import { openScanner } from '@millrace/json/scanner'
import { MillraceError } from '../../errors.ts'
import type { InputSnapshot, SigningKey } from '../../inputs.ts'
import type { Access, DecodedRequest, IngestRequest, RequestHead } from '../protocol.ts'

const scanner = openScanner({ ...limits, requestEventsMax: 100_000 })

export function inputOf(type: string, settings: InputSnapshot['settings'] = {}, id = 'i1'): InputSnapshot {
  return { id, label: `${type} ${id}`, type, workspace: 'w1', settings }
}

/** Lets in whoever names or signs with one of these keys. */
export function accessTo(keys: readonly SigningKey[], now = 1_700_000_000_000): Access {
  return {
    now,
    byKey(key) {
      const found = keys.find(({ text }) => text === key)
      if (found === undefined) throw new MillraceError('unauthenticated', 'No such key')
      return found.input
    },
    signingKeys: () => keys,
    inputs: () => [...new Set(keys.map(({ input }) => input))],
  }
}

export function headOf(head: Partial<RequestHead> = {}): RequestHead {
  return { method: 'POST', route: '/', params: {}, query: '', headers: {}, ...head }
}

export function requestOf(body: string | Buffer, request: Partial<IngestRequest> = {}): IngestRequest {
  const bytes = Buffer.from(body)
  return { ...headOf(), access: accessTo([]), input: undefined, scanner, body: bytes, pieces: [bytes], ...request }
}

/** What is read, or else why it is refused, for comparing two ways of reading. */
export function readOrRefused(read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`
  }
}

export interface ReadEvent {
  readonly type: string
  readonly raw: string
  readonly id?: string
  /** ms since 1970 UTC. */
  readonly time?: number
  readonly code?: string
  readonly message?: string
}

/** The events as a reader of the log would see them. */
export function eventsOf({
  types,
  typeIndex,
  ids,
  times,
  faults = [],
  starts,
  ends,
  payload,
}: DecodedRequest): ReadEvent[] {
  return [...starts].map((start, index) => {
    const fault = faults.find((each) => each.index === index)
    const [id, time] = [ids?.[index], times?.[index]]
    return {
      type: types[typeIndex?.[index] ?? 0]!,
      raw: Buffer.from(payload.subarray(start, ends[index])).toString(),
      ...(id == null ? {} : { id }),
      ...(time == null ? {} : { time }),
      ...(fault === undefined ? {} : { code: fault.code, message: fault.message }),
    }
  })
}
