/** Databases by way of a server of SSH: OpenSSH itself, in front of PostgreSQL and MariaDB. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MariadbServer, startMariadb } from '../../../../test/servers/mariadb.ts'
import { type PostgresServer, startPostgres } from '../../../../test/servers/postgres.ts'
import { type Connector, NotRetryable } from '../connector.ts'
import { type ReadOptions, type Row, read } from './database/read.fixture.ts'
import { openSshServer, type SshServer } from './files/ssh-server.fixture.ts'
import { mysql } from './mysql.ts'
import { postgres } from './postgres.ts'

let ssh: SshServer
let maria: MariadbServer
let elephant: PostgresServer

beforeAll(async () => {
  ;[ssh, maria, elephant] = await Promise.all([openSshServer(), startMariadb(), startPostgres()])
  await maria.query(
    "CREATE TABLE wide (id int PRIMARY KEY, x text); INSERT INTO wide SELECT seq, REPEAT('x', 2500) FROM seq_1_to_30000",
  )
  await elephant.query(`CREATE TABLE wide (id int PRIMARY KEY, x text); ALTER TABLE wide ALTER x SET STORAGE PLAIN;
    INSERT INTO wide SELECT i, repeat('x', 2500) FROM generate_series(1, 30000) i`)
}, 180_000)
afterAll(async () => {
  for (const server of [ssh, maria, elephant]) await server?.[Symbol.asyncDispose]()
})

const kinds = [
  {
    name: 'PostgreSQL',
    connector: postgres as unknown as Connector,
    place: () => ({ port: elephant.port, database: 'postgres', user: elephant.user, password: elephant.password }),
    running: async () =>
      (await elephant.query("SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'COPY%wide%'"))
        .length,
  },
  {
    name: 'MySQL',
    connector: mysql as unknown as Connector,
    place: () => ({ port: maria.port, database: maria.database, user: maria.user, password: maria.password }),
    running: async () =>
      (await maria.query("SELECT 1 FROM information_schema.PROCESSLIST WHERE INFO LIKE '/* millrace%wide%'")).length,
  },
]

describe.each(kinds)('$name behind a tunnel', ({ connector, place, running }) => {
  const settings = (tunnel: object = {}, more: object = {}): Row => {
    const { files: _, ...login } = { files: ssh.files, ...ssh.sftp }
    const host = '127.0.0.1'
    return { host, encryption: 'off', tables: ['wide'], ...place(), ...more, tunnel: { ...login, ...tunnel } }
  }
  const readBy = (given: Row, options: ReadOptions = {}) => read(connector, given, options)

  it('is read whole, and goes on where a tunnel broke down in the middle', async () => {
    const first = await readBy(settings(), {
      onPage: async (page) => {
        if (page === 0) await ssh.drop()
      },
    })
    expect(first.error).toMatchObject({ code: 'source_unavailable' })
    expect(first.rows.length).toBeGreaterThan(0)
    const rest = await readBy(settings(), { state: first.state })
    expect(rest.error).toBeUndefined()
    expect(new Set([...first.ids, ...rest.ids]).size).toBe(30_000)
  }, 120_000)

  it('leaves nothing running on the database where nobody wants more', async () => {
    await readBy(settings(), { pagesMax: 1 })
    await expect.poll(running, { timeout: 30_000 }).toBe(0)
    const stop = new AbortController()
    const { error } = await readBy(settings(), {
      signal: stop.signal,
      onPage: () => stop.abort(new Error('stopped by the test')),
    })
    expect(error?.message).toBe('stopped by the test')
    await expect.poll(running, { timeout: 30_000 }).toBe(0)
  }, 120_000)

  it('is not read by a server that shows another key, lets nobody in, or is none that the operator allows', async () => {
    const other = `SHA256:${'A'.repeat(43)}`
    const shown = await readBy(settings({ hostKey: other }))
    expect(shown.error).toBeInstanceOf(NotRetryable)
    expect(shown.error?.message).toMatch(/which is not the one of the settings/)
    const stranger = await readBy(settings({ username: 'nobody-of-that-name' }))
    expect(stranger.error?.message).toMatch(/does not let this user in/)
    const refused = await readBy(settings(), { allowed: [] })
    expect(refused.error).toMatchObject({ code: 'forbidden' })
    // What the tunnel leads to is not this machine's to decide: only the server of SSH is asked for.
    const inside = await readBy(settings({}, { tables: undefined, query: 'SELECT 1 AS one', eventType: 'one' }))
    expect([inside.error, inside.rows]).toEqual([undefined, [{ one: 1 }]])
  }, 60_000)

  it('is tried again where nothing listens behind the tunnel', async () => {
    const { error } = await readBy(settings({}, { port: 1 }))
    expect(error).toMatchObject({ code: 'source_unavailable' })
    expect(error?.message).toMatch(/not reached by the tunnel/)
  })

  it('wants a proof of who asks', () => {
    const { privateKey: _, ...without } = ssh.sftp
    expect(connector.settings.safeParse({ ...settings(), tunnel: without }).success).toBe(false)
  })
})
