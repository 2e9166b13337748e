/** What an operator says about a PostgreSQL database, and what is remembered of it: one schema for API, form, command line and docs. */
import { z } from 'zod'
import { secret } from '../../../settings.ts'
import { checkChoice, choosing, encryption, name, reaching } from '../database/settings.ts'
import { runState } from '../database/table-state.ts'

export const postgresSettings = z
  .strictObject({
    url: secret('postgres://user:password@host:5432/database, instead of the settings below').optional(),
    host: z.string().min(1).max(255).optional(),
    port: z.int().min(1).max(65_535).default(5432),
    database: name.optional(),
    user: name.optional(),
    password: secret('Password of the user').optional(),
    encryption: encryption
      .optional()
      .describe('verify: TLS with a certificate that holds; encrypt: TLS with any; off. verify, unless the url says'),
    ...reaching,
    mode: z
      .enum(['full', 'incremental', 'cdc'])
      .default('full')
      .describe(
        'full: all rows in each run; incremental: what a column says is new; cdc: every change, by replication',
      ),
    ...choosing,
    slot: z
      .string()
      .regex(/^[a-z0-9_]{1,63}$/, 'Small letters, digits and _')
      .optional()
      .describe('Of cdc: name of the replication slot, which is made where it is not there'),
    publication: name.optional().describe('Of cdc: name of the publication, likewise'),
  })
  .superRefine((given, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
    if (given.url === undefined) {
      for (const needed of ['host', 'database', 'user'] as const)
        if (given[needed] === undefined) wrong(needed, 'Is needed where there is no url')
    } else if (!/^postgres(ql)?:\/\/[^\s/]+/.test(given.url))
      wrong('url', 'Write postgres://user:password@host/database')
    if (given.host?.startsWith('/')) wrong('host', 'Is a name or an address, not a path')
    if (given.mode === 'cdc') {
      if (given.query !== undefined) wrong('query', 'Changes come from tables, not from a query')
      if (given.tables === undefined) wrong('tables', 'Name the tables whose changes to fetch')
      if (given.slot === undefined) wrong('slot', 'Is needed for cdc, one of its own for each source')
      if (given.publication === undefined) wrong('publication', 'Is needed for cdc')
    }
    checkChoice(given, wrong)
  })

export const postgresState = runState.extend({
  /** Of cdc: behind which transaction, and how many of the changes of the one that follows it, are read. */
  changes: z.object({ slot: z.string(), lsn: z.string(), within: z.string().nullable(), count: z.int() }).optional(),
})

export type PostgresState = z.output<typeof postgresState>

export type PostgresSettings = z.output<typeof postgresSettings>
