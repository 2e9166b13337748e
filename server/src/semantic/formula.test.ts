/** Formulas mean in DuckDB what they mean on paper. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestDuckdb, type TestDuckdb } from './duckdb.fixture.ts'
import { type BinaryOperator, type Formula, namesOf, parseFormula } from './formula.ts'
import { checkFormula, type FormulaScope } from './formula-check.ts'
import { finite, rowSql, rowsSql } from './formula-sql.ts'

const rows: (number | null)[][] = [
  [1, 2, 3],
  [0, 0, 0],
  [-1.5, 4, null],
  [null, 7, 0.1],
  [1e6, -3, 2.5],
  [null, null, null],
  [-2, 0.5, -0.25],
]
let duckdb: TestDuckdb
beforeAll(async () => {
  duckdb = await openTestDuckdb()
  await duckdb.run('CREATE TABLE t (n INTEGER, a DOUBLE, b DOUBLE, c DOUBLE)')
  for (const [n, row] of rows.entries()) await duckdb.run(`INSERT INTO t VALUES (${n}, ${row.map(String).join(', ')})`)
})
afterAll(() => duckdb.close())

const names = { row: (name: string) => `"${name}"`, rows: (name: string) => `sum("${name}")` }
const scope: FormulaScope = new Map(
  ['a', 'b', 'c'].map((name) => [name, { type: 'number' as const, level: 'row' as const, canAggregate: true }]),
)

type Value = number | boolean | null
/** As SQL has it: nothing is known of what is made of null. */
function evaluate(formula: Formula, row: Readonly<Record<string, number | null>>): Value {
  const of = (part: Formula) => evaluate(part, row)
  const number = (part: Formula) => of(part) as number | null
  switch (formula.kind) {
    case 'number':
    case 'boolean':
      return formula.value
    case 'name':
      return row[formula.name]!
    case 'unary': {
      const value = of(formula.of)
      if (value === null) return null
      return formula.operator === '-' ? -value : !value
    }
    case 'binary': {
      const [left, right] = [of(formula.left), of(formula.right)]
      if (formula.operator === 'and')
        return left === false || right === false ? false : left === null || right === null ? null : true
      if (formula.operator === 'or')
        return left === true || right === true ? true : left === null || right === null ? null : false
      if (left === null || right === null) return null
      return byOperator[formula.operator](left as number, right as number)
    }
    case 'call': {
      const [first, second, third] = formula.arguments
      const known = () => formula.arguments.map(number).filter((value) => value !== null)
      const apply = (function_: (value: number) => number) => {
        const value = number(first!)
        return value === null ? null : function_(value)
      }
      switch (formula.name) {
        case 'if':
          return of(first!) === true ? of(second!) : third ? of(third) : null
        case 'coalesce':
          return known()[0] ?? null
        case 'nullif':
          return of(first!) === of(second!) ? null : of(first!)
        case 'least':
          return known().length === 0 ? null : Math.min(...known())
        case 'greatest':
          return known().length === 0 ? null : Math.max(...known())
        case 'abs':
          return apply(Math.abs)
        case 'floor':
          return apply(Math.floor)
        case 'ceil':
          return apply(Math.ceil)
        default:
          return apply((value) => Math.sign(value) * Math.round(Math.abs(value)))
      }
    }
    default:
      return null
  }
}

const byOperator: Record<Exclude<BinaryOperator, 'and' | 'or'>, (left: number, right: number) => Value> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => (right === 0 ? null : left / right),
  '%': (left, right) => (right === 0 ? null : left % right),
  '=': (left, right) => left === right,
  '<>': (left, right) => left !== right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
}

function write(formula: Formula): string {
  switch (formula.kind) {
    case 'number':
      return String(formula.value)
    case 'boolean':
      return String(formula.value)
    case 'name':
      return formula.name
    case 'unary':
      return `(${formula.operator} ${write(formula.of)})`
    case 'binary':
      return `(${write(formula.left)} ${formula.operator} ${write(formula.right)})`
    case 'call':
      return `${formula.name}(${formula.arguments.map(write).join(', ')})`
    default:
      return 'null'
  }
}

