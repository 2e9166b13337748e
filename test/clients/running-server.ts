/** A server for tests of clients: in a fresh folder, with the credentials that the acceptance fixture makes on it. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { readConfig } from '@millrace/server/config'
import { startServer } from '@millrace/server/main'

/** A row by the names of its columns, as the query answers it. */
export type Row = Readonly<Record<string, unknown>>

export type Credentials = Readonly<
  Record<
    | 'PANOPLY_APIKEY'
    | 'PANOPLY_APISECRET'
    | 'IS_ACCESS_KEY'
    | 'IS_ACCESS_KEY_2'
    | 'ATOM_AUTH_KEY'
    | 'ALOOMA_USERNAME'
    | 'ALOOMA_PASSWORD'
    | 'ALOOMA_ACCOUNT'
    | 'DATORAMA_TOKEN'
    | 'DATORAMA_TOKEN_BURN'
    | 'DATORAMA_WORKSPACE',
    string
  >
>

export async function openTestServer(env: Readonly<Record<string, string>> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-clients-'))
  const config = await readConfig({
    flags: { port: '0', data: join(folder, 'data'), logLevel: 'error' },
    env: { ...env, MILLRACE_ADMIN_TOKEN: token },
    cwd: folder,
  })
  const server = await startServer(config)
  const { url } = server

  const ask = async (path: string, body?: object): Promise<Record<string, unknown>> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const request = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) }
    const answer = await fetch(`${url}/api/v1/${path}`, request)
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`)
    return (await answer.json()) as Record<string, unknown>
  }

  const query = async (sql: string): Promise<Row[]> => {
    const { columns, rows } = (await ask('query', { sql })) as { columns: { name: string }[]; rows: unknown[][] }
    return rows.map((row) => Object.fromEntries(columns.map(({ name }, index) => [name, row[index]])))
  }

  return {
    url,
    /** Of its owner; without limits. */
    token,
    folder,
    ask,
    /** What the fixture prints, one NAME=value a line. */
    async makeCredentials(): Promise<Credentials> {
      const root = join(import.meta.dirname, '..', '..')
      const { stdout } = await run('npm', ['run', '--silent', 'fixture', '--', '--url', url, '--token', token], {
        cwd: root,
      })
      const lines = stdout.trimEnd().split('\n')
      return Object.fromEntries(lines.map((line) => /^([A-Z_0-9]+)=(.*)$/.exec(line)!.slice(1))) as Credentials
    },
    /** The rows, once there are `count` of them; whatever there is when it takes too long. */
    async rowsOf(sql: string, count: number): Promise<Row[]> {
      for (let tries = 0; ; tries++) {
        const rows = await query(sql).catch((): Row[] => []) // the table may not be there yet
        if (rows.length >= count || tries === 200) return rows
        await sleep(50)
      }
    },
    /** Until all that was accepted is loaded or set aside. */
    async settled(waitMs = 10_000): Promise<void> {
      for (let tries = 0; tries < waitMs / 50; tries++) {
        const { partitions } = (await ask('status')) as { partitions: { lagEvents: number }[] }
        if (partitions.every(({ lagEvents }) => lagEvents === 0)) return
        await sleep(50)
      }
      throw new Error('Something is not loaded')
    },
    async close() {
      await server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export type TestServer = Awaited<ReturnType<typeof openTestServer>>

const run = promisify(execFile)

const token = `mlr_api_test_of_clients_${'x'.repeat(24)}`
