import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { checkpointLimits, scheduleCheckpoints } from './checkpoints.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('a checkpoint is due after so many bytes, once until it is done', () => {
  const checkpoint = vi.fn()
  const schedule = scheduleCheckpoints(checkpoint)
  schedule.committed(checkpointLimits.bytes - 1)
  expect(checkpoint).not.toHaveBeenCalled()
  schedule.committed(1)
  schedule.committed(checkpointLimits.bytes)
  expect(checkpoint).toHaveBeenCalledTimes(1)
  schedule.done()
  schedule.committed(checkpointLimits.bytes)
  expect(checkpoint).toHaveBeenCalledTimes(2)
})

it('a checkpoint is due a while after the first commit, not the last', () => {
  const checkpoint = vi.fn()
  const schedule = scheduleCheckpoints(checkpoint)
  schedule.committed(0)
  vi.advanceTimersByTime(checkpointLimits.ageMs - 1)
  schedule.committed(1)
  expect(checkpoint).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1)
  expect(checkpoint).toHaveBeenCalledTimes(1)
})

it('nothing is due where nothing was committed, or after close', () => {
  const checkpoint = vi.fn()
  const schedule = scheduleCheckpoints(checkpoint)
  vi.advanceTimersByTime(10 * checkpointLimits.ageMs)
  schedule.committed(1)
  schedule.close()
  vi.advanceTimersByTime(10 * checkpointLimits.ageMs)
  expect(checkpoint).not.toHaveBeenCalled()
})

it('a checkpoint that failed is tried again after a while, though nothing more is committed', () => {
  const checkpoint = vi.fn()
  const schedule = scheduleCheckpoints(checkpoint)
  schedule.committed(checkpointLimits.bytes)
  schedule.failed()
  expect(checkpoint).toHaveBeenCalledTimes(1)
  vi.advanceTimersByTime(checkpointLimits.ageMs)
  expect(checkpoint).toHaveBeenCalledTimes(2)
})
