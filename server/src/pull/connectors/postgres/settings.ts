/** What an operator says about a PostgreSQL database, and what is remembered of it: one schema for API, form, command line and docs. */
import { isEventType } from '@millrace/event/event'
import { z } from 'zod'
import { secret } from '../../../settings.ts'
import { runState } from '../database/table-state.ts'
import { sshTunnel } from '../ssh/ssh-settings.ts'

export const modes = ['full', 'incremental', 'cdc'] as const
export const encryptions = ['verify', 'encrypt', 'off'] as const

const name = z.string().min(1).max(256)
const eventType = z.string().refine(isEventType, 'Is no event type')

const tableSettings = z.strictObject({
  name: name.describe('orders, or sales.orders; names with dots in quotes: "a.b".orders'),
  eventType: eventType.optional().describe('Event type of its rows; the table’s name where it is missing'),
  cursor: name.optional().describe('Column that says what is new, of this table'),
  key: z.array(name).min(1).max(32).optional().describe('Columns that tell rows apart, where there is no primary key'),
  columns: z.array(name).min(1).optional().describe('Only these columns'),
})

export const postgresSettings = z
  .strictObject({
    url: secret('postgres://user:password@host:5432/database, instead of the settings below').optional(),
    host: z.string().min(1).max(255).optional(),
    port: z.int().min(1).max(65_535).default(5432),
    database: name.optional(),
    user: name.optional(),
    password: secret('Password of the user').optional(),
    encryption: z
      .enum(encryptions)
      .optional()
      .describe('verify: TLS with a certificate that holds; encrypt: TLS with any; off. verify, unless the url says'),
    ca: z
      .string()
      .optional()
      .describe('Certificates, as PEM, that the server’s is signed with, if nobody else knows them'),
    tunnel: sshTunnel.optional(),
    mode: z
      .enum(modes)
      .default('full')
      .describe(
        'full: all rows in each run; incremental: what a column says is new; cdc: every change, by replication',
      ),
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
    slot: z
      .string()
      .regex(/^[a-z0-9_]{1,63}$/, 'Small letters, digits and _')
      .optional()
      .describe('Of cdc: name of the replication slot, which is made where it is not there'),
    publication: name.optional().describe('Of cdc: name of the publication, likewise'),
    statementMinutes: z
      .int()
      .min(1)
      .max(10_080)
      .default(240)
      .describe('Longest time that reading one table may take in one go; then it goes on behind the last page'),
  })
  .superRefine((given, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
    if (given.url === undefined) {
      for (const needed of ['host', 'database', 'user'] as const)
        if (given[needed] === undefined) wrong(needed, 'Is needed where there is no url')
    } else if (!/^postgres(ql)?:\/\/[^\s/]+/.test(given.url))
      wrong('url', 'Write postgres://user:password@host/database')
    if (given.host?.startsWith('/')) wrong('host', 'Is a name or an address, not a path')
    if (given.query !== undefined && given.tables !== undefined) wrong('query', 'Name tables or a query, and not both')
    if (given.query !== undefined && given.eventType === undefined)
      wrong('eventType', 'Is needed with a query: what its rows are called')
    if (given.mode === 'cdc') {
      if (given.query !== undefined) wrong('query', 'Changes come from tables, not from a query')
      if (given.tables === undefined) wrong('tables', 'Name the tables whose changes to fetch')
      if (given.slot === undefined) wrong('slot', 'Is needed for cdc, one of its own for each source')
      if (given.publication === undefined) wrong('publication', 'Is needed for cdc')
    }
    if (given.mode === 'incremental' && given.cursor === undefined) {
      const lacks = given.tables?.some((table) => typeof table === 'string' || table.cursor === undefined) ?? true
      if (lacks) wrong('cursor', 'Is needed: the column that says what is new')
    }
  })

export const postgresState = runState.extend({
  /** Of cdc: behind which transaction, and how many of the changes of the one that follows it, are read. */
  changes: z.object({ slot: z.string(), lsn: z.string(), within: z.string().nullable(), count: z.int() }).optional(),
})

export type PostgresState = z.output<typeof postgresState>

export type PostgresSettings = z.output<typeof postgresSettings>
export type TableSettings = z.output<typeof tableSettings>
