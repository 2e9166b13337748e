/** Sends two events and prints what became of them: node examples/first-events/send.ts */
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'

const url = process.env['MILLRACE_URL'] ?? 'http://127.0.0.1:4700'
const key = process.env['MILLRACE_KEY'] ?? ''

async function send(type: string, events: readonly object[]): Promise<unknown> {
  const authorization = `Bearer ${key}`
  const headers = { authorization, 'content-type': 'application/json', 'idempotency-key': randomUUID() }
  const request = { method: 'POST', headers, body: JSON.stringify(events) }
  for (let attempt = 1; ; attempt++) {
    const path = `/api/v1/events/${encodeURIComponent(type)}`
    const answer = await fetch(url + path, { ...request, signal: AbortSignal.timeout(60_000) }).catch(unanswered)
    if (answer.ok) return answer.json()
    if (attempt === 8 || ![408, 429, 503].includes(answer.status)) throw new Error(await answer.text())
    const seconds = answer.headers.get('retry-after') ?? Math.random() * Math.min(30, 2 ** attempt)
    await pause(1000 * Number(seconds))
  }
}

/** The events may be stored all the same: with the same key they can be sent again. */
function unanswered(error: Error): Response {
  return new Response(error.message, { status: 503 })
}

const purchases = [
  { user: { name: 'Ada', since: '2026-01-31' }, items: ['tea', 'milk'], total: 7.5 },
  { user: { name: 'Bo', since: '2025-11-02' }, items: ['rye'], total: 4 },
]
console.log(JSON.stringify(await send('purchase', purchases)))
