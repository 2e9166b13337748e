/** The PostgreSQL connector against a PostgreSQL: values, keys, cursors, names, rights. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type PostgresServer, startPostgres } from '../../../../test/servers/postgres.ts'
import { type Connector, NotRetryable } from '../connector.ts'
import { contextOf, type ReadOptions, read as readAny } from './database/read.fixture.ts'
import { postgres } from './postgres.ts'

const connector = postgres as unknown as Connector
let server: PostgresServer
let databases = 0

beforeAll(async () => {
  server = await startPostgres()
}, 120_000)
afterAll(() => server[Symbol.asyncDispose]())

/** A database of the test's own. */
async function openDatabase(sql: string) {
  const name = `test_${++databases}`
  await server.query(`CREATE DATABASE ${name}`)
  if (sql !== '') await server.query(sql, name)
  const settings = { url: server.url(name), encryption: 'off' }
  return {
    settings,
    run: (statement: string) => server.query(statement, name),
    read: (more: object, options?: ReadOptions) => readAny(connector, { ...settings, ...more }, options),
  }
}

const ints = (rows: readonly Readonly<Record<string, unknown>>[]) =>
  rows.map(({ id }) => id).toSorted((a, b) => Number(a) - Number(b))

describe('values', () => {
  test('keep every digit, and are what JSON has for them', async () => {
    const database = await openDatabase(`
      CREATE TYPE mood AS ENUM ('fine', 'so, "so"');
      CREATE DOMAIN price AS numeric(12, 2);
      CREATE TYPE pair AS (a int, b text);
      SET timezone = 'Asia/Tokyo';
      CREATE TABLE t (big int8, small int2, exact numeric, money price, f8 float8, f4 float4, yes bool, no bool,
        txt text, fixed char(4), bin bytea, d date, ts timestamp, tz timestamptz, tim time, span interval,
        js json, jb jsonb, u uuid, m mood, p pair, r int4range, ip inet, ints int[][], texts text[], times timestamptz[], bits bit(3), nothing text);
      INSERT INTO t VALUES (9223372036854775807, -32768, 12345678901234567890.10, 1234567890.10, 0.1, 0.1, true, false,
        E'tab\\tline\\nquote" back\\\\ bell\\x07 v\\x0b €🚲', 'ab', '\\x00ff10', '2024-02-29', '2024-02-29 10:20:30.123456', '2024-02-29 10:20:30.5+09',
        '23:59:59.5', '1 year 2 mons 3 days 04:05:06', E'{"a":\\n  12345678901234567890, "b":"x\\\\ny"}', '{"c": [1, null]}',
        'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'so, "so"', '(1,"x y")', '[1,5)', '10.0.0.1/8', '{{1,2},{3,NULL}}',
        E'{"a,b","q\\\\"",NULL,"NULL",""}', '{"2024-01-01 00:00:00+00"}', B'101', NULL);`)
    const { lines, error } = await database.read({ tables: ['t'] })
    expect(error).toBeUndefined()
    expect(lines[0]).toContain('"big":9223372036854775807')
    expect(lines[0]).toContain('"js":{"a":   12345678901234567890, "b":"x\\ny"}')
    expect(JSON.parse(lines[0]!)).toEqual({
      ...{ big: 2 ** 63, small: -32768, exact: '12345678901234567890.10', money: 1234567890.1, f8: 0.1, f4: 0.1 },
      ...{ yes: true, no: false, txt: 'tab\tline\nquote" back\\ bell\x07 v\x0b €🚲', fixed: 'ab  ', bin: 'AP8Q' },
      ...{ d: '2024-02-29', ts: '2024-02-29T10:20:30.123456Z', tz: '2024-02-29T01:20:30.5Z', tim: '23:59:59.5' },
      ...{ span: 'P1Y2M3DT4H5M6S', js: { a: Number('12345678901234567890'), b: 'x\ny' }, jb: { c: [1, null] } },
      ...{ u: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', m: 'so, "so"', p: '(1,"x y")', r: '[1,5)', ip: '10.0.0.1/8' },
      ...{
        ints: [
          [1, 2],
          [3, null],
        ],
        texts: ['a,b', 'q"', null, 'NULL', ''],
        times: ['2024-01-01T00:00:00Z'],
      },
      ...{ bits: '101', nothing: null },
    })
  })

  test('that JSON cannot say are null, and the job says so', async () => {
    const database = await openDatabase(`
      CREATE TABLE t (id int PRIMARY KEY, f float8, n numeric, d date, ts timestamptz, a float8[]);
      INSERT INTO t VALUES (1, 'NaN', 'NaN', 'infinity', '-infinity', '{1,NaN}'), (2, '-Infinity', 1, '0044-03-15 BC', '12024-01-01 00:00:00+00', '{}');`)
    const { rows, told } = await database.read({ tables: ['t'] })
    expect(rows).toEqual([
      { id: 1, f: null, n: null, d: null, ts: null, a: [1, null] },
      { id: 2, f: null, n: '1', d: '0044-03-15 BC', ts: '12024-01-01 00:00:00+00', a: [] },
    ])
    const counts = told
      .filter(({ message }) => message.startsWith('NaN'))
      .map(({ fields }) => [fields['column'], fields['count']])
    expect(Object.fromEntries(counts)).toEqual({ f: 2, n: 1, d: 1, ts: 1, a: 1 })
  })

  test('of columns and tables with hostile names are told apart, and nothing of a name is run', async () => {
    const database = await openDatabase(`
      CREATE SCHEMA "we.ird";
      CREATE TABLE "we.ird"."a""; DROP TABLE x; --" ("select" int PRIMARY KEY, "q""uote" text, "tab	and
line" text, "'\\" text);
      INSERT INTO "we.ird"."a""; DROP TABLE x; --" VALUES (1, 'a', 'b', 'c');`)
    const name = '"we.ird"."a""; DROP TABLE x; --"'
    const { rows, error, drafts } = await database.read({ tables: [{ name, eventType: 'odd' }] })
    expect(error).toBeUndefined()
    expect(rows).toEqual([{ select: 1, 'q"uote': 'a', 'tab\tand\nline': 'b', "'\\": 'c' }])
    expect(drafts[0]).toMatchObject({ type: 'odd' })
  })

  test('a row of more than 10 MiB is left out by name, and the others are read', async () => {
    const database = await openDatabase(`
      CREATE TABLE t (id int PRIMARY KEY, x text);
      INSERT INTO t VALUES (1, 'a'), (2, repeat('x', 10 * 1024 * 1024)), (3, 'c');`)
    const { rows, error, state } = await database.read({ tables: ['t'] })
    expect(ints(rows)).toEqual([1, 3])
    expect(error).toBeInstanceOf(NotRetryable)
    expect(error?.message).toMatch(/more than 10 MiB.*:2:/)
    expect(state['isDone']).toBe(true)
  })

  test('of an empty table there are none, and a table without columns is one, too', async () => {
    const database = await openDatabase(
      'CREATE TABLE empty (id int); CREATE TABLE bare (); INSERT INTO bare DEFAULT VALUES',
    )
    expect((await database.read({ tables: ['empty'] })).rows).toEqual([])
    expect((await database.read({ tables: ['bare'] })).rows).toEqual([{}])
  })
})

describe('a full reading', () => {
  test('comes again in the next run as new events, with everything that is there then', async () => {
    const database = await openDatabase(
      "CREATE TABLE t (id int PRIMARY KEY, x text); INSERT INTO t VALUES (1, 'a'), (2, 'b')",
    )
    const first = await database.read({ tables: ['t'] })
    await database.run("UPDATE t SET x = 'c' WHERE id = 1; DELETE FROM t WHERE id = 2")
    const second = await database.read({ tables: ['t'] }, { state: first.state })
    expect(second.rows).toEqual([{ id: 1, x: 'c' }])
    expect(first.ids).not.toContain(second.ids[0])
  })

  test('goes on behind the key where it broke off, whatever its type', async () => {
    const database = await openDatabase(`
      CREATE TABLE t (at timestamptz, name text COLLATE "C", n numeric(8,2), PRIMARY KEY (at, name, n), id int);
      INSERT INTO t SELECT '2024-01-01'::timestamptz + i / 3 * interval '1 second', E'it''s \\\\' || i % 5, i / 7.0, i FROM generate_series(1, 25000) i`)
    const first = await database.read({ tables: ['t'] }, { pagesMax: 1 })
    const rest = await database.read({ tables: ['t'] }, { state: first.state })
    expect(rest.error).toBeUndefined()
    expect(first.rows.length).toBeGreaterThan(1_000)
    expect(ints([...first.rows, ...rest.rows])).toEqual(Array.from({ length: 25_000 }, (_, index) => index + 1))
  })

  test('begins again where the table has another key than it had', async () => {
    const database = await openDatabase(
      'CREATE TABLE t (id int PRIMARY KEY, b text); INSERT INTO t SELECT i, i FROM generate_series(1, 15000) i',
    )
    const first = await database.read({ tables: ['t'] }, { pagesMax: 1 })
    await database.run(
      'ALTER TABLE t DROP CONSTRAINT t_pkey; ALTER TABLE t ADD PRIMARY KEY (b); ALTER TABLE t ADD more int DEFAULT 7',
    )
    const rest = await database.read({ tables: ['t'] }, { state: first.state })
    expect(rest.rows).toHaveLength(15_000)
    expect(rest.rows[0]).toMatchObject({ more: 7 })
  })

  test('of several tables gives each its event type, and views, partitions and queries are read, too', async () => {
    const database = await openDatabase(`
      CREATE TABLE a (id int PRIMARY KEY); INSERT INTO a VALUES (1);
      CREATE VIEW v AS SELECT id * 10 AS id FROM a;
      CREATE MATERIALIZED VIEW mv AS SELECT id * 100 AS id FROM a;
      CREATE TABLE p (id int, PRIMARY KEY (id)) PARTITION BY RANGE (id);
      CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (5); CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (5) TO (9);
      INSERT INTO p VALUES (1), (6);
      CREATE SCHEMA other; CREATE TABLE other.a (id int); INSERT INTO other.a VALUES (9);`)
    const byType = ({ drafts }: { drafts: readonly { type: string; data: unknown }[] }) =>
      drafts.map(({ type, data }) => [type, (data as { id: number }).id])
    const all = await database.read({ tables: ['a', 'v', 'mv', 'p', { name: 'other.a', eventType: 'b' }] })
    expect(byType(all)).toEqual([
      ['a', 1],
      ['v', 10],
      ['mv', 100],
      ['p', 1],
      ['p', 6],
      ['b', 9],
    ])
    expect(byType(await database.read({ query: 'SELECT 5 AS id', eventType: 'five' }))).toEqual([['five', 5]])
    expect((await database.read({})).error?.message).toMatch(/both be the event type a: name one by eventType/)
  })

  test('of a table that cannot be read costs that one: the others come, and the job fails with its name', async () => {
    const database = await openDatabase(`
      CREATE VIEW broken AS SELECT 1 / (g - 1) AS id FROM generate_series(1, 3) g; CREATE TABLE fine (id int); INSERT INTO fine VALUES (1);`)
    const { rows, error } = await database.read({ tables: ['broken', 'fine'] })
    expect(rows).toEqual([{ id: 1 }])
    expect(error).toBeInstanceOf(NotRetryable)
    expect(error?.message).toMatch(/public.broken: .*division by zero/)
  })
})

describe('an incremental reading', () => {
  const incremental = { mode: 'incremental', cursor: 'at', tables: ['t'] }

  test('loses and doubles no row that shares the last value, with a key and without', async () => {
    for (const key of ['PRIMARY KEY', '']) {
      const database = await openDatabase(
        `CREATE TABLE t (id int ${key}, at int); INSERT INTO t VALUES (5, 1), (2, 2), (9, 2)`,
      )
      const first = await database.read(incremental)
      // Committed late, with the same value and a lower key; and one that is the same in everything.
      await database.run(`INSERT INTO t VALUES (1, 2), (7, 3)${key === '' ? ', (9, 2)' : ''}`)
      const second = await database.read(incremental, { state: first.state })
      await database.run('INSERT INTO t VALUES (0, 1), (8, NULL)')
      const third = await database.read(incremental, { state: second.state })
      expect(first.rows.map(({ id }) => id)).toEqual(key === '' ? expect.arrayContaining([5, 2, 9]) : [5, 2, 9])
      expect(ints(second.rows)).toEqual(key === '' ? [1, 7, 9] : [1, 7])
      expect(third.rows).toEqual([])
      const ids = [...first.ids, ...second.ids]
      expect(new Set(ids).size).toBe(ids.length)
    }
  })

  test('goes on in the middle of very many rows that share a value', async () => {
    const database = await openDatabase(
      'CREATE TABLE t (id int PRIMARY KEY, at int); INSERT INTO t SELECT i, 1 FROM generate_series(1, 25000) i',
    )
    const first = await database.read(incremental, { pagesMax: 1 })
    const rest = await database.read(incremental, { state: first.state })
    expect(ints([...first.rows, ...rest.rows])).toEqual(Array.from({ length: 25_000 }, (_, index) => index + 1))
    await database.run('INSERT INTO t VALUES (0, 1)')
    const next = await database.read(incremental, { state: rest.state })
    expect(next.rows).toContainEqual({ id: 0, at: 1 })
    // Those that came before have the ids that they had: the log knows them.
    const known = new Set([...first.ids, ...rest.ids])
    expect(next.ids.filter((id) => !known.has(id))).toHaveLength(1)
  })

  test('looks again as far behind the last time as it is told, and never waits for the end of time', async () => {
    const database = await openDatabase(`CREATE TABLE t (id int PRIMARY KEY, at timestamptz);
      INSERT INTO t VALUES (1, '2024-01-01 00:00:00+00'), (2, '2024-01-01 00:10:00+00'), (3, 'infinity')`)
    const settings = { ...incremental, overlapSeconds: 120 }
    const first = await database.read(settings)
    expect(ints(first.rows)).toEqual([1, 2])
    await database.run(
      "INSERT INTO t VALUES (4, '2024-01-01 00:09:00+00'), (5, '2024-01-01 00:07:00+00'), (6, '2024-01-01 00:11:00+00')",
    )
    const second = await database.read(settings, { state: first.state })
    expect(ints(second.rows)).toEqual([4, 6])
    const third = await database.read(settings, { state: second.state })
    // 4 lies within the two minutes still, and comes with the id it had.
    expect(third.ids.filter((id) => !second.ids.includes(id) && !first.ids.includes(id))).toEqual([])
  })

  test('gives a row that changes as a new event, and begins anew by another cursor', async () => {
    const database = await openDatabase(
      'CREATE TABLE t (id int PRIMARY KEY, at int, other int); INSERT INTO t VALUES (1, 1, 1), (2, 2, 2)',
    )
    const first = await database.read(incremental)
    await database.run('UPDATE t SET at = 3 WHERE id = 1')
    const second = await database.read(incremental, { state: first.state })
    expect(second.rows).toEqual([{ id: 1, at: 3, other: 1 }])
    const third = await database.read({ ...incremental, cursor: 'other' }, { state: second.state })
    expect(ints(third.rows)).toEqual([1, 2])
  })

  test('by a text, a uuid or a numeric goes on as that is ordered', async () => {
    const database = await openDatabase(`CREATE TABLE t (id int PRIMARY KEY, at text, n numeric);
      INSERT INTO t SELECT i, 'x' || chr(200 + i % 50) || i || E'\\\\''', i / 3.0 FROM generate_series(1, 500) i`)
    for (const cursor of ['at', 'n']) {
      const first = await database.read({ ...incremental, cursor })
      expect(first.rows).toHaveLength(500)
      expect((await database.read({ ...incremental, cursor }, { state: first.state })).rows).toEqual([])
    }
  })
})

describe('what cannot be', () => {
  test('is said with what to do, and not tried again', async () => {
    const database = await openDatabase(`
      CREATE TABLE t (id int, j jsonb); CREATE TABLE hidden (id int);
      DROP ROLE IF EXISTS guest; CREATE ROLE guest LOGIN PASSWORD 'guest pass'; GRANT SELECT ON t TO guest;`)
    const url = new URL(database.settings.url)
    const as = (change: (url: URL) => void) => {
      const other = new URL(url)
      change(other)
      return { url: other.href }
    }
    const cases: [object, RegExp][] = [
      [
        {
          ...as((one) => {
            one.password = 'wrong-password'
          }),
          tables: ['t'],
        },
        /password authentication failed.*Check user and password/,
      ],
      [
        {
          ...as((one) => {
            one.pathname = '/nothing'
          }),
          tables: ['t'],
        },
        /"nothing" does not exist/,
      ],
      [{ tables: ['gone'] }, /There is no table gone/],
      [{ tables: ['t'], mode: 'incremental', cursor: 'gone' }, /public.t has no column gone/],
      [{ tables: ['t'], mode: 'incremental', cursor: 'j' }, /jsonb, which cannot say what is new/],
      [{ query: 'SELECT 1 AS a, 2 AS a', eventType: 'q' }, /two columns called a/],
      [{ query: 'DELETE FROM t RETURNING id', eventType: 'q' }, /syntax error/],
      [{ query: "SELECT set_config('x.y', nextval('s')::text, false)", eventType: 'q' }, /PostgreSQL says/],
      [{ tables: ['t'], encryption: 'verify' }, /does not encrypt: set encryption to off/],
      [
        {
          ...as((one) => {
            one.username = 'guest'
            one.password = 'guest%20pass'
          }),
          tables: ['hidden'],
        },
        /hidden may not be read: GRANT/,
      ],
    ]
    for (const [settings, message] of cases) {
      const { error } = await database.read(settings)
      expect(error, JSON.stringify(settings)).toBeInstanceOf(NotRetryable)
      expect(error?.message).toMatch(message)
      expect(error?.message).not.toMatch(/wrong-password|guest pass/)
    }
    const guest = await database.read({
      ...as((one) => {
        one.username = 'guest'
        one.password = 'guest%20pass'
      }),
      tables: ['t'],
    })
    expect(guest.error).toBeUndefined()
  })

  test('a query cannot write, whatever it calls', async () => {
    const database = await openDatabase(`CREATE TABLE t (id int);
      CREATE FUNCTION sneak() RETURNS int LANGUAGE plpgsql AS $$ BEGIN INSERT INTO t VALUES (1); RETURN 1; END $$;`)
    const { error } = await database.read({ query: 'SELECT sneak() AS id', eventType: 'q' })
    expect(error?.message).toMatch(/read-only transaction.*the query would write/)
    expect(await database.run('SELECT * FROM t')).toEqual([])
  })

  test('an address that nobody may name is refused, by name and number, before anything is sent', async () => {
    const url = server.url().replace('127.0.0.1', 'localhost')
    for (const settings of [{ url }, { url: server.url() }, { host: '::1', database: 'd', user: 'u' }]) {
      const { error } = await readAny(connector, { ...settings, encryption: 'off', tables: ['t'] }, { allowed: [] })
      expect(error).toMatchObject({ code: 'forbidden' })
    }
  })

  test.each([
    [
      { host: 'h', database: 'd', user: 'u', tables: ['t'], query: 'SELECT 1', eventType: 'x' },
      /Name tables or a query/,
    ],
    [{ host: 'h' }, /Is needed where there is no url/],
    [{ host: '/var/run/postgresql', database: 'd', user: 'u' }, /not a path/],
    [{ url: 'mysql://x/y' }, /Write postgres:/],
    [{ url: 'postgres://h/d', mode: 'incremental', tables: ['t'] }, /cursor|says what is new/],
    [{ url: 'postgres://h/d', mode: 'cdc' }, /Name the tables/],
  ])('settings that contradict themselves are refused: %j', (settings, message) => {
    const { success, error } = postgres.settings.safeParse(settings)
    expect(success).toBe(false)
    expect(error?.message).toMatch(message)
  })
})

test('shows what can be read, with fields, and what may not be', async () => {
  const database = await openDatabase(`
    CREATE TABLE orders (id bigint PRIMARY KEY, total numeric(12,2)); CREATE SCHEMA s; CREATE VIEW s.v AS SELECT 'x'::varchar(5) AS v;
    DROP ROLE IF EXISTS looker; CREATE ROLE looker LOGIN PASSWORD 'looker'; GRANT SELECT ON orders TO looker;`)
  const url = new URL(database.settings.url)
  url.username = url.password = 'looker'
  const resources = await postgres.discover!(
    postgres.settings.parse({ ...database.settings, url: url.href }),
    contextOf().context,
  )
  expect(resources).toEqual([
    {
      id: 'public.orders',
      title: 'orders',
      fields: [
        { name: 'id', type: 'bigint' },
        { name: 'total', type: 'numeric(12,2)' },
      ],
      available: true,
    },
    { id: 's.v', title: 's.v', fields: [], available: false },
  ])
})
