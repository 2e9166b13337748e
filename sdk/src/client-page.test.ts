/** What a client does while its page goes, which may come back. */
import { expect, it } from 'vitest'
import { openFakeServer } from './fake-transport.fixture.ts'
import type { ExitHooks } from './platform.ts'
import { openQuickClient, silent, trackMany } from './quick-client.fixture.ts'
import type { ClientOptions } from './types.ts'

function openInPage(options: ClientOptions = {}) {
  let hooks: ExitHooks | undefined
  const watchExit = (given: ExitHooks) => {
    hooks = given
    return () => {}
  }
  const opened = openQuickClient({ flushInterval: 3_600_000, ...options }, openFakeServer(), { watchExit })
  return { ...opened, hide: () => hooks!.sendLast() }
}

it('one request goes at once', async () => {
  const { client, server, hide } = openInPage()
  trackMany(client, 7)
  hide()
  await expect.poll(() => client.stats().acked).toBe(7)
  expect(server.requests).toHaveLength(1)
  await client.close()
})

it.each([
  ['is refused for now', 500],
  ['gets no answer', 'gone'],
] as const)('that %s is made again while the page lives, under the same key', async (_, answer) => {
  const { client, server, hide } = openInPage()
  server.script = [answer]
  trackMany(client, 7)
  hide()
  await expect.poll(() => client.stats().acked).toBe(7)
  expect(new Set(server.headers.map((headers) => headers['idempotency-key'])).size).toBe(1)
  await client.close()
})

it('what cannot be signed at that moment is not lost, nor an error that nobody catches', async () => {
  let calls = 0
  const sign = async () => {
    if (++calls === 1) throw new Error('not yet')
    return 'signed'
  }
  const { client, hide } = openInPage({ sign })
  trackMany(client, 7)
  hide()
  await expect.poll(() => client.stats().acked).toBe(7)
  await client.close()
})

it('nothing goes with a key that was refused', async () => {
  const { client, server, hide } = openInPage({ logger: silent })
  server.otherwise = 401
  trackMany(client, 7)
  await client.flush()
  hide()
  expect(server.requests).toHaveLength(1)
  await client.close()
})
