/** A MariaDB of its own for tests: Debian's package, nothing made durable, gone with its folder. */
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import mysql from 'mysql2/promise'
import {
  freePort,
  isAnswered,
  makeCertificate,
  makeFolder,
  openServer,
  ownerOf,
  type ServerLifetime,
  startChild,
} from './server-child.ts'

const run = promisify(execFile)

export interface MariadbServer extends ServerLifetime {
  readonly port: number
  /** Of a user who may do everything. */
  readonly user: string
  readonly password: string
  readonly database: string
  /** That it signed itself, as PEM; '' without TLS. */
  readonly certificate: string
  /** Runs statements; the rows of the last. */
  query(sql: string): Promise<Record<string, unknown>[]>
}

const user = 'millrace'
const password = 'pass word/of:tests'
const database = 'test'

/** `settings`: more options of the server, as `--name=value`. `tls`: it encrypts, with a certificate that it signed itself. */
export async function startMariadb(settings: readonly string[] = [], { tls = false } = {}): Promise<MariadbServer> {
  const owner = await ownerOf('mysql')
  const folder = await makeFolder('millrace-mariadb-', owner)
  const data = join(folder, 'data')
  const init = ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db']
  await run('mariadb-install-db', init, { ...owner, maxBuffer: 10 * 1024 * 1024 })
  const start = join(folder, 'start.sql')
  await writeFile(
    start,
    `CREATE DATABASE IF NOT EXISTS ${database} CHARACTER SET utf8mb4;
CREATE USER IF NOT EXISTS '${user}'@'%' IDENTIFIED BY '${password}';
GRANT ALL ON *.* TO '${user}'@'%' WITH GRANT OPTION;
`,
  )
  const certificate = tls ? await makeCertificate(folder, owner) : ''
  const encryption = tls ? [`--ssl-cert=${join(folder, 'server.crt')}`, `--ssl-key=${join(folder, 'server.key')}`] : []
  const port = await freePort()
  const args = [
    ...['--no-defaults', `--datadir=${data}`, `--socket=${join(folder, 'socket')}`, `--port=${port}`],
    ...['--bind-address=127.0.0.1', `--init-file=${start}`, '--innodb-flush-log-at-trx-commit=0', '--skip-log-bin'],
    ...['--innodb-buffer-pool-size=64M', '--max-allowed-packet=64M', '--skip-name-resolve', ...encryption, ...settings],
  ]
  const open = () => startChild('/usr/sbin/mariadbd', args, owner, () => isAnswered(query('SELECT 1')))

  async function query(sql: string): Promise<Record<string, unknown>[]> {
    const connection = await mysql.createConnection({
      ...{ host: '127.0.0.1', port, user, password, database },
      ...{ multipleStatements: true, supportBigNumbers: true, charset: 'utf8mb4' },
    })
    connection.on('error', () => {})
    try {
      const [results] = await connection.query(sql)
      const last = Array.isArray(results) && Array.isArray(results.at(-1)) ? results.at(-1) : results
      return Array.isArray(last) ? (last as Record<string, unknown>[]) : []
    } finally {
      await connection.end()
    }
  }

  const server = await openServer(open, { folder, restartBy: 'SIGTERM', endBy: 'SIGKILL' })
  return Object.assign(server, { port, user, password, database, certificate, query })
}
