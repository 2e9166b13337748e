import { expect, it } from 'vitest'
import { connectGuests } from './guest-rpc.ts'
import { defaultTransformLimits } from './transform.ts'
import { type Death, openTransformHost } from './transform-host.ts'

const settings = {
  logger: { level: 'error', isTerminal: false },
  refusesWithoutIsolation: false,
  cacheFolder: '',
} as const
const program = {
  sandbox: 'javascript',
  modules: [],
  order: [],
  secrets: {},
  lookups: {},
  limits: defaultTransformLimits,
}

const script = (code: string) => new URL(`data:text/javascript,${encodeURIComponent(code)}`)

/** Tells its isolation, and dies of the first program that it is to open. */
const mortal = script(`
  import { parentPort } from 'node:worker_threads'
  parentPort.on('message', ({ m, a, i }) => {
    if (m === 'close') parentPort.postMessage({ t: 's', i })
    if (m !== 'connect') return
    const [port, first] = a
    port.on('message', ({ m, i }) => {
      if (m === 'open') process.exit(3)
      port.postMessage({ t: 's', i, r: { level: 'full', probes: [] } })
    })
    port.emit('message', first)
  })
`)

it('the thread is started by whoever asks it first, and answers all that was asked meanwhile', async () => {
  const deaths: Death[] = []
  const host = openTransformHost(settings, { onDeath: (death) => deaths.push(death), script: mortal, firstPauseMs: 1 })
  const [some, others] = [connectGuests(host.connect(() => {})), connectGuests(host.connect(() => {}))]
  expect(host.isStarted()).toBe(false)
  const asked = [some.isolation(), some.isolation(), others.isolation(), others.isolation()]
  expect(await Promise.all(asked)).toMatchObject(Array(4).fill({ level: 'full' }))
  expect(host.isStarted()).toBe(true)
  await host.close()
  expect(deaths).toEqual([])
})

it('a thread that died is started again, and those who asked it ask the new one', async () => {
  const deaths: Death[] = []
  const host = openTransformHost(settings, { onDeath: (death) => deaths.push(death), script: mortal, firstPauseMs: 1 })
  const guests = connectGuests(host.connect((port) => guests.reconnect(port)))
  expect(await guests.isolation()).toMatchObject({ level: 'full' })
  await expect(guests.open(program)).rejects.toMatchObject({ code: 'sandbox_unavailable' })
  await expect.poll(() => deaths).toMatchObject([{ deaths: 1, againInMs: 1 }])
  await expect.poll(() => guests.isolation().catch(() => undefined)).toMatchObject({ level: 'full' })
  expect(host.fault()).toBeUndefined()
  await host.close()
  expect(deaths).toHaveLength(1)
})

it('one that dies at once is started ever later, and after five deaths no more', async () => {
  const deaths: Death[] = []
  const failing = script(`throw new Error('out of something')`)
  const host = openTransformHost(settings, { onDeath: (death) => deaths.push(death), script: failing, firstPauseMs: 1 })
  await expect(connectGuests(host.connect(() => {})).isolation()).rejects.toMatchObject({ code: 'sandbox_unavailable' })
  await expect.poll(() => deaths.length, { timeout: 30_000 }).toBe(5)
  expect(deaths.map(({ deaths, againInMs }) => [deaths, againInMs])).toEqual([
    [1, 1],
    [2, 2],
    [3, 4],
    [4, 8],
    [5, undefined],
  ])
  expect(deaths[4]!.reason.message).toBe('out of something')
  expect(host.fault()).toMatch(/stays down: out of something/)
  const guests = connectGuests(host.connect(() => {}))
  await expect(guests.isolation()).rejects.toMatchObject({ code: 'sandbox_unavailable' })
  await host.close()
})

it('what is closed is not started again', async () => {
  const deaths: Death[] = []
  const host = openTransformHost(settings, { onDeath: (death) => deaths.push(death), script: mortal, firstPauseMs: 1 })
  await host.close()
  await host.close()
  expect([deaths, host.fault()]).toEqual([[], undefined])
})
