/** The MySQL connector against a MariaDB: values, keys, cursors, names, rights. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type MariadbServer, startMariadb } from '../../../../test/servers/mariadb.ts'
import { type Connector, NotRetryable } from '../connector.ts'
import { contextOf, type ReadOptions, type Row, read as readAny } from './database/read.fixture.ts'
import { mysql } from './mysql.ts'

const connector = mysql as unknown as Connector
let server: MariadbServer
let databases = 0

beforeAll(async () => {
  server = await startMariadb()
}, 120_000)
afterAll(() => server[Symbol.asyncDispose]())

/** A database of the test's own. */
async function openDatabase(sql: string) {
  const database = `test_${++databases}`
  const inside = (statement: string) => server.query(`USE ${database}; ${statement}`)
  await server.query(`CREATE DATABASE ${database} CHARACTER SET utf8mb4`)
  if (sql !== '') await inside(sql)
  const settings = {
    ...{ host: '127.0.0.1', port: server.port, database, user: server.user, password: server.password },
    encryption: 'off',
  }
  return {
    settings,
    run: inside,
    read: (more: object, options?: ReadOptions) => readAny(connector, { ...settings, ...more }, options),
  }
}

const ints = (rows: readonly Row[]) => rows.map(({ id }) => Number(id)).toSorted((a, b) => a - b)

describe('values', () => {
  test('keep every digit, and are what JSON has for them', async () => {
    const { read } = await openDatabase(`
      SET time_zone = '+09:00';
      CREATE TABLE t (big bigint unsigned, small tinyint, flag tinyint(1), filled int(6) zerofill, exact decimal(40,10), money decimal(12,2),
        f float, d double, y year, txt text, latin varchar(20) CHARACTER SET latin1, fixed char(4), bin varbinary(10), blb blob,
        day date, dt datetime(6), ts timestamp(3) NULL, tim time(1), b bit(10), js json, en enum('a','b'), st set('x','y','z'), g point, nothing int);
      INSERT INTO t VALUES (18446744073709551615, -128, 2, 42, 123456789012345678901234567890.1234567890, 1234567890.10,
        16777217, 0.1, 2024, 'tab\\tline\\nquote" back\\\\ bell\\Z \\0 €🚲', 'größe', 'ab', X'00FF10', X'C3', '2024-02-29',
        '2024-02-29 10:20:30.123456', '2024-02-29 10:20:30.5', '-12:34:56.5', b'1000000001', '{"a": 12345678901234567890}', 'b', 'x,z', POINT(1,2), NULL)`)
    const { lines, rows, error } = await read({ tables: ['t'] })
    expect(error).toBeUndefined()
    expect(lines[0]).toContain('"big":18446744073709551615')
    expect(lines[0]).toContain('"js":{"a": 12345678901234567890}')
    const { g, big, js, ...rest } = rows[0]!
    expect(rest).toEqual({
      ...{ small: -128, flag: 2, filled: 42, exact: '123456789012345678901234567890.1234567890', money: 1234567890.1 },
      ...{ f: 16777216, d: 0.1, y: 2024, txt: 'tab\tline\nquote" back\\ bell\x1a \0 €🚲', latin: 'größe', fixed: 'ab' },
      ...{
        bin: 'AP8Q',
        blb: 'ww==',
        day: '2024-02-29',
        dt: '2024-02-29T10:20:30.123456Z',
        ts: '2024-02-29T01:20:30.500Z',
      },
      ...{ tim: '-12:34:56.5', b: 513, en: 'b', st: 'x,z', nothing: null },
    })
    expect(g).toMatch(/^[A-Za-z0-9+/]+=*$/)
    expect((await read({ tables: [{ name: 't', columns: ['flag'] }], booleans: true })).rows).toEqual([{ flag: 2 }])
  })

  test('days and times of zero are null, and the job says so; tinyint(1) may be a truth value', async () => {
    const { read } = await openDatabase(`SET sql_mode = '';
      CREATE TABLE t (id int PRIMARY KEY, d date, dt datetime, flag boolean);
      INSERT INTO t VALUES (1, '0000-00-00', '0000-00-00 00:00:00', true), (2, '2024-00-15', '2024-02-00 10:00:00', false)`)
    const { rows, told } = await read({ tables: ['t'], booleans: true })
    expect(rows).toEqual([
      { id: 1, d: null, dt: null, flag: true },
      { id: 2, d: '2024-00-15', dt: '2024-02-00 10:00:00', flag: false },
    ])
    expect(told.filter(({ fields }) => fields['count'] === 1).map(({ fields }) => fields['column'])).toEqual([
      'd',
      'dt',
    ])
  })

  test('of columns and tables with hostile names are told apart, and nothing of a name is run', async () => {
    const { read } = await openDatabase(
      `
      CREATE TABLE \`a"; DROP TABLE x; -- \`\` \` (\`select\` int PRIMARY KEY, \`q\`\`uote\` text, \`"\\\\'\` text);
      INSERT INTO \`a"; DROP TABLE x; -- \`\` \` VALUES (1, 'a', 'b')`.replaceAll('-- `` `', '-- ``x`'),
    )
    const { rows, error } = await read({ tables: [{ name: '"a""; DROP TABLE x; -- `x"', eventType: 'odd' }] })
    expect(error).toBeUndefined()
    expect(rows).toEqual([{ select: 1, 'q`uote': 'a', '"\\\\\'': 'b' }])
  })

  test('a row of more than 10 MiB is left out by name, and the others are read', async () => {
    const { read } = await openDatabase(`
      CREATE TABLE t (id int PRIMARY KEY, x longtext); INSERT INTO t VALUES (1, 'a'), (2, REPEAT('x', 17 * 1024 * 1024)), (3, 'c')`)
    const { rows, error, state } = await read({ tables: ['t'] })
    expect(ints(rows)).toEqual([1, 3])
    expect(error).toBeInstanceOf(NotRetryable)
    expect(error?.message).toMatch(/more than 10 MiB.*:2:/)
    expect(state['isDone']).toBe(true)
  })
})

