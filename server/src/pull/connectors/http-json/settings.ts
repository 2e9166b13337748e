/** What an operator says about an HTTP API that answers with JSON: one schema for the API, the form, the command line and the docs. */
import { isEventType } from '@millrace/event/event'
import { z } from 'zod'
import { secret } from '../../../settings.ts'

const size = z.int().min(1).max(10_000)
const sizeParameter = z.string().min(1).describe('Name of the parameter that says how many records a page has')
const path = z.string().min(1)

const auth = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('none') }),
  z.strictObject({
    type: z.literal('header'),
    name: z
      .string()
      .regex(/^[!#$%&'*+.^_`|~\w-]+$/, 'Is no name of a header')
      .describe('Name of the header'),
    value: secret('Value of the header'),
  }),
  z.strictObject({
    type: z.literal('key'),
    parameter: z.string().min(1).describe('Name of the parameter that holds the key'),
    value: secret('The key'),
  }),
  z.strictObject({ type: z.literal('basic'), username: z.string(), password: secret('Password') }),
  z.strictObject({ type: z.literal('bearer'), token: secret('Token') }),
  z.strictObject({
    type: z.literal('oauth2'),
    tokenUrl: z.url({ protocol: /^https?$/ }).describe('Where access tokens are given'),
    clientId: z.string().min(1),
    clientSecret: secret('Secret of the client').optional(),
    clientIn: z.enum(['body', 'header']).default('body').describe('Where the client’s id and secret are sent'),
    scope: z.string().optional(),
    refreshToken: secret('With it the grant is refresh_token, without it client_credentials').optional(),
    accessToken: secret('The access token in use; fetched and saved by itself').optional(),
    expiresAt: z.number().optional().describe('When it expires, ms since 1970 UTC; saved by itself'),
  }),
])

const paging = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('none') }),
  z.strictObject({
    type: z.literal('page'),
    parameter: z.string().min(1).default('page').describe('Name of the parameter that holds the number of the page'),
    first: z.int().min(0).default(1),
    size: size.optional(),
    sizeParameter: sizeParameter.default('per_page'),
  }),
  z.strictObject({
    type: z.literal('offset'),
    parameter: z.string().min(1).default('offset').describe('Name of the parameter that says how many to leave out'),
    size: size.default(100),
    sizeParameter: sizeParameter.default('limit'),
  }),
  z.strictObject({
    type: z.literal('cursor'),
    path: path.describe('Where the answer has the next cursor: meta.next, or data.-1.id for the last record’s id'),
    parameter: z
      .string()
      .min(1)
      .optional()
      .describe('Name of the parameter that holds it; without one it is the address of the next page'),
    morePath: path.optional().describe('Where the answer says whether there is more: has_more'),
    size: size.optional(),
    sizeParameter: sizeParameter.default('limit'),
  }),
  z.strictObject({
    type: z.literal('link'),
    size: size.optional(),
    sizeParameter: sizeParameter.default('per_page'),
  }),
])

export const httpJsonSettings = z.strictObject({
  url: z
    .string()
    .regex(/^https?:\/\/[^\s/?#]+\S*$/i, 'Write http:// or https://')
    .describe('Address; {start} and {end} are the days of the range, both included: 2026-02-28'),
  method: z.enum(['GET', 'POST']).default('GET'),
  headers: z.record(z.string().regex(/^[!#$%&'*+.^_`|~\w-]+$/), z.string().regex(/^[^\r\n\0]*$/)).default({}),
  query: z.record(z.string(), z.string()).default({}).describe('Parameters; {start} and {end} as in the address'),
  body: z.string().optional().describe('JSON to send by POST; {start} and {end} as in the address'),
  auth: auth.default({ type: 'none' }),
  paging: paging.default({ type: 'none' }),
  pagesMax: z.int().min(1).max(1_000_000).default(10_000).describe('More pages than that in one run are a mistake'),
  recordsPerDay: z
    .number()
    .positive()
    .max(1e9)
    .optional()
    .describe('How many records a day has, about: plans reckon requests from it and from the size of pages'),
  recordPath: z
    .string()
    .default('')
    .describe('Where the answer has its records: data.items; the answer itself if empty'),
  table: z.string().refine(isEventType, 'Is no event type').describe('Event type of the records'),
  idField: path.optional().describe('Where a record has its id'),
  timeField: path.optional().describe('Where a record says when it happened: ISO 8601, or seconds or ms since 1970'),
  dateField: path
    .optional()
    .describe('Where a record has the day that it is of; without it a member that in all records is a day asked for'),
  incremental: z
    .strictObject({
      field: path.describe('Where a record has what grows: updated_at'),
      parameter: z.string().min(1).describe('Name of the parameter that asks for what is newer: since'),
      first: z.string().optional().describe('What the first run asks for; without it, everything'),
    })
    .optional()
    .describe('Each run asks for what came since the highest value of a field'),
})

export type HttpJsonSettings = z.output<typeof httpJsonSettings>
export type Auth = HttpJsonSettings['auth']
export type Paging = HttpJsonSettings['paging']

/** Where a page is: its number, its offset, its cursor or its address. */
const position = z.union([z.number(), z.string()])
export type Position = z.output<typeof position>

const mark = z.union([z.string(), z.number()]).nullable()

export const httpJsonState = z.object({
  /** The highest value of the incremental field in runs that ended. */
  since: mark.default(null),
  /** Where a run that broke off goes on, and the highest value in it so far. */
  unfinished: z.object({ next: position, highest: mark }).nullable().default(null),
})

export type HttpJsonState = z.output<typeof httpJsonState>
