import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { secret, secretPaths } from './settings.ts'

describe('secretPaths', () => {
  it('finds secrets at any depth, optional, defaulted and in unions', () => {
    const settings = z.object({
      url: secret('Connection string'),
      schema: z.string().default('public'),
      proxy: z.object({ user: z.string(), password: secret('Password').optional() }).optional(),
      auth: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('token'), token: secret('Token') }),
        z.object({ kind: z.literal('basic'), password: secret('Password').nullable() }),
      ]),
    })
    expect(secretPaths(settings)).toEqual([['url'], ['proxy', 'password'], ['auth', 'token'], ['auth', 'password']])
  })

  it('finds none where there is none', () => {
    expect(secretPaths(z.object({ path: z.string() }))).toEqual([])
  })
})

describe('secret', () => {
  it('is marked for whoever reads the schema, and described', () => {
    expect(z.toJSONSchema(secret('Personal access token'))).toMatchObject({
      type: 'string',
      description: 'Personal access token',
      writeOnly: true,
    })
  })

  it('refuses the empty text', () => {
    expect(secret('Token').safeParse('').success).toBe(false)
  })
})
