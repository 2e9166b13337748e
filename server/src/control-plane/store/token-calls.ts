/** The SQL of how many calls tokens made today. Not changes that anybody made, so they have no audit rows. */
import type { Db } from './schema.ts'

/** Calls of a token on the day that begins at `dayAt`; 0 where none are known. */
export async function callsOfDay(db: Db, tokenId: string, dayAt: number): Promise<number> {
  const row = await db
    .selectFrom('tokenCalls')
    .select('calls')
    .where('tokenId', '=', tokenId)
    .where('dayAt', '=', dayAt)
    .executeTakeFirst()
  return row?.calls ?? 0
}

/** Of all tokens of a user that were given no more calls than is usual, together. */
export async function callsOfDayByUser(
  db: Db,
  userId: string,
  dayAt: number,
  usual: { readonly perMinute: number; readonly perDay: number },
): Promise<number> {
  const row = await db
    .selectFrom('tokenCalls')
    .innerJoin('tokens', 'tokens.id', 'tokenCalls.tokenId')
    .select(({ fn }) => fn.sum<number | null>('calls').as('calls'))
    .where('userId', '=', userId)
    .where('dayAt', '=', dayAt)
    .where(({ or, eb }) => or([eb('callsPerMinuteMax', 'is', null), eb('callsPerMinuteMax', '<=', usual.perMinute)]))
    .where(({ or, eb }) => or([eb('callsPerDayMax', 'is', null), eb('callsPerDayMax', '<=', usual.perDay)]))
    .executeTakeFirst()
  return row?.calls ?? 0
}

/** In place of what was there. Of a token that is gone nothing is kept. */
export async function noteCalls(db: Db, tokenId: string, dayAt: number, calls: number): Promise<void> {
  await db
    .insertInto('tokenCalls')
    .columns(['tokenId', 'dayAt', 'calls'])
    .expression((from) =>
      from
        .selectFrom('tokens')
        .select(({ val }) => ['id', val(dayAt).as('dayAt'), val(calls).as('calls')])
        .where('id', '=', tokenId),
    )
    .onConflict((conflict) => conflict.column('tokenId').doUpdateSet({ dayAt, calls }))
    .execute()
}