describe('a full reading', () => {
  test('goes on behind the key where it broke off, whatever its type', async () => {
    const { read } = await openDatabase(`
      CREATE TABLE t (at datetime(3), name varchar(20) COLLATE utf8mb4_unicode_ci, bin varbinary(8), n decimal(30,2), big bigint unsigned, id int,
        PRIMARY KEY (at, name, bin, n, big));
      INSERT INTO t SELECT '2024-01-01' + INTERVAL seq DIV 9 SECOND, CONCAT('it''s \\\\', seq % 3), UNHEX(HEX(seq % 3)), seq / 7, 18446744073709551615 - seq, seq
        FROM seq_1_to_25000`)
    const first = await read({ tables: ['t'] }, { pagesMax: 1 })
    const rest = await read({ tables: ['t'] }, { state: first.state })
    expect(rest.error).toBeUndefined()
    expect(first.rows.length).toBeGreaterThan(1_000)
    expect(ints([...first.rows, ...rest.rows])).toEqual(Array.from({ length: 25_000 }, (_, index) => index + 1))
  })

  test('by a key that has no order for us begins again, with the same ids', async () => {
    const { read } = await openDatabase(`
      CREATE TABLE t (e enum('z','a'), id int, PRIMARY KEY (e, id)); INSERT INTO t SELECT 1 + seq % 2, seq FROM seq_1_to_15000`)
    const first = await read({ tables: ['t'] }, { pagesMax: 1 })
    const rest = await read({ tables: ['t'] }, { state: first.state })
    expect(new Set([...first.ids, ...rest.ids]).size).toBe(15_000)
  })

  test('comes again in the next run as new events; views, queries and all tables are read', async () => {
    const { read, run } = await openDatabase(`
      CREATE TABLE a (id int PRIMARY KEY, x int UNIQUE); INSERT INTO a VALUES (1, 1), (2, NULL); CREATE VIEW v AS SELECT id * 10 AS id FROM a;
      CREATE TABLE empty (id int)`)
    const first = await read({})
    expect(first.drafts.map(({ type, data }) => [type, data['id']])).toEqual([
      ['a', 1],
      ['a', 2],
      ['v', 10],
      ['v', 20],
    ])
    await run('DELETE FROM a WHERE id = 2')
    const second = await read({}, { state: first.state })
    expect(ints(second.rows)).toEqual([1, 10])
    expect(second.ids.some((id) => first.ids.includes(id))).toBe(false)
    expect((await read({ query: 'SELECT 5 AS id', eventType: 'five' })).rows).toEqual([{ id: 5 }])
  })

  test('of a table that cannot be read costs that one', async () => {
    const { read } = await openDatabase(`
      CREATE TABLE base (id int); CREATE VIEW broken AS SELECT (SELECT 1 UNION SELECT 2) AS id FROM base; INSERT INTO base VALUES (1)`)
    const { rows, error } = await read({ tables: ['broken', 'base'] })
    expect(rows).toEqual([{ id: 1 }])
    expect(error?.message).toMatch(/broken: .*Subquery returns more than 1 row/)
  })
})

