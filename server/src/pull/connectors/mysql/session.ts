/** A connection to MySQL or MariaDB: guarded, encrypted as the settings say, set to write values in one way, and stopped on the server, too. */
import { randomUUID } from 'node:crypto'
import { isIP } from 'node:net'
import type { Duplex, Readable } from 'node:stream'
import type mysql from 'mysql2'
import { type ConnectorContext, NotRetryable } from '../../connector.ts'
import { openSockets, type Sockets } from '../ssh/tunnel.ts'
import { failureOf } from './failures.ts'
import type { MysqlSettings } from './settings.ts'
import type { Field } from './values.ts'

export interface Session extends AsyncDisposable {
  /** Of the database: host and name. */
  readonly place: string
  /** Rows as objects, values as texts. @throws NotRetryable, MillraceError `source_unavailable`, `forbidden`. */
  query(sql: string): Promise<Record<string, string | null>[]>
  fieldsOf(sql: string): Promise<readonly Field[]>
  /** Rows as arrays of what the server wrote, in pieces. Left early, it is stopped. */
  rows(sql: string): AsyncIterable<(Buffer | null)[]>
}

type Context = Pick<ConnectorContext, 'outbound' | 'signal'>

const connectMs = 30_000
/** A server that waits for somebody who reads slowly. */
const writeSeconds = 3_600
const rowsAhead = 256

export async function openSession(settings: MysqlSettings, context: Context): Promise<Session> {
  const { signal } = context
  signal.throwIfAborted()
  const { createConnection } = await import('mysql2')
  refuseUnverifiable(settings)
  const sockets = await openSockets(settings.tunnel, context)
  const options = optionsOf(settings, sockets)
  const connection = createConnection(options)
  // Before each statement, so that no other one is taken for ours when it is stopped.
  const mark = `/* millrace ${randomUUID()} */ `
  let lost: Error | undefined
  let isBusy = false
  let reading: Readable | undefined
  connection.on('error', (error) => {
    lost ??= error
    // The driver tells only the connection of it.
    reading?.destroy(error)
  })
  const socket = () => (connection as unknown as { stream: Duplex }).stream
  const stop = () => {
    if (isBusy) kill(createConnection, options, connection.threadId, mark)
    socket().destroy()
    connection.destroy()
  }
  signal.addEventListener('abort', stop, { once: true })

  function ask<T>(sql: string, more: object, pick: (rows: unknown[], fields: unknown[]) => T): Promise<T> {
    isBusy = true
    const asked = new Promise<T>((resolve, reject) => {
      const refuse = () => reject(signal.reason)
      signal.addEventListener('abort', refuse, { once: true })
      connection.query({ sql: mark + sql, ...more }, (error, rows, fields) => {
        signal.removeEventListener('abort', refuse)
        if (error) reject(lost ?? error)
        else resolve(pick(rows as unknown[], (fields ?? []) as unknown[]))
      })
    })
    return asked
      .catch((error) => {
        signal.throwIfAborted()
        throw failureOf(error)
      })
      .finally(() => {
        isBusy = false
      })
  }

  async function end(): Promise<void> {
    signal.removeEventListener('abort', stop)
    if (signal.aborted || lost !== undefined) connection.destroy()
    else
      await new Promise<void>((resolve) => {
        connection.end(() => resolve())
        socket().once('close', () => resolve())
      })
    sockets.close()
  }

  async function* rows(sql: string): AsyncGenerator<(Buffer | null)[]> {
    isBusy = true
    let isWhole = false
    const query = connection.query({ sql: mark + sql, rowsAsArray: true, typeCast: false } as mysql.QueryOptions)
    const stream: Readable = query.stream({ highWaterMark: rowsAhead })
    const leave = () => stream.destroy(signal.reason as Error)
    signal.addEventListener('abort', leave, { once: true })
    reading = stream
    try {
      for await (const row of stream) yield row as (Buffer | null)[]
      isWhole = true
    } catch (error) {
      signal.throwIfAborted()
      isWhole = lost === undefined && (error as { sqlState?: string }).sqlState !== undefined
      throw failureOf(lost ?? error)
    } finally {
      signal.removeEventListener('abort', leave)
      reading = undefined
      isBusy = false
      if (!isWhole) {
        // Nobody reads on: the server shall not go on writing either.
        lost ??= new Error('It was left early')
        kill(createConnection, options, connection.threadId, mark)
        connection.destroy()
      }
    }
  }

  try {
    await setUp((sql) => ask(sql, { rowsAsArray: true }, (found) => found), settings.statementMinutes)
    return {
      place: `${settings.host}/${settings.database}`,
      query: (sql) => ask(sql, { typeCast: textOf }, (found) => found as Record<string, string | null>[]),
      fieldsOf: (sql) => ask(sql, {}, (_, fields) => fields as Field[]),
      rows,
      [Symbol.asyncDispose]: end,
    }
  } catch (error) {
    await end()
    throw error
  }
}

