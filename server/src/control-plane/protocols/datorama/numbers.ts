/** Datorama's ids are whole numbers: of each kind of thing the first that is asked for gets 1, and keeps it for ever. */
import { allotNumbers, findByNumber, moveNumber, numbersOf } from '../../store/datorama-numbers.ts'
import type { Db } from '../../store/schema.ts'

/** What is numbered. Users and types of sources are of no workspace. */
export type Kind =
  | 'workspace'
  | 'stream'
  | 'job'
  | 'user'
  | 'data-source'
  | 'dimension'
  | 'harmonized-dimension'
  | 'pattern'
  | 'calculated-measurement'

export interface Numbers {
  /** In the order of the ids. */
  of(kind: Kind, workspace: string, ids: readonly string[]): Promise<number[]>
  one(kind: Kind, workspace: string, id: string): Promise<number>
  /** Undefined for a number that was never told. What it names may be gone. */
  find(kind: Kind, number: unknown): Promise<{ workspace: string; id: string } | undefined>
  move(kind: Kind, workspace: string, id: string, to: string): Promise<void>
}

const knownMax = 200_000

export function openNumbers(db: Db): Numbers {
  let allotting: Promise<unknown> = Promise.resolve()
  /** A number stays what it is, but where a thing gets another id. */
  const known = new Map<string, number>()
  /** Whoever asks for the same at once is told together. */
  const asked = new Map<string, Promise<number>>()

  const allot = (kind: Kind, workspace: string, ids: readonly string[]): Promise<Map<string, number>> => {
    const work = async () => {
      const present = await numbersOf(db, kind, workspace, ids)
      const missing = ids.filter((id) => !present.has(id))
      const made = missing.length === 0 ? [] : await allotNumbers(db, kind, workspace, [...new Set(missing)])
      return new Map([...present, ...made])
    }
    const done = allotting.then(work)
    allotting = done.catch(() => {})
    return done
  }

  const of: Numbers['of'] = async (kind, workspace, ids) => {
    const unknown = ids.filter((id) => !known.has(keyOf(kind, workspace, id)))
    if (unknown.length === 0) return ids.map((id) => known.get(keyOf(kind, workspace, id))!)
    const present = await numbersOf(db, kind, workspace, ids)
    const all = ids.every((id) => present.has(id)) ? present : await allot(kind, workspace, ids)
    if (known.size > knownMax) known.clear()
    for (const [id, number] of all) known.set(keyOf(kind, workspace, id), number)
    return ids.map((id) => all.get(id)!)
  }

  return {
    of,
    one(kind, workspace, id) {
      const key = keyOf(kind, workspace, id)
      let number = asked.get(key)
      if (number === undefined) {
        number = of(kind, workspace, [id]).then(([only]) => only!)
        asked.set(key, number)
        void number.catch(() => {}).finally(() => asked.delete(key))
      }
      return number
    },
    async find(kind, number) {
      const whole = typeof number === 'string' && /^\d{1,15}$/.test(number) ? Number(number) : number
      if (!Number.isSafeInteger(whole)) return undefined
      const row = await findByNumber(db, kind, whole as number)
      return row && { workspace: row.workspaceId, id: row.id }
    },
    async move(kind, workspaceId, id, to) {
      await moveNumber(db, { kind, workspaceId, id }, to)
      known.clear()
    },
  }
}

function keyOf(kind: Kind, workspace: string, id: string): string {
  return `${kind}\0${workspace}\0${id}`
}
