/** The MySQL connector when the way to the database, or the database, does not hold. */
import { expect, test } from 'vitest'
import { type MariadbServer, startMariadb } from '../../../../test/servers/mariadb.ts'
import type { Connector } from '../connector.ts'
import { testFaults } from './database/faults.suite.ts'
import { read } from './database/read.fixture.ts'
import { mysql } from './mysql.ts'

const connector = mysql as unknown as Connector

const { settings } = testFaults<MariadbServer>({
  connector,
  start: (options) => startMariadb([], options),
  databaseOf: ({ database }) => database,
  sql: {
    table: (name, rows, characters) => `CREATE TABLE ${name} (id int PRIMARY KEY, x text);
      INSERT INTO ${name} SELECT seq, REPEAT(MD5(seq), ${characters / 32} + 1) FROM seq_1_to_${rows}`,
    alter: (name) => `ALTER TABLE ${name} DROP COLUMN x, ADD y int DEFAULT 5`,
    slow: 'SELECT SLEEP(600) AS x FROM t LIMIT 1',
  },
  running: (server) => server.query("SELECT INFO FROM information_schema.PROCESSLIST WHERE INFO LIKE '/* millrace %'"),
})

test('a certificate of an address needs somebody who signed it', async () => {
  const { error } = await read(connector, { ...settings(), encryption: 'verify' })
  expect(error?.message).toMatch(/of an address cannot be verified: name the host/)
})
