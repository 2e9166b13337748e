import { expect, test } from 'vitest'
import { type ErrorCode, errorCodes, MillraceError } from './errors.ts'
import { problemHeaders, problemOf } from './problem.ts'

test('a failure of ours is told whole', () => {
  const error = new MillraceError('invalid_json', 'A comma is missing', { hint: 'Add one.' })
  expect(problemOf(error, 'r1')).toEqual({
    type: 'urn:millrace:problem:invalid_json',
    title: 'Invalid JSON',
    status: 400,
    code: 'invalid_json',
    detail: 'A comma is missing',
    hint: 'Add one.',
    requestId: 'r1',
  })
})

test('an unforeseen failure tells nothing of its inside', () => {
  const problem = problemOf(new TypeError('password is hunter2'))
  expect(problem).toMatchObject({ status: 500, code: 'internal' })
  expect(JSON.stringify(problem)).not.toContain('hunter2')
})

test('Retry-After stands exactly where a repeat may help', () => {
  for (const code of Object.keys(errorCodes) as ErrorCode[]) {
    expect('retry-after' in problemHeaders(new MillraceError(code, 'x')), code).toBe(errorCodes[code].retryable)
  }
  const full = new MillraceError('storage_full', 'x', { retryAfterSeconds: 29.5 })
  expect(problemHeaders(full)['retry-after']).toBe('30')
})
