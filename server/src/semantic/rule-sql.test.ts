/** Rules of patterns, run by DuckDB. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestDuckdb, type TestDuckdb } from './duckdb.fixture.ts'
import type { Pattern, PatternRule } from './model.ts'
import { patternSql, ruleSql } from './rule-sql.ts'
import { groupsOf, ruleFaults } from './rules.ts'

let duckdb: TestDuckdb
beforeAll(async () => {
  duckdb = await openTestDuckdb()
})
afterAll(() => duckdb.close())

const none = { patterns: new Map<string, Pattern>() }
async function derive(rule: PatternRule, text: string | null, parts: Parameters<typeof ruleSql>[2] = none) {
  const [[found]] = (await duckdb.rows(`SELECT ${ruleSql(rule, 'x', parts)} FROM (SELECT CAST($1 AS VARCHAR) AS x)`, [
    text,
  ])) as [[string | null]]
  return found
}

/** Texts that DuckDB can hold. */
const texts = fc
  .string({ unit: 'grapheme', maxLength: 12 })
  .filter((text) => text.isWellFormed() && !text.includes('\0'))
const separators = fc.constantFrom('_', '-', '__', '|', "'", '.', ' / ', 'é', '"')

const split = (separator: string, position: number, from: 'start' | 'end' = 'start'): PatternRule => ({
  ...{ kind: 'split', separator, position, from },
})
const regex = (expression: string, group = 1, isCaseSensitive = true): PatternRule => ({
  ...{ kind: 'regex', expression, group, isCaseSensitive },
})

describe('split', () => {
  it('is the part at its place, from either end; an empty one is nothing', async () => {
    const cases = fc.tuple(fc.array(texts, { minLength: 1, maxLength: 5 }), separators, fc.integer({ min: 1, max: 6 }))
    await fc.assert(
      fc.asyncProperty(cases, async ([parts, separator, position]) => {
        const text = parts.join(separator)
        const found = text.split(separator)
        expect(await derive(split(separator, position), text)).toBe(found[position - 1] || null)
        expect(await derive(split(separator, position, 'end'), text)).toBe(found.at(-position) || null)
      }),
      { numRuns: 150 },
    )
  })

  it('is nothing of nothing', async () => {
    expect(await derive(split('_', 1), null)).toBeNull()
    expect(await derive(split('_', 1), '')).toBeNull()
  })
})

describe('first', () => {
  it('is what the first rule finds that finds anything', async () => {
    const rules = fc.array(
      fc.oneof(
        fc.tuple(separators, fc.integer({ min: 1, max: 3 })).map(([separator, position]) => split(separator, position)),
        fc.constantFrom(regex('([a-f]+)'), regex('^(\\d+)'), regex('(z)(z)?', 2)),
        texts.map(
          (from): PatternRule => ({
            ...{ kind: 'lookup', entries: [{ from, to: `${from}!` }], isCaseSensitive: true },
          }),
        ),
      ),
      { minLength: 1, maxLength: 4 },
    )
    await fc.assert(
      fc.asyncProperty(rules, fc.oneof(texts, fc.constantFrom('a_b', '12-zz', 'x | y')), async (given, text) => {
        let expected: string | null = null
        for (const rule of given) expected ??= await derive(rule, text)
        expect(await derive({ kind: 'first', rules: given }, text)).toBe(expected)
      }),
      { numRuns: 100 },
    )
  })
})

describe('regex', () => {
  it.each([
    ['(a)(?:b)((c))', 3],
    ['\\((x)', 1],
    ['[(](y)[)]', 1],
    ['[]()](z)', 1],
    ['(?P<name>a)(?P<other>b)', 2],
    ['(?i)(a)', 1],
    ['\\Q(((\\E(a)', 1],
    ['[[:alpha:]()](b)', 1],
    ['abc', 0],
  ])('%s has as many groups as DuckDB finds', async (expression, groups) => {
    expect(groupsOf(expression)).toBe(groups)
    const names = (count: number) => `[${Array.from({ length: count }, (_, n) => `'g${n}'`).join(', ')}]`
    const ask = (count: number) => duckdb.rows(`SELECT regexp_extract('', $$${expression}$$, ${names(count)})`)
    if (groups > 0) await ask(groups)
    await expect(ask(groups + 1)).rejects.toThrow()
  })

  it('that would backtrack for ever elsewhere is done at once', async () => {
    expect(await derive(regex('^(a+)+$'), `${'a'.repeat(100_000)}b`)).toBeNull()
    expect(await derive(regex('^((a|aa)+)+$'), 'a'.repeat(20_000))).toBe('a'.repeat(20_000))
  })

  it('heeds case as it is told', async () => {
    expect(await derive(regex('^(eu)'), 'EU_x')).toBeNull()
    expect(await derive(regex('^(eu)', 1, false), 'EU_x')).toBe('EU')
    expect(await derive(regex('eu', 0, false), 'xEU')).toBe('EU')
  })
})

