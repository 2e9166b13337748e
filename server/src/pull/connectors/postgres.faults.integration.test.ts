/** The PostgreSQL connector when the way to the database, or the database, does not hold. */
import { type PostgresServer, startPostgres } from '../../../../test/servers/postgres.ts'
import type { Connector } from '../connector.ts'
import { testFaults } from './database/faults.suite.ts'
import { postgres } from './postgres.ts'

testFaults<PostgresServer>({
  connector: postgres as unknown as Connector,
  start: (options) => startPostgres([], options),
  databaseOf: () => 'postgres',
  sql: {
    // As it is: compressed it would go through any socket at once.
    table: (name, rows, characters) => `CREATE TABLE ${name} (id int PRIMARY KEY, x text);
      ALTER TABLE ${name} ALTER x SET STORAGE PLAIN;
      INSERT INTO ${name} SELECT i, repeat(md5(i::text), ${characters} / 32 + 1) FROM generate_series(1, ${rows}) i`,
    alter: (name) => `ALTER TABLE ${name} DROP COLUMN x; ALTER TABLE ${name} ADD y int DEFAULT 5`,
    slow: 'SELECT pg_sleep(600)::text AS x',
  },
  running: (server) => server.query("SELECT pid FROM pg_stat_activity WHERE application_name = 'millrace'"),
})