const formulas = fc.letrec<{ number: Formula; boolean: Formula }>((tie) => {
  const number = tie('number')
  const boolean = tie('boolean')
  const call = (name: string, ...parts: fc.Arbitrary<Formula>[]) =>
    fc.tuple(...parts).map((given): Formula => ({ kind: 'call', name, arguments: given }))
  const binary = (operators: BinaryOperator[], part: fc.Arbitrary<Formula>) =>
    fc
      .tuple(fc.constantFrom(...operators), part, part)
      .map(([operator, left, right]): Formula => ({ kind: 'binary', operator, left, right }))
  return {
    number: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom('a', 'b', 'c').map((name): Formula => ({ kind: 'name', name })),
      fc
        .oneof(fc.nat(1000), fc.constantFrom(0.1, 1.5, 1e-3, 123456789.123))
        .map((value): Formula => ({ kind: 'number', value })),
      binary(['+', '-', '*', '/', '%'], number),
      number.map((of): Formula => ({ kind: 'unary', operator: '-', of })),
      call('if', boolean, number, number),
      call('if', boolean, number),
      call('coalesce', number, number),
      call('nullif', number, number),
      call('least', number, number, number),
      call('greatest', number, number),
      call('abs', number),
      call('round', number),
      call('floor', number),
      call('ceil', number),
    ),
    boolean: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.boolean().map((value): Formula => ({ kind: 'boolean', value })),
      binary(['=', '<>', '<', '<=', '>', '>='], number),
      binary(['and', 'or'], boolean),
      boolean.map((of): Formula => ({ kind: 'unary', operator: 'not', of })),
    ),
  }
})

describe('a formula', () => {
  it('is, in DuckDB, what it is in JavaScript, row by row', async () => {
    await fc.assert(
      fc.asyncProperty(formulas.number, async (formula) => {
        expect(parseFormula(write(formula))).toEqual(formula)
        expect(checkFormula(formula, scope).faults).toEqual([])
        const found = await duckdb.rows(`SELECT ${finite(rowSql(formula, names))} FROM t ORDER BY n`)
        const expected = rows.map(([a, b, c]) => evaluate(formula, { a: a!, b: b!, c: c! }))
        for (const [index, value] of expected.entries()) {
          const isNumber = typeof value === 'number' && Number.isFinite(value)
          const [got] = found[index]!
          if (isNumber)
            expect(Math.abs((got as number) - value), write(formula)).toBeLessThanOrEqual(Math.abs(value) * 1e-12)
          else expect(got, write(formula)).toBeNull()
        }
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    ['a + b * c', '(a + (b * c))'],
    ['a = b and not (c > 1) or a <> 2', '(((a = b) and (not (c > 1))) or (a <> 2))'],
    ['-a * 2', '((- a) * 2)'],
    ['+a', 'a'],
    ['a == b && c != 1 || !(a < b)', '(((a = b) and (c <> 1)) or (not (a < b)))'],
    ['IF(a > 1, "Ad spend", 0)', 'if((a > 1), Ad spend, 0)'],
    ['nothing', 'nothing'],
    ['and_more + notable', '(and_more + notable)'],
    ['1e3', '1000'],
  ])('%s is read as %s', (text, expected) => {
    expect(write(parseFormula(text))).toBe(expected)
  })

  it.each([
    '',
    ' ',
    'a b',
    'a +',
    '(a',
    'a; DROP TABLE t',
    'a.b',
    'a[0]',
    '[a]',
    'this',
    'a ? b : c',
    'a = b = ',
    'f(,)',
    '1e999',
    'a ** b',
    'a | b',
    'a => b',
    '`a`',
    '""',
    'a -- comment',
    "a /* */ 'b",
    'not a > 1',
    `${'-'.repeat(1900)}a`,
    'a'.repeat(2001),
    'a\0b',
    '"\\u0000"b',
    'new a',
    '(a)(b)',
  ])('that is none is refused: %s', (text) => {
    expect(() => checkedOf(text)).toThrow()
  })

  it('is refused or read, whatever it is, and nothing else', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        try {
          namesOf(parseFormula(text))
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid_request' })
        }
      }),
    )
  })

  it('cannot be hostile to SQL: what it holds is quoted', async () => {
    const hostile = `a'"); DROP TABLE t; --`
    const formula: Formula = {
      kind: 'binary',
      operator: '=',
      left: { kind: 'text', value: hostile },
      right: { kind: 'text', value: hostile },
    }
    expect(await duckdb.rows(`SELECT ${rowSql(formula, names)}`)).toEqual([[true]])
  })

  it('of many rows has its measurements aggregated, and rounds to digits', async () => {
    const sql = rowsSql(parseFormula('round(a / b, 2) + count() + avg(c)'), names)
    expect(await duckdb.rows(`SELECT ${sql} FROM t WHERE n IN (0, 4)`)).toEqual([[-1000001 + 2 + 2.75]])
  })

  it('that leaves the range of numbers is null', async () => {
    const sql = finite(rowSql(parseFormula('a * 1e308 * 1e308 - a * 1e308 * 1e308'), names))
    expect(await duckdb.rows(`SELECT ${sql} FROM t WHERE n IN (0, 4)`)).toEqual([[null], [null]])
  })
})

function checkedOf(text: string): Formula {
  const formula = parseFormula(text)
  const { faults } = checkFormula(formula, scope)
  if (faults.length > 0) throw new Error(faults.join())
  return formula
}
