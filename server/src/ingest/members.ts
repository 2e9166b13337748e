/** The members of one object, by their places, for the few that cannot be read by known names alone. */
import { skipSpace } from '@millrace/json/tokens'
import { walk } from '@millrace/json/walk'

export interface Member {
  readonly key: string
  /** Of the key's token, quotes included. */
  readonly keyStart: number
  readonly keyEnd: number
  /** Of the value. */
  readonly start: number
  end: number
}

/** Of the proved object `body[start .. end)`, in order; of members of the same key the last alone. */
export function membersOf(body: Uint8Array, start: number, end: number): Member[] {
  const members = new Map<string, Member>()
  let current: Member | undefined
  let depth = 0
  const close = (at: number) => {
    if (depth === 1 && current !== undefined) current.end = at
  }
  const leave = (at: number) => {
    depth--
    close(at)
  }
  walk(body, start, end, {
    objectStart: () => depth++,
    objectEnd: leave,
    arrayStart: () => depth++,
    arrayEnd: leave,
    scalar: (_, __, at) => close(at),
    key(key, keyStart, keyEnd) {
      if (depth !== 1) return
      current = { key, keyStart, keyEnd, start: skipSpace(body, skipSpace(body, keyEnd) + 1), end: keyEnd }
      members.delete(key)
      members.set(key, current)
    },
  })
  return [...members.values()]
}
