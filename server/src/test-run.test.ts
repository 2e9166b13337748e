/** A test run whose time is up: what is done is told, and code that is done with nothing is a failure. */
import { expect, it } from 'vitest'
import type { Draft, LooseEvent } from './drafts.ts'
import { testRun } from './test-run.ts'

const events = ['1', '2', '3'].map(
  (id): LooseEvent => ({
    ...{ offset: 0n, id, type: 'order', receivedAt: 1, time: 1, restreamCount: 0 },
    input: { id: 'test', label: 'test', type: 'native' },
    raw: Buffer.from('{}'),
  }),
)

/** Drops events, and is at the one of this number until time is up. */
function stuckAt(number: number, stop: AbortController): Draft {
  let calls = -1 // the first one loads the code
  const transform = async () => {
    if (calls++ < number) return { inputs: [], faults: [], printed: '' }
    stop.abort(new Error('time is up'))
    throw stop.signal.reason
  }
  return { transform } as unknown as Draft
}

const run = (number: number, stop = new AbortController()) =>
  testRun(stuckAt(number, stop), events, { withMapping: false, signal: stop.signal })

it('tells of the events that were done', async () => {
  const cut = await run(2)
  expect(cut.results.map(({ event }) => event.eventId)).toEqual(['1', '2'])
  expect(cut).toMatchObject({ leftOut: 1, stoppedBy: 'time' })
  const whole = await run(3)
  expect(whole.results).toHaveLength(3)
  expect(whole).toMatchObject({ leftOut: 0, stoppedBy: null })
})

it('tells how many it left out because they are large', async () => {
  const large = events.map((event) => ({ ...event, raw: Buffer.alloc(20 * 1024 * 1024) }))
  const run = testRun(stuckAt(9, new AbortController()), large, {
    withMapping: false,
    signal: new AbortController().signal,
  })
  expect(await run).toMatchObject({ results: { length: 2 }, leftOut: 1, stoppedBy: 'bytes' })
})

it('fails where none was', async () => {
  await expect(run(0)).rejects.toThrow('time is up')
})
