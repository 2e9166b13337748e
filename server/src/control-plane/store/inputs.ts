/** The SQL of inputs and their keys. */
import type { Db, Schema, Tx } from './schema.ts'

export type InputRow = Schema['inputs']
export type InputKeyRow = Schema['inputKeys']

/** By id, after `after`. */
export function listInputs(
  db: Db,
  workspaceId: string,
  page: { after?: string | undefined; limit: number },
): Promise<InputRow[]> {
  return db
    .selectFrom('inputs')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('id', '>', page.after ?? '')
    .orderBy('id')
    .limit(page.limit)
    .execute()
}

export function findInput(db: Db, workspaceId: string, id: string): Promise<InputRow | undefined> {
  return db
    .selectFrom('inputs')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst()
}

export function findInputByLabel(db: Db, workspaceId: string, label: string): Promise<InputRow | undefined> {
  return db
    .selectFrom('inputs')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('label', '=', label)
    .executeTakeFirst()
}

/** All of a workspace. */
export async function inputIds(db: Db, workspaceId: string): Promise<string[]> {
  const rows = await db.selectFrom('inputs').select('id').where('workspaceId', '=', workspaceId).execute()
  return rows.map(({ id }) => id)
}

/** Whether a workspace has one of a type, disabled or not. */
export async function hasInputOf(db: Db, workspaceId: string, type: string): Promise<boolean> {
  const query = db.selectFrom('inputs').select('id').where('workspaceId', '=', workspaceId).where('type', '=', type)
  return (await query.limit(1).executeTakeFirst()) !== undefined
}

/** Those that have an input of a type, disabled or not, and are not archived. */
export async function workspacesWithInputOf(db: Db, type: string): Promise<string[]> {
  const rows = await db
    .selectFrom('inputs')
    .innerJoin('workspaces', 'workspaces.id', 'inputs.workspaceId')
    .select('inputs.workspaceId')
    .distinct()
    .where('inputs.type', '=', type)
    .where('workspaces.archivedAt', 'is', null)
    .execute()
  return rows.map(({ workspaceId }) => workspaceId)
}

export async function insertInput(tx: Tx, row: InputRow): Promise<void> {
  await tx.insertInto('inputs').values(row).execute()
}

export async function updateInput(
  tx: Tx,
  workspaceId: string,
  id: string,
  change: Partial<Pick<InputRow, 'label' | 'disabledAt' | 'settings'>>,
): Promise<void> {
  await tx.updateTable('inputs').set(change).where('workspaceId', '=', workspaceId).where('id', '=', id).execute()
}

/** Its keys go with it. */
export async function deleteInput(tx: Tx, workspaceId: string, id: string): Promise<void> {
  await tx.deleteFrom('inputs').where('workspaceId', '=', workspaceId).where('id', '=', id).execute()
}

/** Keys of some inputs of a workspace, oldest first. */
export function keysOfInputs(db: Db, workspaceId: string, inputIds: readonly string[]): Promise<InputKeyRow[]> {
  return db
    .selectFrom('inputKeys')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('inputId', 'in', inputIds)
    .orderBy('createdAt')
    .orderBy('id')
    .execute()
}

/** Of workspaces that are not archived, oldest first. */
export function openInputs(db: Db): Promise<InputRow[]> {
  return db
    .selectFrom('inputs')
    .innerJoin('workspaces', 'workspaces.id', 'inputs.workspaceId')
    .selectAll('inputs')
    .where('workspaces.archivedAt', 'is', null)
    .orderBy('inputs.createdAt')
    .orderBy('inputs.id')
    .execute()
}

/** Every key of every input, oldest first. */
export function allKeys(db: Db): Promise<InputKeyRow[]> {
  return db.selectFrom('inputKeys').selectAll().orderBy('createdAt').orderBy('id').execute()
}

export function configKeys(db: Db): Promise<InputKeyRow[]> {
  return db.selectFrom('inputKeys').selectAll().where('origin', '=', 'config').execute()
}

export async function insertKey(tx: Tx, row: InputKeyRow): Promise<void> {
  await tx.insertInto('inputKeys').values(row).execute()
}

export async function deleteKey(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('inputKeys').where('id', '=', id).execute()
}

/** Lets the keys of an input expire at `at`, or before where that was said already, and removes those expired at `now`. */
export async function expireKeys(tx: Tx, workspaceId: string, inputId: string, at: number, now: number): Promise<void> {
  const keys = tx.updateTable('inputKeys').where('workspaceId', '=', workspaceId).where('inputId', '=', inputId)
  await keys
    .set({ expiresAt: at })
    .where((or) => or.or([or('expiresAt', 'is', null), or('expiresAt', '>', at)]))
    .execute()
  await tx
    .deleteFrom('inputKeys')
    .where('workspaceId', '=', workspaceId)
    .where('inputId', '=', inputId)
    .where('expiresAt', '<=', now)
    .execute()
}