describe('lookup', () => {
  const lookup = (entries: [string, string][], isCaseSensitive = true): PatternRule => ({
    ...{ kind: 'lookup', entries: entries.map(([from, to]) => ({ from, to })), isCaseSensitive },
  })

  it('finds what stands there, and nothing else, whatever characters it has', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(texts, { minLength: 1, maxLength: 5 }), texts, async (from, to) => {
        const rule = lookup(from.map((text) => [text, `${to}.`]))
        for (const text of from) expect(await derive(rule, text)).toBe(`${to}.`)
        expect(await derive(rule, `${from[0]} and more`)).toBeNull()
      }),
      { numRuns: 60 },
    )
  })

  it('heeds case as it is told, and refuses entries that are the same', async () => {
    expect(await derive(lookup([['Search', 'paid']]), 'search')).toBeNull()
    expect(await derive(lookup([['Search', 'paid']], false), 'sEARCH')).toBe('paid')
    const twice: [string, string][] = [
      ['a', '1'],
      ['A', '2'],
    ]
    expect(ruleFaults(lookup(twice), new Map())).toEqual([])
    expect(ruleFaults(lookup(twice, false), new Map())).toMatchObject([{ field: 'rule.entries.1.from' }])
  })

  it('reads a table of the destination, where of several rows the least counts', async () => {
    await duckdb.run(
      `CREATE OR REPLACE TABLE "my ""codes" AS FROM (VALUES (1, 'one'), (2, 'zwei'), (2, 'two')) AS t("the key", v)`,
    )
    const rule: PatternRule = {
      ...{ kind: 'lookup-table', table: 'my "codes', key: 'the key', value: 'v', isCaseSensitive: true },
    }
    expect(await derive(rule, '2')).toBe('two')
    expect(await derive(rule, '3')).toBeNull()
  })

  it('of 10,000 entries is one join, not a comparison of each with each', async () => {
    const entries = Array.from({ length: 10_000 }, (_, n): [string, string] => [`campaign ${n}`, `v${n}`])
    const sql = ruleSql(lookup(entries), 'x', none)
    const plan = await duckdb.rows(`EXPLAIN SELECT ${sql} FROM (SELECT 'campaign ' || range AS x FROM range(100000))`)
    expect(JSON.stringify(plan)).toContain('HASH_JOIN')
    const found = await duckdb.rows(
      `SELECT count(f) FROM (SELECT ${sql} AS f FROM (SELECT 'campaign ' || range AS x FROM range(100000)))`,
    )
    expect(Number(found[0]![0])).toBe(10_000)
  })
})

describe('a pattern', () => {
  it('has a default for what its rule does not find, also where another pattern names it', async () => {
    const rule = split('_', 2)
    const patterns = new Map([['1', { rule, default: 'none' } as Pattern]])
    const sql = patternSql({ rule, default: "it's" }, 'x', none)
    expect(await duckdb.rows(`SELECT ${sql} FROM (VALUES ('a_b'), ('a'), (NULL)) AS t(x)`)).toEqual([
      ['b'],
      ["it's"],
      ["it's"],
    ])
    expect(
      await derive({ kind: 'first', rules: [{ kind: 'pattern', pattern: '1' }, split('_', 1)] }, 'a', { patterns }),
    ).toBe('none')
  })

  it('that names others too often is refused before it fills the memory', () => {
    const patterns = new Map(
      Array.from({ length: 40 }, (_, n): [string, Pattern] => {
        const rules: PatternRule[] = Array.from({ length: 20 }, () => ({ kind: 'pattern', pattern: String(n + 1) }))
        return [String(n), { rule: n === 39 ? split('_', 1) : { kind: 'first', rules }, default: null } as Pattern]
      }),
    )
    expect(() => ruleSql({ kind: 'pattern', pattern: '0' }, 'x', { patterns })).toThrow(/too much SQL/)
  })
})
