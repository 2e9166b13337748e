/** What a connector to any database does when the way to the database, or the database, does not hold. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openCuttingProxy } from '../../../../../test/servers/cutting-proxy.ts'
import type { ServerLifetime } from '../../../../../test/servers/server-child.ts'
import { type Connector, NotRetryable } from '../../connector.ts'
import { contextOf, type Row, read } from './read.fixture.ts'

interface FaultsServer extends ServerLifetime {
  readonly port: number
  readonly user: string
  readonly password: string
  readonly certificate: string
  query(sql: string): Promise<Record<string, unknown>[]>
}

interface Faults<S extends FaultsServer> {
  readonly connector: Connector
  start(options?: { tls: boolean }): Promise<S>
  databaseOf(server: S): string
  readonly sql: {
    /** A table of so many rows, `id` its key, and `x` a text of so many characters. */
    table(name: string, rows: number, characters: number): string
    /** Without its column `x`, and with `y`, which is 5. */
    alter(name: string): string
    /** A query of one column `x` that takes ten minutes. */
    readonly slow: string
  }
  /** What this connector has running on the server. */
  running(server: S): Promise<readonly unknown[]>
}

const rowCount = 30_000

export function testFaults<S extends FaultsServer>(faults: Faults<S>): { server(): S; settings(port?: number): Row } {
  const { connector, sql } = faults
  let server: S
  beforeAll(async () => {
    server = await faults.start()
    await server.query(sql.table('t', rowCount, 200))
  }, 120_000)
  afterAll(() => server[Symbol.asyncDispose]())

  const settings = (port = server.port): Row => ({
    ...{ host: '127.0.0.1', port, database: faults.databaseOf(server), user: server.user, password: server.password },
    ...{ encryption: 'off', tables: ['t'] },
  })

  test('a connection that is cut, again and again, is an error that is tried again, and no row is lost or doubled', async () => {
    // Each connection carries a bit more than a page.
    await using proxy = await openCuttingProxy(server.port, 3_000_000)
    const rows = new Map<string, Row>()
    const errors: Error[] = []
    let state = {}
    for (let tries = 0; tries < 20; tries++) {
      const result = await read(connector, settings(proxy.port), { state })
      for (const [at, id] of result.ids.entries()) rows.set(id, result.rows[at]!)
      state = result.state
      if (result.error === undefined) break
      errors.push(result.error)
    }
    expect(errors.length).toBeGreaterThan(1)
    for (const error of errors) expect(error).toMatchObject({ code: 'source_unavailable' })
    expect(rows.size).toBe(rowCount)
    expect(new Set([...rows.values()].map((row) => row['id'])).size).toBe(rowCount)
  }, 60_000)

  test('a server that starts anew in the middle is asked again for what follows', async () => {
    // More than sockets hold: a server that has written all is missed by nobody.
    await server.query(sql.table('wide', rowCount, 2_500))
    const given = { ...settings(), tables: ['wide'] }
    const first = await read(connector, given, {
      onPage: async (page) => {
        if (page === 0) await server.restart()
      },
    })
    expect(first.error).toMatchObject({ code: 'source_unavailable' })
    expect(first.rows.length).toBeGreaterThan(0)
    const rest = await read(connector, given, { state: first.state })
    expect(rest.error).toBeUndefined()
    expect(new Set([...first.ids, ...rest.ids]).size).toBe(rowCount)
  }, 120_000)

  test('a table that is altered between two pages comes on with the columns that it has then', async () => {
    await server.query(sql.table('altered', rowCount, 200))
    const given = { ...settings(), tables: ['altered'] }
    const first = await read(connector, given, { pagesMax: 1 })
    await server.query(sql.alter('altered'))
    const rest = await read(connector, given, { state: first.state })
    expect(rest.rows.every((row) => row['y'] === 5 && !('x' in row))).toBe(true)
    expect(first.rows.length + rest.rows.length).toBe(rowCount)
    await server.query('DROP TABLE altered')
    expect((await read(connector, given, { state: first.state })).error).toBeInstanceOf(NotRetryable)
  }, 60_000)

  test('who does not want more, or is told to stop, leaves nothing running on the server', async () => {
    const running = () => faults.running(server)
    await read(connector, settings(), { pagesMax: 1 })
    await expect.poll(running, { timeout: 30_000 }).toEqual([])
    const stop = new AbortController()
    const query = { ...settings(), tables: undefined, query: sql.slow, eventType: 'x' }
    const asked = read(connector, query, { signal: stop.signal })
    await expect.poll(async () => (await running()).length, { timeout: 30_000 }).toBe(1)
    stop.abort(new Error('stopped by the test'))
    expect((await asked).error?.message).toBe('stopped by the test')
    await expect.poll(running, { timeout: 30_000 }).toEqual([])
  }, 120_000)

  test('nobody answers, and a name that there is not: errors that are tried again', async () => {
    await using proxy = await openCuttingProxy(server.port, 0)
    expect((await read(connector, settings(proxy.port))).error).toMatchObject({ code: 'source_unavailable' })
    const nowhere = await read(connector, { ...settings(), host: 'nowhere.invalid' })
    expect(nowhere.error).toMatchObject({ code: 'source_unavailable' })
  })

  test('a large table is read in little memory, however slowly its pages are kept', async () => {
    await server.query(sql.table('large', 200_000, 960))
    const { context } = contextOf()
    const parsed = connector.settings.parse({ ...settings(), tables: ['large'] })
    let [rows, most] = [0, 0]
    const before = process.memoryUsage.rss()
    for await (const { drafts } of connector.read(parsed, connector.state.parse({}), context)) {
      rows += drafts.length
      most = Math.max(most, process.memoryUsage.rss() - before)
    }
    expect(rows).toBe(200_000)
    // 200 MB of rows.
    expect(most).toBeLessThan(150 * 1024 * 1024)
  }, 120_000)

  test('a server that shows a certificate nobody knows is refused, and read where that is said to be all right', async () => {
    await using encrypted = await faults.start({ tls: true })
    await encrypted.query('CREATE TABLE t (id int); INSERT INTO t VALUES (1)')
    const given = { ...settings(encrypted.port), encryption: 'verify' }
    const refused = await read(connector, { ...given, host: 'localhost' }, { allowed: ['localhost'] })
    expect(refused.error).toBeInstanceOf(NotRetryable)
    expect(refused.error?.message).toMatch(/certificate does not hold.*Set ca/)
    expect((await read(connector, { ...given, ca: encrypted.certificate })).error).toBeUndefined()
    expect((await read(connector, { ...given, encryption: 'encrypt' })).rows).toEqual([{ id: 1 }])
  }, 120_000)

  return { server: () => server, settings }
}
