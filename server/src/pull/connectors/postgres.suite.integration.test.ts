import { afterAll, beforeAll } from 'vitest'
import { type PostgresServer, startPostgres } from '../../../../test/servers/postgres.ts'
import { type ConnectorFixture, testConnector } from '../connector.suite.ts'
import type { Connector } from '../connector.ts'
import { postgres } from './postgres.ts'

const rowCount = 22_000
let server: PostgresServer

beforeAll(async () => {
  server = await startPostgres()
  await server.query(`
    CREATE TABLE keyed (id int PRIMARY KEY, name text, updated int);
    INSERT INTO keyed SELECT i, 'row ' || i || chr(10) || '"', i / 7 FROM generate_series(1, ${rowCount}) i;
    CREATE TABLE bare AS SELECT name FROM keyed;`)
}, 120_000)
afterAll(() => server[Symbol.asyncDispose]())

function fixture(more: object): () => Promise<ConnectorFixture> {
  return async () => ({
    connector: postgres as unknown as Connector,
    settings: { url: server.url(), encryption: 'off', ...more },
    rowCount,
    async [Symbol.asyncDispose]() {},
  })
}

testConnector('PostgreSQL (a table with a key)', fixture({ tables: ['keyed'] }))
testConnector('PostgreSQL (a table without a key)', fixture({ tables: ['bare'] }))
testConnector('PostgreSQL (incremental)', fixture({ tables: ['keyed'], mode: 'incremental', cursor: 'updated' }))
testConnector(
  'PostgreSQL (incremental, without a key)',
  fixture({ query: 'SELECT name, updated FROM keyed', eventType: 'q', mode: 'incremental', cursor: 'updated' }),
)
testConnector('PostgreSQL (a query)', fixture({ query: 'SELECT * FROM keyed -- all', eventType: 'q', key: ['id'] }))