describe('an incremental reading', () => {
  const incremental = { mode: 'incremental', cursor: 'at', tables: ['t'] }

  test('loses and doubles no row that shares the last value, with a key and without', async () => {
    for (const key of ['PRIMARY KEY', '']) {
      const { read, run } = await openDatabase(
        `CREATE TABLE t (id int ${key}, at int); INSERT INTO t VALUES (5, 1), (2, 2), (9, 2)`,
      )
      const first = await read(incremental)
      await run(`INSERT INTO t VALUES (1, 2), (7, 3)${key === '' ? ', (9, 2)' : ''}`)
      const second = await read(incremental, { state: first.state })
      await run('INSERT INTO t VALUES (0, 1), (8, NULL)')
      const third = await read(incremental, { state: second.state })
      expect(ints(first.rows)).toEqual([2, 5, 9])
      expect(ints(second.rows)).toEqual(key === '' ? [1, 7, 9] : [1, 7])
      expect(third.rows).toEqual([])
      const ids = [...first.ids, ...second.ids]
      expect(new Set(ids).size).toBe(ids.length)
    }
  })

  test('goes on in the middle of very many rows that share a value', async () => {
    const { read } = await openDatabase(
      'CREATE TABLE t (id int PRIMARY KEY, at int); INSERT INTO t SELECT seq, 1 FROM seq_1_to_25000',
    )
    const first = await read(incremental, { pagesMax: 1 })
    const rest = await read(incremental, { state: first.state })
    expect(ints([...first.rows, ...rest.rows])).toEqual(Array.from({ length: 25_000 }, (_, index) => index + 1))
  })

  test('by times of any zone looks again as far behind the last time as it is told', async () => {
    const { read, run } = await openDatabase(`CREATE TABLE t (id int PRIMARY KEY, at timestamp NULL);
      SET time_zone = '-05:00'; INSERT INTO t VALUES (1, '2024-01-01 00:00:00'), (2, '2024-01-01 00:10:00')`)
    const settings = { ...incremental, overlapSeconds: 120 }
    const first = await read(settings)
    expect(first.rows[1]).toEqual({ id: 2, at: '2024-01-01T05:10:00Z' })
    await run(
      "SET time_zone = '-05:00'; INSERT INTO t VALUES (4, '2024-01-01 00:09:00'), (5, '2024-01-01 00:07:00'), (6, '2024-01-01 00:11:00')",
    )
    const second = await read(settings, { state: first.state })
    expect(ints(second.rows)).toEqual([4, 6])
  })

  test('by numbers beyond those of JavaScript, and by texts and decimals, goes on as those are ordered', async () => {
    const { read, run } =
      await openDatabase(`CREATE TABLE t (id int PRIMARY KEY, big bigint unsigned, txt varchar(30), n decimal(30,8), bin binary(4));
      INSERT INTO t SELECT seq, 18446744073709551000 + seq, CONCAT('ä', seq, '\\\\'''), seq / 3, UNHEX(LPAD(HEX(seq), 8, '0')) FROM seq_1_to_500`)
    const states = new Map<string, ReadOptions>()
    for (const cursor of ['big', 'txt', 'n', 'bin']) {
      const first = await read({ ...incremental, cursor })
      expect(first.rows).toHaveLength(500)
      states.set(cursor, { state: first.state })
      expect((await read({ ...incremental, cursor }, { state: first.state })).rows).toEqual([])
    }
    await run("INSERT INTO t VALUES (501, 18446744073709551501, 'äzz', 1000, UNHEX('0000FFFF'))")
    for (const [cursor, state] of states)
      expect(ints((await read({ ...incremental, cursor }, state)).rows)).toEqual([501])
  })
})

