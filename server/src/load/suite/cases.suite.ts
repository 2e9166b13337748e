/** The values and names that every loader must carry unharmed, and what becomes of them when a column widens. */
import type { QueryValue } from '../../query.ts'
import type { ColumnType } from '../../rows.ts'
import type { FakeValue } from '../fake-batch.ts'

/** A value as it is given and as a query answers it. */
type Pair = readonly [given: FakeValue, answered: QueryValue]

const same = (...values: (string | number | boolean)[]): Pair[] => values.map((value) => [value, value])

const texts = [
  '',
  'a',
  'twelve bytes',
  'thirteen byte',
  'NUL \0 inside',
  '\0',
  '🎉 emoji 👩‍👩‍👧‍👦 and العربية',
  'e\u0301 is not é',
  `"quotes" 'and' \\ and \r\n\t`,
  '\uffff\u{10ffff}',
  'x'.repeat(100_000),
  'ž'.repeat(70_000),
]

export const cases: { type: ColumnType; values: Pair[] }[] = [
  { type: 'BOOLEAN', values: same(true, false) },
  {
    type: 'BIGINT',
    values: [
      [0n, 0],
      [-1n, -1],
      [9007199254740991n, 9007199254740991],
      [9007199254740992n, '9007199254740992'],
      [9007199254740993n, '9007199254740993'],
      [-9007199254740993n, '-9007199254740993'],
      [9223372036854775807n, '9223372036854775807'],
      [-9223372036854775808n, '-9223372036854775808'],
    ],
  },
  { type: 'DOUBLE', values: same(0, -0, 0.1, 0.1 + 0.2, 1e308, -1.7976931348623157e308, 5e-324, 2 ** 53, 1e21) },
  {
    type: 'DECIMAL(38,20)',
    values: [
      ['0', '0.00000000000000000000'],
      ['1.5', '1.50000000000000000000'],
      ['-0.00000000000000000001', '-0.00000000000000000001'],
      ['999999999999999999.99999999999999999999', '999999999999999999.99999999999999999999'],
      ['-999999999999999999.99999999999999999999', '-999999999999999999.99999999999999999999'],
      ['123456789012345678.1', '123456789012345678.10000000000000000000'],
    ],
  },
  {
    type: 'DECIMAL(38,0)',
    values: same('0', '-1', '99999999999999999999999999999999999999', '-99999999999999999999999999999999999999'),
  },
  {
    type: 'TIMESTAMP',
    values: [
      [0n, '1970-01-01T00:00:00Z'],
      [-1n, '1969-12-31T23:59:59.999999Z'],
      [1_700_000_000_123_456n, '2023-11-14T22:13:20.123456Z'],
      [1_700_000_000_000_000n, '2023-11-14T22:13:20Z'],
      [-62_135_596_800_000_000n, '0001-01-01T00:00:00Z'],
      [253_402_300_799_999_999n, '9999-12-31T23:59:59.999999Z'],
    ],
  },
  {
    type: 'DATE',
    values: [
      [0, '1970-01-01'],
      [-719162, '0001-01-01'],
      [2932896, '9999-12-31'],
      [11016, '2000-02-29'],
    ],
  },
  { type: 'VARCHAR', values: same(...texts) },
  {
    type: 'JSON',
    values: same(
      'null',
      '{}',
      '{"a": [1, 2.50, "x\\u0000y"], "b":null}',
      '"🎉"',
      '123456789012345678901234567890',
      '[]',
    ),
  },
]

