import { expect, it } from 'vitest'
import { progressBar } from './progress-bar.ts'

it('a bar tells how far it is, how fast, and how long it will take', () => {
  expect(progressBar({ done: 500, total: 1000, rate: 250, etaMs: 2000 })).toBe(
    '████████████░░░░░░░░░░░░ 50 %  500 of 1,000 events  250 events/s  2.0 s left',
  )
  expect(progressBar({ done: 0, total: 1, rate: null, etaMs: null, note: 'waits' })).toBe(
    '░░░░░░░░░░░░░░░░░░░░░░░░ 0 %  0 of 1 event  waits',
  )
  expect(progressBar({ done: 0, total: 0, rate: null, etaMs: null })).toContain('100 %')
})
