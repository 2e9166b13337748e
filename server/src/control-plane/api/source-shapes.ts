/** The shapes of sources and their jobs, as the API takes and tells them. */
import { z } from 'zod'
import { runStates } from '../../scheduled-queries.ts'
import type { SourceSchedule } from '../../sources.ts'
import { time } from './schemas.ts'

const window = z
  .strictObject({
    days: z.number().int().min(1).max(366).describe('So many days'),
    lagDays: z
      .number()
      .int()
      .min(0)
      .max(366)
      .default(1)
      .describe('The last of them was so many days ago; 1: yesterday'),
  })
  .optional()
  .describe('Days that its jobs have, of a source that fetches by dates; without it they have no ranges')

export const schedule = z
  .union([
    z.strictObject({
      window,
      cron: z.string().min(1).max(200).describe('Minute, hour, day, month and weekday: 0 3 * * *'),
      timeZone: z.string().min(1).max(64).default('UTC').describe('Of the IANA database: Europe/Prague'),
    }),
    z.strictObject({ window, everyMinutes: z.number().int().min(1).max(44_640) }),
  ])
  .nullable()
  .describe('By the clock of a time zone, or every so many minutes from now on; null: only when somebody asks')

const toldWindow = z.object({ days: z.number(), lagDays: z.number() }).optional()
/** As it was given, whatever its limits were then. */
export const toldSchedule: z.ZodType<SourceSchedule> = z.union([
  z.object({ window: toldWindow, cron: z.string(), timeZone: z.string() }),
  z.object({ window: toldWindow, everyMinutes: z.number() }),
])

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'Write a day as 2026-01-31')
export const range = z
  .strictObject({ start: day, end: day })
  .describe('Days, both included; of sources that can fetch by dates, and only of those')

/** As `range`, of a body. */
export const days = { start: day, end: day }

const perJob = z.number().int().min(1).max(366)

export const processing = z.strictObject({
  ...days,
  daysPerJob: perJob.optional().describe('Days of a job, at most; else as the source says, else 10'),
  spread: z
    .boolean()
    .optional()
    .describe('What today’s quota cannot hold waits for the days after; else it is refused'),
})

export const limits = z.object({
  daysPerJob: perJob.nullable().describe('Days of a range that one job has, at most; null: 10'),
  jobsAtOnce: z
    .number()
    .int()
    .min(1)
    .max(15)
    .nullable()
    .describe('Jobs of different ranges under way at once; null: 4'),
  callsPerDay: z
    .number()
    .int()
    .min(1)
    .max(1_000_000_000)
    .nullable()
    .describe('Requests that the source may be sent in a day of UTC; null: as many as it takes'),
})

export const plan = z
  .object({
    source: z.string().describe('Id of the source'),
    jobs: z.array(
      z.object({
        range: z.object({ start: z.string(), end: z.string() }),
        calls: z.number().int(),
        notBefore: time.nullable().describe('Null: at once'),
      }),
    ),
    calls: z.number().int(),
    basis: z
      .enum(['declared', 'measured', 'assumed'])
      .describe('Whose word the calls are: the connector’s, that of earlier jobs, or nobody’s: then one a job'),
    callsPerDay: z.number().int().nullable(),
    callsLeftToday: z.number().int().nullable().describe('Less what jobs that wait will need; null: no quota'),
    jobsLater: z.number().int().describe('Jobs that today’s quota does not hold'),
    expectedEndAt: time.nullable().describe('Null where nobody knows how long a job takes'),
  })
  .meta({ id: 'SourcePlan' })

export const jobState = z.enum(runStates)

/** A job of a source. */
export const sourceJob = z
  .object({
    id: z.string(),
    kind: z.literal('source'),
    source: z.string().describe('Id of the source'),
    range: z.object({ start: z.string(), end: z.string() }).nullable(),
    state: jobState,
    askedBy: z.string().nullable().describe('Id of the user who asked for it; null where it was due'),
    rerunOf: z.string().nullable().describe('The job that it repeats'),
    isBackFill: z.boolean().describe('Whether it comes behind what is due'),
    queuedAt: time,
    notBefore: time.nullable().describe('It is not begun before; null: at once'),
    pausedAt: time.nullable().describe('Since when it stands still'),
    startedAt: time.nullable(),
    endedAt: time.nullable(),
    attempts: z.number().int().describe('How often it was tried again after an error'),
    pages: z.number().int().describe('Pages that are durable'),
    calls: z.number().int().describe('Requests that it sent to the source'),
    rowCount: z.number().int().describe('Rows that were retrieved and are durable'),
    rowsLoaded: z.number().int().describe('Rows that went on to the tables; of a job with a range, that stand in them'),
    rowsReplaced: z.number().int().describe('Rows of the same days that they took the place of'),
    loaded: z.number().nullable().describe('How far it is, as the connector counts; null where it does not know'),
    total: z.number().nullable(),
    message: z.string().nullable().describe('What it does, in the words of the connector'),
    etaAt: time.nullable().describe('When it will have ended, by the pace so far'),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
  })
  .meta({ id: 'SourceJob' })

export const source = z
  .object({
    id: z.string().describe('Of the input that it is'),
    label: z.string(),
    type: z.string(),
    isByDate: z.boolean().describe('Whether its jobs may have ranges of days'),
    createdAt: time,
    disabledAt: time.nullable(),
    schedule: toldSchedule.nullable().describe('Null: it runs only when somebody asks'),
    limits,
    pausedAt: time.nullable().describe('Since when the schedule stands still'),
    nextAt: time.nullable().describe('When it is due'),
    state: z.record(z.string(), z.unknown()).describe('Where the next run goes on; empty: from the beginning'),
    lastJob: sourceJob.nullable(),
  })
  .meta({ id: 'Source' })

export const logLine = z
  .object({
    at: time,
    level: z.enum(['debug', 'info', 'warn', 'error']),
    message: z.string(),
    fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  })
  .meta({ id: 'JobLogLine' })

export const rawPage = z.object({
  name: z.string(),
  bytes: z.number().int(),
  metadata: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
    .optional()
    .describe('What its connector says of it'),
})
