/** Input types for tests: one of each kind that there is. */
import { z } from 'zod'
import { type InputType, inputSettings } from '../inputs.ts'
import { secret } from '../settings.ts'

export const inputTypes: Readonly<Record<string, InputType>> = {
  native: { title: 'Native', settings: inputSettings({}), keys: 'named' },
  webhook: {
    title: 'Webhook',
    settings: inputSettings({ depth: z.number().int().max(9).default(3), password: secret('For the test').optional() }),
    keys: 'named',
  },
  signed: {
    title: 'Signed',
    settings: inputSettings({}),
    keys: 'signing',
    credentials: ({ workspace }, key) => ({ account: workspace, secret: key }),
  },
  fetched: {
    title: 'Fetched',
    settings: inputSettings({ url: secret('Where to fetch'), from: z.string().optional() }),
    keys: 'none',
  },
  hourly: { title: 'Hourly', settings: z.strictObject({}), keys: 'none', fetches: { isByDate: false } },
  'http-json': {
    title: 'HTTP JSON',
    settings: z.strictObject({
      url: z.string().regex(/^https?:/, 'Write http:// or https://'),
      table: z.string(),
      query: z.record(z.string(), z.string()).optional(),
    }),
    keys: 'none',
    fetches: { isByDate: true },
  },
  tuned: {
    title: 'Tuned',
    settings: z.strictObject({ pages: z.number().int().optional(), name: z.string().optional() }),
    keys: 'none',
    fetches: { isByDate: false },
  },
  daily: { title: 'Daily', settings: z.strictObject({}), keys: 'none', fetches: { isByDate: true } },
}
