/** The shapes of sources and their jobs, as the API takes and tells them. */
import { z } from 'zod'
import { runStates } from '../../scheduled-queries.ts'
import { time } from './schemas.ts'

export const schedule = z
  .union([
    z.strictObject({
      cron: z.string().min(1).max(200).describe('Minute, hour, day, month and weekday: 0 3 * * *'),
      timeZone: z.string().min(1).max(64).default('UTC').describe('Of the IANA database: Europe/Prague'),
    }),
    z.strictObject({ everyMinutes: z.number().int().min(1).max(44_640) }),
  ])
  .nullable()
  .describe('By the clock of a time zone, or every so many minutes from now on; null: only when somebody asks')

const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'Write a day as 2026-01-31')
export const range = z
  .strictObject({ start: day, end: day })
  .describe('Days, both included; of sources that can fetch by dates, and only of those')

export const jobState = z.enum(runStates)

export const job = z
  .object({
    id: z.string(),
    source: z.string().describe('Id of the source'),
    range: z.object({ start: z.string(), end: z.string() }).nullable(),
    state: jobState,
    askedBy: z.string().nullable().describe('Id of the user who asked for it; null where it was due'),
    queuedAt: time,
    startedAt: time.nullable(),
    endedAt: time.nullable(),
    attempts: z.number().int().describe('How often it was tried again after an error'),
    pages: z.number().int().describe('Pages that are durable'),
    rowCount: z.number().int().describe('Rows that were retrieved and are durable'),
    loaded: z.number().nullable().describe('How far it is, as the connector counts; null where it does not know'),
    total: z.number().nullable(),
    message: z.string().nullable().describe('What it does, in the words of the connector'),
    etaAt: time.nullable().describe('When it will have ended, by the pace so far'),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
  })
  .meta({ id: 'Job' })

export const source = z
  .object({
    id: z.string().describe('Of the input that it is'),
    label: z.string(),
    type: z.string(),
    isByDate: z.boolean().describe('Whether its jobs may have ranges of days'),
    createdAt: time,
    disabledAt: time.nullable(),
    schedule: z.unknown().describe('As it was given; null: it runs only when somebody asks'),
    pausedAt: time.nullable().describe('Since when the schedule stands still'),
    nextAt: time.nullable().describe('When it is due'),
    state: z.record(z.string(), z.unknown()).describe('Where the next run goes on; empty: from the beginning'),
    lastJob: job.nullable(),
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

export const rawPage = z.object({ name: z.string(), bytes: z.number().int() })
