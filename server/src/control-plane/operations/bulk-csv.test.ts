import { expect, test } from 'vitest'
import { readBulkCsv } from './bulk-csv.ts'

const known = ['source', 'workspace', 'label']
const read = (text: string) => readBulkCsv(text, (name) => known.includes(name))

test('a mark of the byte order, quotes, lines of Windows and empty lines are what they are', () => {
  const text = '\ufeffsource,label\r\n1,"a ""b"", c"\r\n\r\n2,"two\r\nlines"\r\n3,\r\n'
  expect(read(text)).toEqual([
    { line: 2, cells: { source: '1', label: 'a "b", c' } },
    { line: 4, cells: { source: '2', label: 'two\nlines' } },
    { line: 6, cells: { source: '3' } },
  ])
})

test.each([
  ['nothing', '', /line 1: it is empty/],
  ['no column of sources', 'label\na\n', /line 1: the column source is missing/],
  ['a column that nobody knows', 'source,lable\n1,a\n', /line 1: nobody knows the column "lable"/],
  ['a column twice', 'source,label,label\n1,a,b\n', /line 1: the column "label" is there twice/],
  ['a row too short', 'source,label\n1,a\n2\n', /line 3: it has 1 values, the header has 2/],
  ['a row too long', 'source\n1\n2,b\n', /line 3: it has 2 values, the header has 1/],
  ['a quote that does not end', 'source,label\n1,a\n2,"b\n', /line [34]/],
])('%s is told with its line', (_, text, reason) => {
  expect(() => read(text)).toThrow(
    expect.objectContaining({ code: 'invalid_request', message: expect.stringMatching(reason) }),
  )
})

test('of many wrong lines some are told, and how many there are more', () => {
  const text = `source,label\n${'1\n'.repeat(50)}`
  expect(() => read(text)).toThrow(/line 21: .*, and 30 lines more/)
})
