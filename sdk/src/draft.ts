/** From what `track` is given to an event that can be kept and sent: context, `beforeSend`, JSON text, limits. */
import type { Core } from './core.ts'
import { SdkError } from './errors.ts'
import { byteLength, serialize, withMember } from './serialize.ts'
import type { ClientOptions, DropReason, EventRecord, StoredEvent, TrackOptions } from './types.ts'

export interface Drafted {
  readonly event: StoredEvent
  readonly bytes: number
}

export interface Refused {
  readonly reason: DropReason
  /** What the caller did wrong, if anything. */
  readonly misuse?: SdkError
}

/** What the server takes of one event. */
const eventBytesMax = 1024 * 1024
/** What surrounds the data of an event in a request. */
const envelopeBytes = 96
const nameCharsMax = 128

export type Draft = (type: string, data: unknown, options: TrackOptions | undefined) => Drafted | Refused

export function openDraft({ now, newId }: Core, { beforeSend, context }: ClientOptions): Draft {
  const fixedContext = typeof context === 'function' ? undefined : context && serialize(context)

  const invalid = (message: string): Refused => ({
    reason: 'invalid',
    misuse: new SdkError('misuse', message, { time: now() }),
  })

  return (type, data, { id = newId(), time, authKey } = {}) => {
    if (!isName(type)) return invalid(`An event type has 1 to ${nameCharsMax} characters`)
    if (!isName(id)) return invalid(`An id has 1 to ${nameCharsMax} characters`)
    const undone = { type, id, time: Number(time ?? now()), data }
    const changed = beforeSend ? change(beforeSend, undone) : undone
    if (changed === null) return { reason: 'filtered' }
    if (changed === undefined) return invalid('beforeSend threw, or returned no event')
    const at = Math.floor(changed.time)
    if (!Number.isFinite(at)) return invalid('The time of an event is a number of ms or a Date')
    let text = serialize(changed.data)
    if (text === undefined) return invalid('The data of an event is an object, or JSON text of one')
    const added = fixedContext ?? (typeof context === 'function' ? serialize(tried(context)) : undefined)
    if (added !== undefined) text = withMember(text, 'context', added)
    const bytes = byteLength(text)
    if (bytes > eventBytesMax - envelopeBytes) return { reason: 'too-large' }
    const event = { stream: changed.type, id: changed.id, time: at, data: text }
    return { event: authKey === undefined ? event : { ...event, authKey }, bytes: bytes + envelopeBytes }
  }
}

interface Undone {
  readonly type: string
  readonly id: string
  readonly time: number
  readonly data: unknown
}

/** Undefined: it cannot be used. */
function change(beforeSend: NonNullable<ClientOptions['beforeSend']>, undone: Undone): EventRecord | null | undefined {
  const data = typeof undone.data === 'string' ? tried(() => JSON.parse(undone.data as string) as unknown) : undone.data
  if (typeof data !== 'object' || data === null) return undefined
  const changed = tried(() => beforeSend({ ...undone, data: data as EventRecord['data'] }))
  return changed === null || (typeof changed === 'object' && isName(changed.type) && isName(changed.id))
    ? changed
    : undefined
}

function tried<T>(run: () => T): T | undefined {
  try {
    return run()
  } catch {
    return undefined
  }
}

function isName(name: unknown): name is string {
  return typeof name === 'string' && name.length >= 1 && name.length <= nameCharsMax
}
