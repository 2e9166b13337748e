import { expect, test } from 'vitest'
import { readRule } from './read-pattern.ts'

test.each([
  ['^[A-Z]+', { kind: 'regex', expression: '^[A-Z]+', group: 0, isCaseSensitive: true }],
  ['([A-Z]+)_', { kind: 'regex', group: 1 }],
  ['\\(x\\)', { kind: 'regex', group: 0 }],
  ['(?:a|b)', { kind: 'regex', group: 0 }],
  ['(?P<name>a|b)', { kind: 'regex', group: 1 }],
  [{ regex: 'a(b)' }, { kind: 'regex', group: 1 }],
  [
    { delimiter: '_', position: '2' },
    { kind: 'split', separator: '_', position: 2, from: 'start' },
  ],
  [
    { separator: '-', position: 1, from: 'end' },
    { kind: 'split', separator: '-', from: 'end' },
  ],
  [{ values: { a: 'b' } }, { kind: 'lookup', entries: [{ from: 'a', to: 'b' }] }],
  [
    { kind: 'split', separator: '|', position: 3 },
    { kind: 'split', separator: '|', position: 3, from: 'start' },
  ],
])('%j is a rule', (pattern, rule) => {
  expect(readRule(pattern)).toMatchObject(rule)
})

test.each([
  [''],
  [undefined],
  [null],
  [7],
  [{}],
  [{ position: 1 }],
  [{ separator: '_' }],
  [{ separator: '_', position: 0 }],
])('%j is none', (pattern) => {
  expect(() => readRule(pattern)).toThrow(expect.objectContaining({ code: 'invalid_request' }))
})
