import { expect, it } from 'vitest'
import { type ErrorCode, MillraceError } from './errors.ts'
import { keepRunning } from './keep-running.ts'

/** Runs until `outcomes` are used up; what happens while it waits is said by `meanwhile`, second by second. */
async function keep(outcomes: (ErrorCode | undefined)[], meanwhile: (second: number, state: State) => void = () => {}) {
  const state: State = { changes: 0, isFull: true, tries: 0 }
  const triedAt: number[] = []
  const held: string[] = []
  let second = 0
  const run = async () => {
    triedAt.push(second)
    const code = outcomes[state.tries++]
    if (code !== undefined) throw new MillraceError(code, 'told to fail')
  }
  await keepRunning(
    run,
    {
      changes: () => state.changes,
      isFull: () => state.isFull,
      onHeld: (code) => void held.push(code),
      async pause(ms) {
        second += ms / 1000
        if (second > 1000) throw new Error('it waits for ever')
        meanwhile(second, state)
      },
    },
    new AbortController().signal,
  )
  return { triedAt, held }
}

interface State {
  changes: number
  isFull: boolean
  tries: number
}

it('tries again ever later while nothing changes, and tells of each failure', async () => {
  const failures: ErrorCode[] = Array(7).fill('sandbox_unavailable')
  const { triedAt, held } = await keep([...failures, undefined])
  expect(triedAt).toEqual([0, 1, 3, 7, 15, 31, 47, 63])
  expect(held).toEqual(failures)
})

it('tries at once where something has changed, and then soon again', async () => {
  const { triedAt } = await keep(Array(5).fill('sandbox_unavailable'), (second, state) => {
    if (second === 5) state.changes++
  })
  expect(triedAt).toEqual([0, 1, 3, 5, 13, 29])
})

it('waits out a full queue without trying, until there is room or something has changed', async () => {
  const room = await keep(['restream_full', undefined], (second, state) => {
    if (second === 300) state.isFull = false
  })
  expect(room.triedAt).toEqual([0, 300])
  const mended = await keep(['restream_full', undefined], (second, state) => {
    if (second === 40) state.changes++
  })
  expect(mended.triedAt).toEqual([0, 40])
})

it('begins again at once where the destination fell back, and gives up on what does not pass', async () => {
  expect((await keep(['position_lost', undefined])).triedAt).toEqual([0, 0])
  await expect(keep(['schema_conflict'])).rejects.toMatchObject({ code: 'schema_conflict' })
})
