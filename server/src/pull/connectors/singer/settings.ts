/** What an operator sets of a Singer tap, and where its next run goes on. */
import { z } from 'zod'
import { secret } from '../../../settings.ts'

const jsonObject = z.record(z.string(), z.json())

export const singerSettings = z.strictObject({
  tap: z
    .string()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/, 'The name of an executable, without a path')
    .describe('Name of the executable in the folder of MILLRACE_SINGER_TAPS'),
  config: jsonObject.default({}).describe('What the tap is configured with'),
  secrets: secret('More of it that nobody may see: an object of JSON, as text')
    .refine((text) => jsonObject.safeParse(parsed(text)).success, 'It must be an object of JSON')
    .optional(),
  streams: z.array(z.string().min(1)).default([]).describe('Which streams, by their ids; all where none is named'),
  discovers: z
    .boolean()
    .default(true)
    .describe('Whether the tap knows --discover; one that does not is run without a catalog, and fetches what it will'),
  catalogFlag: z
    .enum(['catalog', 'properties'])
    .default('catalog')
    .describe('How it takes its catalog: old taps call it properties'),
  tablePrefix: z.string().max(64).default('').describe('In front of the streams’ names, which are the event types'),
  replacesByKey: z
    .boolean()
    .default(true)
    .describe('Whether newer rows of a stream that has a key replace older ones; false: each is kept, as a history'),
  silenceMinutesMax: z
    .number()
    .positive()
    .max(24 * 60)
    .default(10)
    .describe('A tap that writes nothing for so long is ended'),
})
export type SingerSettings = z.output<typeof singerSettings>

/** The value of the tap's last STATE whose rows are durable. */
export const singerState = z.object({ tap: z.json().default(null) })
export type SingerState = z.output<typeof singerState>

/** @throws nothing: settings were parsed. */
export function configOf({ config, secrets }: SingerSettings): Record<string, unknown> {
  return { ...config, ...(secrets === undefined ? {} : (parsed(secrets) as object)) }
}

/** Takes the texts and numbers among the secrets out of what a tap says. */
export function openHiding({ secrets }: SingerSettings): (text: string) => string {
  const known = leavesOf(secrets === undefined ? undefined : parsed(secrets))
    .filter((leaf) => leaf.length > 2)
    .toSorted((a, b) => b.length - a.length)
  return (text) => known.reduce((rest, one) => rest.replaceAll(one, '•••'), text)
}

function leavesOf(value: unknown): string[] {
  if (typeof value === 'string' || typeof value === 'number') return [String(value)]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leavesOf) : []
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
