/**
 * What one would write in an afternoon, and not badly: Fastify, `JSON.parse`, and SQLite with durable commits, grouped.
 *   plain   Fastify parses the body its own way, and what it gives is stored as JSON
 *   lean    the raw body is parsed by `JSON.parse` alone and stored as it came, which spares making it text again
 */
import type { AddressInfo } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import Fastify from 'fastify'
import { tellCpuTime } from './cpu-time.ts'

const [folder, key, variant] = process.argv.slice(2) as [string, string, 'plain' | 'lean']
const database = new DatabaseSync(`${folder}/queue.db`)
database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
database.exec('CREATE TABLE batch (id INTEGER PRIMARY KEY, received_at INTEGER, event_count INTEGER, body)')
const insert = database.prepare('INSERT INTO batch (received_at, event_count, body) VALUES (?, ?, ?)')

interface Waiting {
  readonly count: number
  readonly body: Buffer | string
  readonly stored: () => void
}
let waiting: Waiting[] = []

function store(count: number, body: Buffer | string): Promise<void> {
  return new Promise((stored) => {
    if (waiting.length === 0) setImmediate(commit)
    waiting.push({ count, body, stored })
  })
}

function commit(): void {
  const group = waiting
  waiting = []
  database.exec('BEGIN')
  for (const { count, body } of group) insert.run(Date.now(), count, body)
  database.exec('COMMIT')
  for (const { stored } of group) stored()
}

const server = Fastify({ bodyLimit: 10 * 1024 * 1024 })
if (variant === 'lean')
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
server.post('/api/v1/events/:type', async (request, reply) => {
  if (request.headers.authorization !== `Bearer ${key}`) return reply.code(401).send()
  const { body } = request
  const events = (variant === 'lean' ? JSON.parse((body as Buffer).toString()) : body) as unknown[]
  await store(events.length, variant === 'lean' ? (body as Buffer) : JSON.stringify(events))
  return { accepted: events.length, restreamed: 0 }
})
await server.listen({ port: 0, host: '127.0.0.1' })
tellCpuTime((server.server.address() as AddressInfo).port)
