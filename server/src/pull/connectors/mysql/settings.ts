/** What an operator says about a MySQL or MariaDB database: one schema for API, form, command line and docs. */
import { isEventType } from '@millrace/event/event'
import { z } from 'zod'
import { secret } from '../../../settings.ts'
import { runState } from '../database/table-state.ts'
import { sshTunnel } from '../ssh/ssh-settings.ts'

const name = z.string().min(1).max(256)
const eventType = z.string().refine(isEventType, 'Is no event type')

const tableSettings = z.strictObject({
  name: name.describe('orders, or shop.orders; names with dots in quotes: "a.b".orders'),
  eventType: eventType.optional().describe('Event type of its rows; the table’s name where it is missing'),
  cursor: name.optional().describe('Column that says what is new, of this table'),
  key: z.array(name).min(1).max(32).optional().describe('Columns that tell rows apart, where there is no primary key'),
  columns: z.array(name).min(1).optional().describe('Only these columns'),
})

export const mysqlSettings = z
  .strictObject({
    host: z
      .string()
      .min(1)
      .max(255)
      .refine((host) => !host.startsWith('/'), 'Is a name or an address, not a path'),
    port: z.int().min(1).max(65_535).default(3306),
    database: name,
    user: name,
    password: secret('Password of the user').optional(),
    encryption: z
      .enum(['verify', 'encrypt', 'off'])
      .default('verify')
      .describe('verify: TLS with a certificate that holds; encrypt: TLS with any; off'),
    ca: z
      .string()
      .optional()
      .describe('Certificates, as PEM, that the server’s is signed with, if nobody else knows them'),
    tunnel: sshTunnel.optional(),
    mode: z
      .enum(['full', 'incremental'])
      .default('full')
      .describe('full: all rows in each run; incremental: what a column says is new'),
    tables: z
      .array(z.union([name, tableSettings]))
      .min(1)
      .max(1_000)
      .optional()
      .describe('Which tables, views included; all of the database where neither they nor a query are named'),
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
    booleans: z.boolean().default(false).describe('tinyint(1) as true and false, where it is 0 or 1'),
    statementMinutes: z
      .int()
      .min(1)
      .max(10_080)
      .default(240)
      .describe('Longest time that reading one table may take in one go; then it goes on behind the last page'),
  })
  .superRefine((given, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
    if (given.query !== undefined && given.tables !== undefined) wrong('query', 'Name tables or a query, and not both')
    if (given.query !== undefined && given.eventType === undefined)
      wrong('eventType', 'Is needed with a query: what its rows are called')
    if (given.mode === 'incremental' && given.cursor === undefined) {
      const lacks = given.tables?.some((table) => typeof table === 'string' || table.cursor === undefined) ?? true
      if (lacks) wrong('cursor', 'Is needed: the column that says what is new')
    }
  })

export const mysqlState = runState

export type MysqlSettings = z.output<typeof mysqlSettings>
export type TableSettings = z.output<typeof tableSettings>
