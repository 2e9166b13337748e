/** What `--follow` shows, against an API that tells something new each time. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { openFakeWorld, type Ran } from '../fake-world.ts'

function notification(id: string, count: number, second: number) {
  const at = `2026-01-31T00:00:0${second}.000Z`
  const about = { eventType: null, input: null, cause: null, firstAt: at, lastAt: at }
  return {
    id,
    severity: 'warning',
    type: 'events_failed',
    typeDescription: '',
    message: `It is ${id}`,
    count,
    ...about,
  }
}

it('shows what is new, and what happened again, each once', async () => {
  const answers = [
    [notification('a', 1, 1)],
    [notification('a', 1, 1)],
    [notification('a', 1, 1), notification('b', 1, 2)],
    [notification('a', 2, 3), notification('b', 1, 2)],
  ]
  const asked: string[] = []
  const server = createServer(({ url }, response) => {
    asked.push(new URL(url ?? '', 'http://here').searchParams.get('since') ?? '')
    const items = answers[Math.min(asked.length, answers.length) - 1]
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ items, nextCursor: null }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const world = await openFakeWorld({ MILLRACE_URL: url, MILLRACE_TOKEN: 'token' })
  try {
    const running = world.run(['notifications', '--since', '2026-01-30T00:00:00Z', '--follow'])
    const stopped = (): Promise<Ran | undefined> | undefined => {
      if (asked.length <= answers.length) return undefined
      world.stop()
      return Promise.race([running, undefined])
    }
    await expect.poll(stopped, { timeout: 15_000 }).toMatchObject({ exitCode: 0, stderr: '' })
    const { records } = await running
    expect(records().map(({ id, count }) => [id, count])).toEqual([
      ['a', 1],
      ['b', 1],
      ['a', 2],
    ])
    expect(asked.slice(0, 4)).toEqual([
      '2026-01-30T00:00:00.000Z',
      ...[1, 1, 2].map((second) => `2026-01-31T00:00:0${second}.000Z`),
    ])
  } finally {
    server.closeAllConnections()
    server.close()
    await world.remove()
  }
})
