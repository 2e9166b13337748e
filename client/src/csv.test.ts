import { expect, it } from 'vitest'
import { csvLine, toCsv } from './csv.ts'

it.each([
  [['a', 1, true, null, undefined], 'a,1,true,,\r\n'],
  [['a,b', 'say "x"', 'two\nlines'], '"a,b","say ""x""","two\nlines"\r\n'],
  [[{ a: [1] }], '"{""a"":[1]}"\r\n'],
])('%j is written as RFC 4180 says', (cells, line) => expect(csvLine(cells, { isGuarded: true })).toBe(line))

it.each(['=cmd()', '+x', '-x', '@sum', '\tx', '\rx'])('%j does not reach a spreadsheet as a formula', (cell) => {
  expect(csvLine([cell], { isGuarded: true })).toMatch(/^"?'/)
  expect(csvLine([cell], { isGuarded: false })).not.toContain("'")
})

it.each(['-1', '+2.5', '-1e3', -4])('%j is a number and stays one', (cell) => {
  expect(csvLine([cell], { isGuarded: true })).toBe(`${cell}\r\n`)
})

it('rows have a header of all their keys, and cells that are missing are empty', () => {
  expect(
    toCsv([
      { a: 1, b: '=x' },
      { b: null, c: { d: 1 } },
    ]),
  ).toBe(`a,b,c\r\n1,'=x,\r\n,,"{""d"":1}"\r\n`)
  expect(toCsv([{ a: '=x' }], { isGuarded: false, hasHeader: false })).toBe('=x\r\n')
  expect(toCsv([])).toBe('')
})
