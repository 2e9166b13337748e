import { expect, test } from 'vitest'
import type { Sandbox } from '../sandbox.ts'
import { openSpares } from './spares.ts'

class FakeProcess {
  readonly #up = Promise.withResolvers<void>()
  readonly ready = this.#up.promise
  isAlive = true

  start() {
    this.#up.resolve()
    return this.ready
  }

  fail() {
    this.isAlive = false
    this.#up.reject(new Error('It did not start'))
    return this.ready.catch(() => {})
  }

  kill() {
    this.isAlive = false
  }
}

const sandbox = {} as Sandbox
const other = {} as Sandbox

function open() {
  const started: FakeProcess[] = []
  const spares = openSpares(() => {
    const guest = new FakeProcess()
    started.push(guest)
    return guest
  })
  return { spares, started }
}

test('the next process is started once the one before it is up, and is handed out once', async () => {
  const { spares, started } = open()
  const first = spares.take(sandbox, 1)
  expect(started).toEqual([first])
  await first.start()
  expect(started).toHaveLength(2)
  const second = spares.take(sandbox, 1)
  expect(second).toBe(started[1])
  expect(spares.take(sandbox, 1)).toBe(started[2])
  expect(new Set(started).size).toBe(3)
})

test('each sandbox has one spare, however many were taken', async () => {
  const { spares, started } = open()
  const taken = [spares.take(sandbox, 1), spares.take(sandbox, 1), spares.take(other, 1)]
  for (const guest of taken) await guest.start()
  expect(started).toHaveLength(5)
})

test('a spare with other limits is killed, and one that died is left out', async () => {
  const { spares, started } = open()
  await spares.take(sandbox, 1).start()
  const larger = spares.take(sandbox, 2)
  expect(larger).toBe(started[2])
  expect(started[1]?.isAlive).toBe(false)
  await larger.start()
  started[3]?.kill()
  expect(spares.take(sandbox, 2)).toBe(started[4])
})

test('a sandbox that does not start has no spare', async () => {
  const { spares, started } = open()
  await spares.take(sandbox, 1).fail()
  expect(started).toHaveLength(1)
})

test('closing kills the spares, and starts none after it', async () => {
  const { spares, started } = open()
  const late = spares.take(other, 1)
  await spares.take(sandbox, 1).start()
  spares.close()
  await late.start()
  expect(started.map(({ isAlive }) => isAlive)).toEqual([true, true, false])
})