describe('what cannot be', () => {
  test('is said with what to do, and not tried again', async () => {
    const { read, settings } = await openDatabase(`
      CREATE TABLE t (id int, j json); CREATE TABLE hidden (id int);
      CREATE OR REPLACE USER guest@'%' IDENTIFIED BY 'guest pass'; GRANT SELECT ON t TO guest@'%'; GRANT INSERT ON hidden TO guest@'%'`)
    const guest = { user: 'guest', password: 'guest pass' }
    const cases: [object, RegExp][] = [
      [{ password: 'wrong-password', tables: ['t'] }, /Access denied.*Check user and password/],
      [{ database: 'nothing', tables: ['t'] }, /Unknown database/],
      [{ tables: ['gone'] }, /There is no table gone/],
      [{ tables: ['t'], mode: 'incremental', cursor: 'gone' }, /t has no column gone/],
      [{ tables: ['t'], mode: 'incremental', cursor: 'j' }, /cannot say what is new/],
      [{ query: 'SELECT 1 AS a, 2 AS a', eventType: 'q' }, /Duplicate column name/],
      [{ query: 'DELETE FROM t', eventType: 'q' }, /SQL syntax.*Check the query/s],
      [{ tables: ['t'], host: 'localhost', encryption: 'verify' }, /does not encrypt: set encryption to off/],
      [{ ...guest, tables: ['hidden'] }, /denied.*GRANT the user SELECT/],
    ]
    for (const [more, message] of cases) {
      const { error } = await read(more)
      expect(error, JSON.stringify(more)).toBeInstanceOf(NotRetryable)
      expect(error?.message).toMatch(message)
      expect(error?.message).not.toMatch(/wrong-password|guest pass/)
    }
    expect((await read({ ...guest, tables: ['t'] })).error).toBeUndefined()
    const resources = await mysql.discover!(mysql.settings.parse({ ...settings, ...guest }), contextOf().context)
    expect(resources.map(({ id, available }) => [id.replace(/^test_\d+\./, ''), available])).toEqual([
      ['hidden', false],
      ['t', true],
    ])
    expect(resources[1]!.fields).toEqual([
      { name: 'id', type: 'int(11)' },
      { name: 'j', type: 'longtext' },
    ])
  })

  test('a query cannot write, whatever it calls', async () => {
    const { read, run } = await openDatabase(`CREATE TABLE t (id int);
      CREATE FUNCTION sneak() RETURNS int MODIFIES SQL DATA BEGIN INSERT INTO t VALUES (1); RETURN 1; END`)
    const { error } = await read({ query: 'SELECT sneak() AS id', eventType: 'q' })
    expect(error).toBeInstanceOf(NotRetryable)
    expect(error?.message).toMatch(/READ ONLY transaction.*the query would write/)
    expect(await run('SELECT * FROM t')).toEqual([])
  })

  test('an address that nobody may name is refused, by name and number', async () => {
    const { settings } = await openDatabase('')
    for (const host of ['localhost', '127.0.0.1', '::1']) {
      const { error } = await readAny(connector, { ...settings, host, tables: ['t'] }, { allowed: [] })
      expect(error).toMatchObject({ code: 'forbidden' })
    }
  })
})
