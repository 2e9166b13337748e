import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { errorCodes } from './errors.ts'

test('every error code is in the reference, with its status and whether a repeat may help', () => {
  const page = readFileSync(new URL('../../docs/reference/errors.md', import.meta.url), 'utf8')
  const documented = [...page.matchAll(/^\| `(\w+)` \| (\d+) \| (yes|no) \| \S/gm)].map(([, code, status, repeat]) => [
    code,
    { status: Number(status), retryable: repeat === 'yes' },
  ])
  expect(Object.fromEntries(documented)).toEqual(errorCodes)
  expect(documented).toHaveLength(Object.keys(errorCodes).length)
})
