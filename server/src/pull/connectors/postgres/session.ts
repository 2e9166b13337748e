/** A connection to PostgreSQL: guarded, encrypted as the settings say, set to write values in one way, and stopped on the server, too. */
import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import type { ConnectionOptions } from 'node:tls'
import type pg from 'pg'
import { type ConnectorContext, NotRetryable } from '../../connector.ts'
import { openSockets, type Sockets } from '../ssh/tunnel.ts'
import { failureOf } from './failures.ts'
import type { PostgresSettings } from './settings.ts'

export interface Session extends AsyncDisposable {
  readonly version: number
  /** Of the database: host and name. */
  readonly place: string
  /** Rows as objects, values as texts. @throws NotRetryable, MillraceError `source_unavailable`, `forbidden`. */
  query<R = Record<string, string | null>>(sql: string): Promise<R[]>
  /** Names and types of what a statement gives. */
  fieldsOf(sql: string): Promise<readonly { name: string; oid: number }[]>
  /** What `COPY … TO STDOUT` writes, in pieces. Left early, it is stopped. */
  copy(sql: string): AsyncIterable<Buffer>
}

type Context = Pick<ConnectorContext, 'outbound' | 'signal'>

interface Place {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: string
  readonly encryption: 'verify' | 'encrypt' | 'off'
}

const catalogMs = 60_000
const cancelRequest = 80877102

/** `writes`: may change something, such as make a slot; `replicates`: understands the commands of replication. */
export async function openSession(
  settings: PostgresSettings,
  { outbound, signal }: Context,
  { writes = false, replicates = false } = {},
): Promise<Session> {
  signal.throwIfAborted()
  const place = placeOf(settings)
  const sockets = await openSockets(settings.tunnel, { outbound, signal })
  const [{ Client }, copyStreams] = await loadDriver()
  const client = new Client({
    ...{ host: place.host, port: place.port, database: place.database, user: place.user },
    // A function, so that no environment and no file of this machine is asked.
    password: () => place.password,
    ssl: tlsOf(place, settings.ca),
    options: '',
    application_name: 'millrace',
    stream: sockets.open,
    types: { getTypeParser: () => (value: unknown) => value } as unknown as pg.CustomTypesConfig,
    ...(replicates && { replication: 'database' }),
  } as pg.ClientConfig)
  let lost: Error | undefined
  client.on('error', (error) => {
    lost = error
  })
  const socket = () => (client as unknown as { connection: { stream: Duplex } }).connection.stream
  let isBusy = false
  const stop = () => {
    if (isBusy) void cancel(client, place, sockets)
    socket().destroy()
  }
  signal.addEventListener('abort', stop, { once: true })

  async function attempt<T>(work: () => Promise<T>): Promise<T> {
    isBusy = true
    try {
      return await work()
    } catch (error) {
      signal.throwIfAborted()
      throw failureOf(isOfServer(error) ? error : (lost ?? error))
    } finally {
      isBusy = false
    }
  }

  async function end(): Promise<void> {
    signal.removeEventListener('abort', stop)
    if (signal.aborted || lost !== undefined) socket().destroy()
    else await Promise.race([client.end(), once(socket(), 'close')]).catch(() => {})
    sockets.close()
  }

  try {
    await attempt(() => client.connect())
    const [{ server_version_num: version } = { server_version_num: '0' }] = await attempt(() => setUp(client, writes))
    return {
      version: Number(version),
      place: `${place.host}/${place.database}`,
      query: <R>(sql: string) => attempt(async () => lastOf(await client.query(sql)).rows as R[]),
      fieldsOf: (sql) =>
        attempt(async () => (await client.query(sql)).fields.map(({ name, dataTypeID: oid }) => ({ name, oid }))),
      async *copy(sql) {
        await attempt(() => client.query(`SET statement_timeout = ${settings.statementMinutes * 60_000}`))
        const stream = client.query(copyStreams.to(sql))
        let isWhole = false
        isBusy = true
        try {
          for await (const piece of stream) yield piece as Buffer
          isWhole = true
        } catch (error) {
          signal.throwIfAborted()
          // What the server says leaves the connection as it is.
          isWhole = lost === undefined && isOfServer(error)
          throw failureOf(isOfServer(error) ? error : (lost ?? error))
        } finally {
          if (!isWhole) {
            // Nobody reads on: the server shall not go on writing either.
            void cancel(client, place, sockets)
            lost ??= new Error('It was left early')
            stream.destroy()
            socket().destroy()
          }
          isBusy = false
        }
        await attempt(() => client.query(`SET statement_timeout = ${catalogMs}`))
      },
      [Symbol.asyncDispose]: end,
    }
  } catch (error) {
    await end()
    throw error
  }
}

