import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nameColumns } from './column-names.ts'
import { type FieldPath, pathKey } from './field-path.ts'
import { mapLimits } from './limits.ts'
import { reservedWords } from './reserved-words.ts'
import { foldName } from './sql-name.ts'
import { nameTable } from './table-names.ts'

const nameOne = (...path: string[]) => nameColumns([path], [])[0]!.column

describe('a column name', () => {
  it.each<[FieldPath, string]>([
    [['user', 'name'], 'user_name'],
    [['pullRequest'], 'pullRequest'],
    [['user_name'], 'user_name'],
    [['$set'], 'set'],
    [['page.url'], 'page_url'],
    [['a - b'], 'a_b'],
    [['Größe', '数'], 'Größe_数'],
    [['e\u0301'], 'é'],
    [['1st'], '_1st'],
    [['a', '1st'], 'a_1st'],
    [[''], '_'],
    [['🎉'], '_'],
    [['a', '', 'b'], 'a__b'],
    [['order'], 'order_'],
    [['SELECT'], 'SELECT_'],
    [['ctid'], 'ctid_'],
    [['user', 'id'], 'user_id'],
    [['_id'], '_id_'],
    [['_ID'], '_ID_'],
    [['@id'], 'id'],
    [['_rest'], '_rest_'],
    [['_mr_epoch'], '__mr_epoch'],
    [['_Millrace', 'x'], '__Millrace_x'],
    [['__proto__'], '__proto__'],
    [['"; drop table users; --'], 'drop_table_users'],
    [['\u202eevil\u200b\u3164'], 'evil'],
    [['\u0301'], '_\u0301'],
    [['a\0b'], 'a_b'],
    [['\ud800'], '_'],
  ])('for %j is %s', (path, name) => {
    expect(nameOne(...path)).toBe(name)
  })

  it('that is too long is cut between characters and ends in a hash of its path', () => {
    const names = ['x', 'y'].map((end) => nameOne(`${'é'.repeat(40)}${end}`))
    for (const name of names) expect(name).toMatch(/^é{27}_[0-9a-f]{8}$/)
    expect(names[0]).not.toBe(names[1])
    expect(nameOne('e'.repeat(63))).toBe('e'.repeat(63))
    expect(nameOne('e'.repeat(64))).toMatch(/^e{54}_[0-9a-f]{8}$/)
  })

  it('goes to the shortest path that wants it, then to the first, whatever came first', () => {
    const paths = [['a', 'b'], ['a_b'], ['A_b'], ['a.b'], ['a', 'B']]
    fc.assert(
      fc.property(fc.shuffledSubarray(paths, { minLength: paths.length }), (shuffled) => {
        const names = new Map(nameColumns(shuffled, []).map(({ path, column }) => [pathKey(path), column]))
        expect(names.get('"A_b"')).toBe('A_b')
        expect(names.get('"a.b"')).toMatch(/^a_b_[0-9a-f]{8}$/)
        expect(new Set(names.values()).size).toBe(paths.length)
        expect([...names]).toEqual(nameColumns(paths, []).map(({ path, column }) => [pathKey(path), column]))
      }),
    )
  })

  it('gives way to the columns there are', () => {
    expect(nameColumns([['a']], ['A']).map(({ column }) => column)).toEqual([expect.stringMatching(/^a_[0-9a-f]{8}$/)])
    const hashed = nameColumns([['a']], ['A'])[0]!.column
    const again = nameColumns([['a']], ['A', hashed])[0]!.column
    expect(again).toMatch(/^a_[0-9a-f]{8}$/)
    expect(again).not.toBe(hashed)
  })
})

/** What tends to go wrong in names: cases that fold together, scripts, control characters, SQL, reserved words, lengths. */
const hostileText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom(
    ...reservedWords,
    '_id',
    '_TIME',
    '_rest',
    '_reſt',
    '_ıd',
    '_mr_x',
    '_MILLRACE',
    'pg_class',
    'sqlite_master',
  ),
  fc.constantFrom(
    '',
    '.',
    '..',
    ' ',
    '\0',
    'A',
    'a',
    'ſ',
    's',
    'S',
    'K',
    'k',
    'ﬁ',
    'fi',
    'ß',
    'ss',
    'SS',
    'İ',
    'i',
    'ı',
    'ς',
    'σ',
    'Å',
    'Å',
    '２',
    '2',
  ),
  fc.constantFrom(
    '"; drop table x; --',
    "'",
    '`',
    '\ud800',
    '\udfff',
    '\u202e',
    '👩‍👩‍👧',
    'e\u0301',
    'é',
    '__proto__',
    'constructor',
  ),
  fc
    .tuple(fc.constantFrom('x', 'é', '数', '🎉'), fc.integer({ min: 15, max: 200 }))
    .map(([char, count]) => char.repeat(count)),
)

function expectFit(names: readonly string[]) {
  for (const fold of [foldName, lower, upper, nfc, (name: string) => lower(nfc(name))]) {
    expect(new Set(names.map(fold)).size).toBe(names.length)
  }
  for (const name of names) {
    expect(name).toMatch(/^[\p{L}_][\p{L}\p{M}\p{N}_]*$/u)
    expect(name).toBe(nfc(name))
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(mapLimits.nameBytesMax)
    expect(reservedWords.has(lower(name))).toBe(false)
    expect(name).not.toMatch(/^_(mr_|millrace)/i)
  }
}

const lower = (name: string) => name.toLowerCase()
const upper = (name: string) => name.toUpperCase()
const nfc = (name: string) => name.normalize('NFC')

describe('10,000 hostile names', () => {
  it('of columns are fit, unique, and the same in any order', () => {
    const sampled = fc.sample(fc.array(hostileText, { minLength: 1, maxLength: 3 }), { numRuns: 10_000, seed: 7 })
    const paths = [...new Map(sampled.map((path) => [pathKey(path), path])).values()]
    const named = nameColumns(paths, [])
    expect(paths.length).toBeGreaterThan(5_000)
    expectFit(named.map(({ column }) => column))
    for (const { column } of named) expect(column).not.toMatch(/^_(id|time|received_at|input|event_type|rest)$/i)
    expect(nameColumns(paths.toReversed(), [])).toEqual(named)
  })

  it('of tables are fit and unique', () => {
    const eventTypes = new Set(fc.sample(hostileText, { numRuns: 10_000, seed: 8 }))
    const taken = new Set<string>()
    const names = Array.from(eventTypes, (eventType) => {
      const name = nameTable(eventType, taken)
      taken.add(foldName(name))
      return name
    })
    expectFit(names)
    for (const name of names) expect(name).not.toMatch(/^(pg_|sqlite_|duckdb_|information_schema)/i)
  })
})
