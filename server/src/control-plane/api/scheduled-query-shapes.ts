/** The shapes of scheduled queries and their runs, as the API takes and tells them. */
import { z } from 'zod'
import type { StatementWork } from '../../query.ts'
import { runStates, type Schedule } from '../../scheduled-queries.ts'
import type { ScheduledQueryDraft } from '../operations/scheduled-queries.ts'
import type { ShownQuery, ShownRun } from '../operations/shown-queries.ts'
import { label, time } from './schemas.ts'

const sql = z
  .string()
  .min(1)
  .max(100_000)
  .refine((text) => !text.includes('\0') && text.isWellFormed(), 'Needs to be text without NUL')
const column = z.string().min(1).max(63)
const key = z.array(column).min(1).max(20)
export const targetTable = z
  .string()
  .regex(/^(?!_millrace)[^\p{Cc}\p{Zl}\p{Zp}]{1,63}$/iu, 'Needs 1 to 63 characters, none of them a control character')
  .refine((name) => name.isWellFormed() && name.trim() === name, 'Needs no white space at either end')
  .describe(
    'The table that is written: a new one, or one that was made by a scheduled query; never one that events fill',
  )

export const statement = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('select'),
      sql: sql.describe('One SELECT'),
      mode: z.enum(['replace', 'append', 'upsert']).describe('What becomes of the rows that the target has'),
      key: key.optional().describe('With upsert: columns by which a row replaces another'),
    }),
    z.strictObject({
      kind: z.literal('write'),
      sql: sql.describe('One INSERT, UPDATE, DELETE or CREATE TABLE … AS of the target'),
    }),
    z.strictObject({
      kind: z.literal('newest'),
      from: z.string().min(1).max(63).describe('The table whose newest row of each key the target becomes'),
      key,
      by: column.nullable().default(null).describe('The column that tells which is newer; null: what was loaded last'),
    }),
  ])
  .refine((given) => given.kind !== 'select' || (given.mode === 'upsert') === (given.key !== undefined), {
    message: 'Goes with upsert, and with nothing else',
    path: ['key'],
  })

const secondsMax = 3_600
export const timeLimitSeconds = z.number().int().min(1).max(secondsMax)

export const schedule = z
  .union([
    z.strictObject({
      cron: z.string().min(1).max(200).describe('Minute, hour, day, month and weekday: 0 3 * * *'),
      timeZone: z.string().min(1).max(64).default('UTC').describe('Of the IANA database: Europe/Prague'),
    }),
    z.strictObject({ everyHours: z.number().int().min(1).max(744) }),
  ])
  .describe('By the clock of a time zone, or every so many hours from when it was made')

export const draftFields = { label, statement, schedule, timeLimitSeconds }

/** What a run tells of itself, whether it is asked for as a run or as a job. */
export const runFields = {
  askedBy: z.string().nullable().describe('Id of the user who asked for it; null where it was due'),
  queuedAt: time,
  startedAt: time.nullable(),
  endedAt: time.nullable(),
  rowCount: z.number().int().nullable().describe('Rows written, changed or deleted'),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
}

export const run = z
  .object({
    id: z.string(),
    state: z.enum(runStates),
    ...runFields,
  })
  .meta({ id: 'ScheduledQueryRun' })

/** As it was given, whatever its limits were then. */
export const toldStatement: z.ZodType<StatementWork> = z.union([
  z.object({ kind: z.literal('select'), sql: z.string(), mode: z.enum(['replace', 'append']) }),
  z.object({ kind: z.literal('select'), sql: z.string(), mode: z.literal('upsert'), key: z.array(z.string()) }),
  z.object({ kind: z.literal('write'), sql: z.string() }),
  z.object({
    kind: z.literal('newest'),
    from: z.string(),
    key: z.array(z.string()),
    by: z.string().nullable(),
  }),
])
export const toldSchedule: z.ZodType<Schedule> = z.union([
  z.object({ cron: z.string(), timeZone: z.string() }),
  z.object({ everyHours: z.number() }),
])

export const query = z
  .object({
    id: z.string(),
    label: z.string(),
    target: z.string(),
    statement: toldStatement,
    schedule: toldSchedule,
    timeLimitSeconds: z.number(),
    eventType: z.string().nullable().describe('That it is about, where a client said so'),
    createdAt: time,
    disabledAt: time.nullable(),
    nextAt: time.nullable().describe('When it is due; null while it is switched off'),
    openRun: run.nullable().describe('The run that waits or is under way'),
    lastRun: run.nullable().describe('The last run that has ended'),
    lastSuccessAt: time.nullable(),
  })
  .meta({ id: 'ScheduledQuery' })

export function shownQuery(found: ShownQuery): z.output<typeof query> {
  const { work: statement, schedule, timeLimitMs, openRun, lastRun, ...rest } = found
  return {
    ...rest,
    statement,
    schedule,
    timeLimitSeconds: timeLimitMs / 1_000,
    openRun: openRun && shownRun(openRun),
    lastRun: lastRun && shownRun(lastRun),
  }
}

export function shownRun(found: ShownRun): z.output<typeof run> {
  return { ...found, error: found.error && { ...found.error } }
}

export function workOf(given: z.output<typeof statement>): ScheduledQueryDraft['work'] {
  return given as ScheduledQueryDraft['work']
}