/** The server said it, and goes on. */
function isOfServer(error: unknown): boolean {
  return (error as { severity?: string }).severity !== undefined
}

/** Only where it is needed. */
async function loadDriver() {
  const [{ default: driver }, { default: copyStreams }] = await Promise.all([import('pg'), import('pg-copy-streams')])
  return [driver, copyStreams] as const
}

/** Every setting that changes how values are written or what a statement may do. */
async function setUp(client: pg.Client, writes: boolean): Promise<Record<string, string>[]> {
  const set = {
    ...{ client_encoding: 'UTF8', TimeZone: 'UTC', DateStyle: 'ISO, YMD', IntervalStyle: 'iso_8601' },
    ...{ bytea_output: 'hex', extra_float_digits: '3', standard_conforming_strings: 'on', synchronize_seqscans: 'off' },
    ...{ statement_timeout: `${catalogMs}`, lock_timeout: `${catalogMs}` },
    ...{ idle_in_transaction_session_timeout: '0', default_transaction_read_only: writes ? 'off' : 'on' },
  }
  for (const [name, value] of Object.entries(set)) await client.query(`SET ${name} = '${value}'`)
  return (await client.query('SHOW server_version_num')).rows as Record<string, string>[]
}

function lastOf(results: pg.QueryResult | pg.QueryResult[]): pg.QueryResult {
  return Array.isArray(results) ? results.at(-1)! : results
}

function placeOf(settings: PostgresSettings): Place {
  const { url, host, port, database, user, password = '', encryption } = settings
  if (url === undefined)
    return { host: host!, port, database: database!, user: user!, password, encryption: encryption ?? 'verify' }
  const parsed = URL.parse(url)
  if (parsed === null || parsed.hostname === '')
    throw new NotRetryable('The url is none: postgres://user:password@host/database')
  const part = (text: string) => {
    try {
      return decodeURIComponent(text)
    } catch {
      throw new NotRetryable('The url has a % that stands for nothing: write %25 for it')
    }
  }
  const name = part(parsed.username)
  return {
    host: part(parsed.hostname).replace(/^\[|\]$/g, ''),
    port: Number(parsed.port || 5432),
    database: part(parsed.pathname.slice(1)) || name,
    user: name,
    password: part(parsed.password),
    encryption: encryption ?? encryptionOf(parsed.searchParams.get('sslmode')),
  }
}

function encryptionOf(sslmode: string | null): Place['encryption'] {
  if (sslmode === 'disable') return 'off'
  return sslmode === 'require' || sslmode === 'prefer' || sslmode === 'allow' ? 'encrypt' : 'verify'
}

function tlsOf({ encryption }: Place, ca: string | undefined): ConnectionOptions | false {
  if (encryption === 'off') return false
  return { rejectUnauthorized: encryption === 'verify', ...(ca !== undefined && { ca }) }
}

/** Asks the server, by a connection of its own, to stop what another one does: nobody waits for it, and it may fail. */
async function cancel(client: pg.Client, { host, port }: Place, sockets: Sockets): Promise<void> {
  const { processID, secretKey } = client as unknown as { processID: number | null; secretKey: number | null }
  if (!processID || secretKey === null) return
  const request = Buffer.alloc(16)
  for (const [index, value] of [16, cancelRequest, processID].entries()) request.writeInt32BE(value, index * 4)
  request.writeInt32BE(secretKey, 12)
  const socket = sockets.open()
  socket.on('error', () => {})
  socket.once('connect', () => socket.end(request))
  socket.resume()
  socket.connect(port, host)
}
