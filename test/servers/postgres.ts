/** A PostgreSQL of its own for tests: Debian's package, nothing made durable, gone with its folder. */
import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
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

export interface PostgresServer extends ServerLifetime {
  readonly port: number
  /** Of a superuser, whose password this is. */
  readonly user: string
  readonly password: string
  /** That it signed itself, as PEM; '' without TLS. */
  readonly certificate: string
  /** Runs statements, in `database` or the first one; the rows of the last. */
  query(sql: string, database?: string): Promise<Record<string, unknown>[]>
  url(database?: string): string
}

const user = 'millrace'
const password = 'pass word/of:tests'
const installs = '/usr/lib/postgresql'

/** `settings`: more of postgresql.conf, as `name=value`. `tls`: it encrypts, with a certificate that it signed itself. */
export async function startPostgres(settings: readonly string[] = [], { tls = false } = {}): Promise<PostgresServer> {
  const programs = join(installs, newestIn(installs), 'bin')
  const owner = await ownerOf('postgres')
  const folder = await makeFolder('millrace-postgres-', owner)
  const data = join(folder, 'data')
  const secret = join(folder, 'password')
  await writeFile(secret, password)
  const init = [
    '-D',
    data,
    '-U',
    user,
    '-A',
    'scram-sha-256',
    '--pwfile',
    secret,
    '-E',
    'UTF8',
    '--locale=C.UTF-8',
    '-N',
  ]
  await run(join(programs, 'initdb'), init, owner)
  const port = await freePort()
  const certificate = tls ? await makeCertificate(data, owner) : ''
  const all = [
    ...['fsync=off', 'full_page_writes=off', 'autovacuum=off', 'shared_buffers=64MB'],
    ...['wal_level=logical', 'max_replication_slots=20', 'max_wal_senders=20', 'listen_addresses=127.0.0.1'],
    ...[`unix_socket_directories=${folder}`, `port=${port}`, ...(tls ? ['ssl=on'] : []), ...settings],
  ]
  const open = () =>
    startChild(join(programs, 'postgres'), ['-D', data, ...all.flatMap((one) => ['-c', one])], owner, () =>
      isAnswered(query('SELECT 1')),
    )
  const url = (database = 'postgres') =>
    `postgres://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`

  async function query(sql: string, database?: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: url(database) })
    client.on('error', () => {})
    await client.connect()
    try {
      const results = await client.query(sql)
      const last = Array.isArray(results) ? results.at(-1) : results
      return last?.rows ?? []
    } finally {
      await client.end()
    }
  }

  const server = await openServer(open, { folder, restartBy: 'SIGINT', endBy: 'SIGQUIT' })
  return Object.assign(server, { port, user, password, certificate, query, url })
}

function newestIn(folder: string): string {
  const versions = existsSync(folder) ? readdirSync(folder).filter((name) => /^\d+$/.test(name)) : []
  const newest = versions.toSorted((a, b) => Number(b) - Number(a))[0]
  if (newest === undefined) throw new Error('PostgreSQL is not installed: apt-get install postgresql')
  return newest
}
