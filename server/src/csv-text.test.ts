import { expect, test } from 'vitest'
import { csvLine } from './csv-text.ts'

test('what has quotes, separators or lines in it is quoted', () => {
  expect(csvLine(['a', 'b,c', 'd"e', 'f\ng', ' h', null, undefined, ''])).toBe('a,"b,c","d""e","f\ng"," h",,,\r\n')
})

test('what a spreadsheet would take for a formula is text', () => {
  expect(csvLine(['=cmd|x', '+x', '-1+1', '@a', ' =1', '\t=1'])).toBe(`'=cmd|x,'+x,'-1+1,'@a,' =1,'\t=1\r\n`)
})

test('numbers are numbers, also negative ones', () => {
  expect(csvLine([-1, 2n, 0.5, true, '-1.5e3'])).toBe('-1,2,0.5,true,-1.5e3\r\n')
})
