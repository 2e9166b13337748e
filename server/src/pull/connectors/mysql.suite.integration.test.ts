import { afterAll, beforeAll } from 'vitest'
import { type MariadbServer, startMariadb } from '../../../../test/servers/mariadb.ts'
import { type ConnectorFixture, testConnector } from '../connector.suite.ts'
import type { Connector } from '../connector.ts'
import { mysql } from './mysql.ts'

const rowCount = 22_000
let server: MariadbServer

beforeAll(async () => {
  server = await startMariadb()
  await server.query(`
    CREATE TABLE keyed (id int PRIMARY KEY, name text, updated int);
    INSERT INTO keyed SELECT seq, CONCAT('row ', seq, '\n"'), seq DIV 7 FROM seq_1_to_${rowCount};
    CREATE TABLE bare AS SELECT name FROM keyed;`)
}, 120_000)
afterAll(() => server[Symbol.asyncDispose]())

function fixture(more: object): () => Promise<ConnectorFixture> {
  return async () => ({
    connector: mysql as unknown as Connector,
    settings: {
      ...{ host: '127.0.0.1', port: server.port, database: server.database, user: server.user },
      ...{ password: server.password, encryption: 'off' },
      ...more,
    },
    rowCount,
    async [Symbol.asyncDispose]() {},
  })
}

testConnector('MySQL (a table with a key)', fixture({ tables: ['keyed'] }))
testConnector('MySQL (a table without a key)', fixture({ tables: ['bare'] }))
testConnector('MySQL (incremental)', fixture({ tables: ['keyed'], mode: 'incremental', cursor: 'updated' }))
testConnector('MySQL (a query)', fixture({ query: 'SELECT * FROM keyed -- all', eventType: 'q', key: ['id'] }))
