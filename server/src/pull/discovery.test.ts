import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { openOutbound } from '../outbound.ts'
import { secret } from '../settings.ts'
import { type Connector, NotRetryable, sourceUnavailable } from './connector.ts'
import { openPauses } from './connector-http.ts'
import { discover } from './discovery.ts'

const password = 'correct horse'
const tools = { outbound: openOutbound([]), pauses: openPauses() }

function connectorOf(look: Connector['discover']): Connector {
  const base = { title: 'Shop', settings: z.object({ password: secret('') }), state: z.object({}), isByDate: false }
  return { ...base, async *read() {}, ...(look && { discover: look }) }
}

const ask = (look: Connector['discover'], more = {}) =>
  discover({ ...tools, ...more }, connectorOf(look), 'default', { password })

test('what there is to choose from is told as the connector says it', async () => {
  const orders = { id: 'orders', title: 'Orders', fields: [{ name: 'id', type: 'int' }], available: true }
  expect(await ask(async () => [orders])).toEqual([orders])
})

test('a connector that takes too long is told to stop, and nobody waits for it', async () => {
  let isStopped = false
  const slow: Connector['discover'] = async (_, { signal }) => {
    signal.addEventListener('abort', () => {
      isStopped = true
    })
    await delay(60_000, undefined, { ref: false })
    return []
  }
  await expect(ask(slow, { timeLimitMs: 10 })).rejects.toMatchObject({ code: 'source_unavailable' })
  expect(isStopped).toBe(true)
})

test.each([
  [new NotRetryable(`wrong: ${password}`), 'invalid_request'],
  [sourceUnavailable(`nobody at ${encodeURIComponent(password)}`), 'source_unavailable'],
  [new Error(password), 'source_unavailable'],
])('what goes wrong is told without the secrets: %s', async (error, code) => {
  const failed = await ask(() => Promise.reject(error)).catch((thrown: Error & { code: string }) => thrown)
  expect(failed).toMatchObject({ code })
  expect(`${(failed as Error).message} ${(failed as Error).stack}`).not.toMatch(/correct( |%20)horse/)
})

test('a connector without anything to choose says so', async () => {
  await expect(ask(undefined)).rejects.toMatchObject({ code: 'invalid_request' })
})
