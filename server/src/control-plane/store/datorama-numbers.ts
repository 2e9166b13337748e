/** The SQL of the whole numbers that clients of Datorama know things by. Not changes that anybody made, so they have no audit rows. */
import type { Db, Schema } from './schema.ts'

export type NumberRow = Schema['datoramaNumbers']

/** Small texts are prepared once and kept. */
const rowsPerStatement = 500

export async function numbersOf(
  db: Db,
  kind: string,
  workspaceId: string,
  ids: readonly string[],
): Promise<Map<string, number>> {
  const numbers = new Map<string, number>()
  for (let start = 0; start < ids.length; start += rowsPerStatement) {
    const rows = await db
      .selectFrom('datoramaNumbers')
      .select(['id', 'number'])
      .where('kind', '=', kind)
      .where('workspaceId', '=', workspaceId)
      .where('id', 'in', ids.slice(start, start + rowsPerStatement))
      .execute()
    for (const { id, number } of rows) numbers.set(id, number)
  }
  return numbers
}

export function findByNumber(db: Db, kind: string, number: number): Promise<NumberRow | undefined> {
  return db
    .selectFrom('datoramaNumbers')
    .selectAll()
    .where('kind', '=', kind)
    .where('number', '=', number)
    .executeTakeFirst()
}

/** Gives each the next number of its kind. One caller at a time. */
export async function allotNumbers(
  db: Db,
  kind: string,
  workspaceId: string,
  ids: readonly string[],
): Promise<Map<string, number>> {
  const highest = await db
    .selectFrom('datoramaNumbers')
    .select(({ fn }) => fn.max('number').as('number'))
    .where('kind', '=', kind)
    .executeTakeFirst()
  const first = (highest?.number ?? 0) + 1
  const rows = ids.map((id, index) => ({ kind, number: first + index, workspaceId, id }))
  for (let start = 0; start < rows.length; start += rowsPerStatement) {
    await db
      .insertInto('datoramaNumbers')
      .values(rows.slice(start, start + rowsPerStatement))
      .execute()
  }
  return new Map(rows.map(({ id, number }) => [id, number]))
}

/** The same number for what has another id now. */
export async function moveNumber(
  db: Db,
  { kind, workspaceId, id }: Omit<NumberRow, 'number'>,
  to: string,
): Promise<void> {
  await db
    .updateTable('datoramaNumbers')
    .set({ id: to })
    .where('kind', '=', kind)
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .execute()
}