/** A column of one type and what its values are once it is of another. */
export const widenings: { from: ColumnType; to: ColumnType; values: Pair[] }[] = [
  {
    from: 'BIGINT',
    to: 'DOUBLE',
    values: [
      [-1n, -1],
      [9007199254740992n, 9007199254740992],
    ],
  },
  { from: 'BIGINT', to: 'DECIMAL(38,2)', values: [[-9223372036854775808n, '-9223372036854775808.00']] },
  { from: 'BIGINT', to: 'VARCHAR', values: [[-9223372036854775808n, '-9223372036854775808']] },
  { from: 'BIGINT', to: 'JSON', values: [[9223372036854775807n, '9223372036854775807']] },
  {
    from: 'DOUBLE',
    to: 'DECIMAL(38,20)',
    values: [
      [0.3, '0.30000000000000000000'],
      [1e17, '100000000000000000.00000000000000000000'],
      [-1.5e-7, '-0.00000015000000000000'],
    ],
  },
  { from: 'DOUBLE', to: 'VARCHAR', values: doubleTexts() },
  { from: 'DOUBLE', to: 'JSON', values: doubleTexts() },
  { from: 'BOOLEAN', to: 'VARCHAR', values: [[true, 'true'] as const, [false, 'false'] as const] },
  { from: 'BOOLEAN', to: 'JSON', values: [[true, 'true'] as const, [false, 'false'] as const] },
  {
    from: 'DATE',
    to: 'TIMESTAMP',
    values: [
      [0, '1970-01-01T00:00:00Z'],
      [-719162, '0001-01-01T00:00:00Z'],
      [2932896, '9999-12-31T00:00:00Z'],
    ],
  },
  {
    from: 'DATE',
    to: 'VARCHAR',
    values: [
      [-719162, '0001-01-01'],
      [2932896, '9999-12-31'],
    ],
  },
  { from: 'DATE', to: 'JSON', values: [[0, '"1970-01-01"']] },
  {
    from: 'TIMESTAMP',
    to: 'VARCHAR',
    values: [
      [0n, '1970-01-01T00:00:00Z'],
      [-1n, '1969-12-31T23:59:59.999999Z'],
      [-62_135_596_800_000_000n, '0001-01-01T00:00:00Z'],
      [253_402_300_799_500_000n, '9999-12-31T23:59:59.500000Z'],
    ],
  },
  { from: 'TIMESTAMP', to: 'JSON', values: [[0n, '"1970-01-01T00:00:00Z"']] },
  {
    from: 'DECIMAL(38,2)',
    to: 'DECIMAL(38,20)',
    values: [['-123456789012345678.25', '-123456789012345678.25000000000000000000']],
  },
  {
    from: 'DECIMAL(38,20)',
    to: 'VARCHAR',
    values: [
      ['1.50', '1.5'],
      ['100', '100'],
      ['-0.00000000000000000001', '-0.00000000000000000001'],
      ['0', '0'],
    ],
  },
  { from: 'DECIMAL(38,0)', to: 'VARCHAR', values: same('100', '-99999999999999999999999999999999999999') },
  { from: 'DECIMAL(38,2)', to: 'JSON', values: [['-0.50', '-0.5']] },
  {
    from: 'VARCHAR',
    to: 'JSON',
    values: [
      ['', '""'],
      ['say "hi"\\', '"say \\"hi\\"\\\\"'],
      ['NUL \0', '"NUL \\u0000"'],
      ['🎉', '"🎉"'],
    ],
  },
]

/** Doubles become the shortest text that is read as the same number again, as JavaScript and JSON write it. */
function doubleTexts(): Pair[] {
  const values = [
    0,
    1,
    -1,
    0.3,
    0.1 + 0.2,
    1e15,
    123456789012345680,
    1e20,
    -1.5e20,
    1e21,
    1e-5,
    -1.25e-6,
    1e-7,
    1.5e300,
    5e-324,
  ]
  return values.map((value) => [value, String(value)])
}

/** Values that a wider type cannot hold: the column stays as it is. */
export const losses: { from: ColumnType; to: ColumnType; value: FakeValue }[] = [
  { from: 'BIGINT', to: 'DOUBLE', value: 9007199254740993n },
  { from: 'BIGINT', to: 'DECIMAL(38,20)', value: 9223372036854775807n },
  { from: 'DOUBLE', to: 'DECIMAL(38,20)', value: 1e18 },
  { from: 'DOUBLE', to: 'DECIMAL(38,20)', value: 1e-25 },
  { from: 'DECIMAL(38,2)', to: 'DECIMAL(38,20)', value: '999999999999999999999' },
]

export const narrowings: { from: ColumnType; to: ColumnType }[] = [
  { from: 'VARCHAR', to: 'BIGINT' },
  { from: 'DOUBLE', to: 'BIGINT' },
  { from: 'TIMESTAMP', to: 'DATE' },
  { from: 'JSON', to: 'VARCHAR' },
  { from: 'DECIMAL(38,20)', to: 'DECIMAL(38,2)' },
  { from: 'DECIMAL(38,2)', to: 'DOUBLE' },
  { from: 'BOOLEAN', to: 'BIGINT' },
]

export const hostileNames = [
  'select',
  'SELECTED',
  'order',
  'table',
  '"',
  '""',
  "'",
  '`',
  '\\',
  ';',
  '--',
  '/*',
  'a"; DROP TABLE events; --',
  'with space',
  ' leading',
  'trailing ',
  '1',
  '.',
  '..',
  'a.b',
  '$1',
  '?',
  ':name',
  '%s',
  '🎉',
  'žluťoučký',
  'עברית',
  '\u202eright to left',
  'e\u0301',
  'é',
  'line\nbreak',
  '__proto__',
  'constructor',
  'rowid',
  'oid',
  'a name of more than sixty-three bytes, where PostgreSQL would cut it off',
  'a name of more than sixty-three bytes, where PostgreSQL would cut it off silently',
]
