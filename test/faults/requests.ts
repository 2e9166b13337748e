/** Requests to a server under test. */
import { adminToken, ingestKey } from './server-process.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

/** A GET without a body, a POST with one, as the administrator; whatever the answer is. */
export async function ask(url: string, path: string, body?: unknown): Promise<Answer> {
  return request(`${url}${path}`, adminToken, body === undefined ? undefined : JSON.stringify(body), 'application/json')
}

/** Sends one event. */
export async function sendEvent(url: string, type: string, event: object): Promise<Answer> {
  return request(`${url}/api/v1/events/${type}`, ingestKey, JSON.stringify(event), 'application/json')
}

/** What the answer holds. @throws Error where it is none of 200. */
export async function askWell<T>(url: string, path: string, body?: unknown): Promise<T> {
  const answer = await ask(url, path, body)
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body as T
}

/** Rows of a query. */
export async function rowsOf(url: string, sql: string, parameters: unknown[] = []): Promise<unknown[][]> {
  const { rows } = await askWell<{ rows: unknown[][] }>(url, '/api/v1/query', { sql, parameters, limit: 10_000 })
  return rows
}

async function request(url: string, bearer: string, body: string | undefined, type: string): Promise<Answer> {
  const response = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${bearer}`, 'content-type': type },
    ...(body === undefined ? {} : { body }),
    signal: AbortSignal.timeout(30_000),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) }
}
