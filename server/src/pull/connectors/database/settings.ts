/** What an operator says about any database of tables: what to read of it, and how its server is reached. */
import { isEventType } from '@millrace/event/event'
import { z } from 'zod'
import { sshTunnel } from '../ssh/ssh-settings.ts'

export const name = z.string().min(1).max(256)
const eventType = z.string().refine(isEventType, 'Is no event type')

const tableSettings = z.strictObject({
  name: name.describe('orders, or sales.orders; names with dots in quotes: "a.b".orders'),
  eventType: eventType.optional().describe('Event type of its rows; the table’s name where it is missing'),
  cursor: name.optional().describe('Column that says what is new, of this table'),
  key: z.array(name).min(1).max(32).optional().describe('Columns that tell rows apart, where there is no primary key'),
  columns: z.array(name).min(1).optional().describe('Only these columns'),
})
export type TableSettings = z.output<typeof tableSettings>

export const encryption = z.enum(['verify', 'encrypt', 'off'])

export const reaching = {
  ca: z
    .string()
    .optional()
    .describe('Certificates, as PEM, that the server’s is signed with, if nobody else knows them'),
  tunnel: sshTunnel.optional(),
}

export const choosing = {
  tables: z
    .array(z.union([name, tableSettings]))
    .min(1)
    .max(1_000)
    .optional()
    .describe('Which tables, views included; all that may be read where neither they nor a query are named'),
  query: z.string().min(1).max(100_000).optional().describe('One SELECT instead of tables'),
  eventType: eventType.optional().describe('Event type of the rows of the query'),
  cursor: name.optional().describe('Column that says what is new: of the query, and of tables that name none'),
  key: z.array(name).min(1).max(32).optional().describe('Columns that tell rows of the query apart'),
  overlapSeconds: z
    .int()
    .min(0)
    .max(31 * 86_400)
    .default(0)
    .describe('Of a cursor of dates or times: how far behind it each run looks again, for what was committed late'),
  statementMinutes: z
    .int()
    .min(1)
    .max(10_080)
    .default(240)
    .describe('Longest time that reading one table may take in one go; then it goes on behind the last page'),
}

type Choice = z.output<z.ZodObject<typeof choosing>> & { readonly mode: string }

/** What goes together of it, and what does not. */
export function checkChoice(given: Choice, wrong: (path: string, message: string) => void): void {
  if (given.query !== undefined && given.tables !== undefined) wrong('query', 'Name tables or a query, and not both')
  if (given.query !== undefined && given.eventType === undefined)
    wrong('eventType', 'Is needed with a query: what its rows are called')
  if (given.mode !== 'incremental' || given.cursor !== undefined) return
  const lacks = given.tables?.some((table) => typeof table === 'string' || table.cursor === undefined) ?? true
  if (lacks) wrong('cursor', 'Is needed: the column that says what is new')
}
