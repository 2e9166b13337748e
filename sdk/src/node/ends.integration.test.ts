/** However a process ends, its events arrive: in it, or by the next one on the same spool. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { useFaultyPlace } from './faulty-place.fixture.ts'

const place = useFaultyPlace()

const tracker = join(import.meta.dirname, 'tracker.fixture.ts')

function start(...args: string[]): ChildProcess & { errors: string } {
  const child = spawn(process.execPath, [tracker, place.sink.url, place.dir, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return Object.assign(child, { errors: '' })
}

async function ended(child: ChildProcess & { errors: string }): Promise<string> {
  child.stderr!.on('data', (chunk) => {
    child.errors += String(chunk)
  })
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  return signal ?? String(code)
}

/** Starts one that says when it has tracked everything, and ends it by a signal. */
async function killed(signal: NodeJS.Signals, ...args: string[]): Promise<string> {
  const child = start(...args)
  await once(child.stdout!, 'data')
  child.kill(signal)
  return ended(child)
}

async function resend(): Promise<void> {
  expect(await ended(start('resend'))).toBe('0')
}

describe.each(['ok', '500', 'no answer'] as const)(
  '1,000 of 1,000 arrive, once, while the server says: %s',
  (fault) => {
    beforeEach(() => {
      place.sink.fault = fault
    })

    const whole = async () => {
      place.sink.fault = 'ok'
      await resend()
      expect(place.sink.stored.size).toBe(1000)
      if (fault !== 'no answer') expect(place.sink.doubled).toBe(0)
    }

    it('at the natural end', async () => {
      expect(await ended(start('natural'))).toBe('0')
      if (fault === 'ok') expect(place.sink.stored.size).toBe(1000)
      await whole()
    })

    it('by process.exit', async () => {
      expect(await ended(start('exit'))).toBe('0')
      await whole()
    })

    it('by SIGTERM, which is how it ends then', async () => {
      expect(await killed('SIGTERM', 'wait')).toBe('SIGTERM')
      if (fault === 'ok') expect(place.sink.stored.size).toBe(1000)
      await whole()
    })

    it('by an error that nobody catches', async () => {
      const child = start('throw')
      expect(await ended(child)).toBe('1')
      expect(child.errors).toContain('uncaught, as told')
      await whole()
    })

    it('by SIGKILL after sync()', async () => {
      expect(await killed('SIGKILL', 'sync')).toBe('SIGKILL')
      await whole()
    })
  },
)

describe('kill -9', () => {
  it('with the spool "always" costs less than 65 of 1,000 events', async () => {
    place.sink.fault = '500'
    await killed('SIGKILL', 'wait', 'always')
    place.sink.fault = 'ok'
    await resend()
    expect(place.sink.stored.size).toBeGreaterThanOrEqual(936)
  })

  it('after everything was acknowledged leaves nothing to be sent again', async () => {
    await killed('SIGKILL', 'flush', 'always')
    expect([place.sink.stored.size, place.sink.received]).toEqual([1000, 1000])
    await resend()
    expect(place.sink.received).toBe(1000)
  })
})

describe('signals', () => {
  it('that somebody else listens to are theirs', async () => {
    expect(await killed('SIGTERM', 'own handler')).toBe('7')
    await resend()
    expect(place.sink.stored.size).toBe(1000)
  })

  it('end a process that loaded the SDK twice and has many clients, when all are closed; Node has nothing to warn of', async () => {
    const script = join(import.meta.dirname, 'lifetime.fixture.ts')
    const child = Object.assign(spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'pipe'] }), {
      errors: '',
    })
    const said: string[] = []
    child.stdout!.on('data', (chunk) => said.push(String(chunk).trim()))
    await expect.poll(() => said, { timeout: 20_000 }).toEqual(['ready'])
    child.kill('SIGTERM')
    expect(await ended(child)).toBe('SIGTERM')
    expect([said, child.errors]).toEqual([['ready', 'all closed'], ''])
  })
})

describe('without a spool', () => {
  it('the natural end sends everything', async () => {
    expect(await ended(start('natural', 'none'))).toBe('0')
    expect(place.sink.stored.size).toBe(1000)
  })

  it('process.exit loses what is there, and says how much', async () => {
    const child = start('exit', 'none')
    await ended(child)
    expect(child.errors).toContain('1000 events were lost')
  })

  it('the natural end waits for a server that fails, but not for ever', async () => {
    place.sink.fault = '500'
    const child = start('natural', 'none')
    const startedAt = performance.now()
    expect(await ended(child)).toBe('0')
    expect(performance.now() - startedAt).toBeLessThan(6000)
    expect(child.errors).toContain('1000 events were lost')
  })
})

describe('several processes on one spool', () => {
  it('lose nothing and send nothing twice', async () => {
    place.sink.fault = '500'
    await Promise.all([0, 1000, 2000].map((from) => ended(start('exit', 'lazy', String(from)))))
    place.sink.fault = 'ok'
    await Promise.all([resend(), resend(), ended(start('natural', 'lazy', '3000'))])
    await resend()
    expect([place.sink.stored.size, place.sink.doubled]).toEqual([4000, 0])
  })
})
