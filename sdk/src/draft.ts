/** From what `track` is given to an event that can be kept and sent: context, `beforeSend`, JSON text, limits. */
import type { Core, Draft } from './parts.ts'
import { serialize, withContext } from './serialize.ts'
import type { ClientOptions, EventRecord } from './types.ts'

/** What the server takes of one event. */
const eventBytesMax = 1024 * 1024
/** What surrounds the data of an event in a request. */
const envelopeBytes = 96
const nameCharsMax = 128

export function openDraft(
  { now, newId, error }: Core,
  { beforeSend, context }: ClientOptions,
  byteLength = (text: string) => new TextEncoder().encode(text).length,
): Draft {
  const fixedContext = typeof context === 'function' ? undefined : serialize(context)

  return (type, data, { id = newId(), time = now(), authKey } = {}) => {
    if (!isName(type) || !isName(id))
      throw error('misuse', `An event type has 1 to ${nameCharsMax} characters, as has an id`)
    const undone = { type, id, time: Number(time), data }
    const changed = beforeSend ? change(beforeSend, undone) : undone
    if (changed === null) return 'filtered'
    if (!changed) throw error('misuse', 'beforeSend threw, or returned no event')
    const at = Math.floor(changed.time)
    if (!Number.isFinite(at)) throw error('misuse', 'The time of an event is a number of ms or a Date')
    let text = serialize(changed.data)
    if (text === undefined) throw error('misuse', 'The data of an event is an object, or JSON text of one')
    const added = fixedContext ?? (typeof context === 'function' ? serialize(tried(context)) : undefined)
    if (added !== undefined) text = withContext(text, added)
    const bytes = byteLength(text) + envelopeBytes
    if (bytes > eventBytesMax) return 'too-large'
    const event = { stream: changed.type, id: changed.id, time: at, data: text }
    return [authKey === undefined ? event : { ...event, authKey }, bytes]
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