/** The driver compares names with certificates, no addresses: then only who signs no others is trusted. */
function refuseUnverifiable({ host, encryption, ca }: MysqlSettings): void {
  if (isIP(host) !== 0 && encryption === 'verify' && ca === undefined)
    throw new NotRetryable('The certificate of an address cannot be verified: name the host, or set ca or encryption')
}

function optionsOf(settings: MysqlSettings, sockets: Sockets): mysql.ConnectionOptions {
  const { host, port, database, user, password = '', encryption, ca } = settings
  const isAddress = isIP(host) !== 0
  return {
    ...{ host, port, database, user, password, charset: 'utf8mb4', connectTimeout: connectMs },
    // A server must not be able to ask for files of this machine.
    flags: ['-LOCAL_FILES'],
    stream: () => {
      const socket = sockets.open()
      socket.connect(port, host)
      return socket
    },
    ...(encryption !== 'off' && {
      ssl: {
        rejectUnauthorized: encryption === 'verify',
        ...({ verifyIdentity: encryption === 'verify' && !isAddress } as object),
        ...(ca !== undefined && { ca }),
      },
    }),
  }
}

/** Every setting that changes how values are written or what a statement may do. */
async function setUp(ask: (sql: string) => Promise<unknown>, statementMinutes: number): Promise<void> {
  await ask("SET NAMES utf8mb4, time_zone = '+00:00', sql_mode = 'NO_BACKSLASH_ESCAPES', autocommit = 1")
  await ask(`SET SESSION net_write_timeout = ${writeSeconds}, net_read_timeout = ${writeSeconds}`)
  await ask('SET SESSION TRANSACTION READ ONLY')
  const [[version] = ['']] = (await ask('SELECT VERSION()')) as string[][]
  const limit = version?.includes('MariaDB')
    ? `max_statement_time = ${statementMinutes * 60}`
    : `max_execution_time = ${statementMinutes * 60_000}`
  await ask(`SET SESSION ${limit}`)
}

function textOf(field: { buffer(): Buffer | null }): string | null {
  return field.buffer()?.toString() ?? null
}

/**
 * By a connection of its own: nobody waits for it, and it may fail. A server that was started anew gives the numbers of its connections
 * again: what runs under this one must bear our mark.
 */
function kill(
  createConnection: typeof mysql.createConnection,
  options: mysql.ConnectionOptions,
  thread: number | null | undefined,
  mark: string,
): void {
  if (thread == null) return
  const connection = createConnection(options)
  connection.on('error', () => {})
  const leave = () => connection.destroy()
  connection.query('SHOW FULL PROCESSLIST', (error, found) => {
    const running = error ? [] : (found as { Id: number | string; Info: string | null }[])
    const ours = running.find(({ Id, Info }) => Number(Id) === thread && Info?.startsWith(mark.trim()))
    if (ours === undefined) leave()
    else connection.query(`KILL QUERY ${Number(thread)}`, leave)
  })
}
