/** Who made a thing and who changed it last, when: fields that all things of Datorama have, for reading only. */
import type { Numbers } from './numbers.ts'

export interface Touch {
  readonly at: number
  /** Null where nobody knows, or nobody did. */
  readonly by: { readonly id: string; readonly email: string } | null
}

export interface History {
  readonly createUserId: number | null
  readonly createUser: string | null
  readonly createTime: number | null
  readonly updateUserId: number | null
  readonly updateUser: string | null
  readonly updateTime: number | null
}

export const historyFields = [
  'createUserId',
  'createUser',
  'createTime',
  'updateUserId',
  'updateUser',
  'updateTime',
] as const satisfies (keyof History)[]

export async function historyOf(numbers: Numbers, made: Touch, changed: Touch = made): Promise<History> {
  const number = async ({ by }: Touch) => (by === null ? null : numbers.one('user', '', by.id))
  return {
    createUserId: await number(made),
    createUser: made.by?.email ?? null,
    createTime: made.at,
    updateUserId: await number(changed),
    updateUser: changed.by?.email ?? null,
    updateTime: changed.at,
  }
}
