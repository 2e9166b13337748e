/** What an operator says about a MySQL or MariaDB database: one schema for API, form, command line and docs. */
import { z } from 'zod'
import { secret } from '../../../settings.ts'
import { checkChoice, choosing, encryption, name, reaching } from '../database/settings.ts'
import { runState } from '../database/table-state.ts'

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
    encryption: encryption
      .default('verify')
      .describe('verify: TLS with a certificate that holds; encrypt: TLS with any; off'),
    ...reaching,
    mode: z
      .enum(['full', 'incremental'])
      .default('full')
      .describe('full: all rows in each run; incremental: what a column says is new'),
    ...choosing,
    booleans: z.boolean().default(false).describe('tinyint(1) as true and false, where it is 0 or 1'),
  })
  .superRefine((given, context) =>
    checkChoice(given, (path, message) => context.addIssue({ code: 'custom', path: [path], message })),
  )

export const mysqlState = runState

export type MysqlSettings = z.output<typeof mysqlSettings>
