/**
 * The management API, typed by its own description. Paths and bodies are those of `server/openapi.json`; whatever goes
 * wrong, on the way or at the server, is a {@link ClientError}.
 */
import createClient, { type Client as FetchClient } from 'openapi-fetch'
import type { paths } from './openapi.ts'

export interface ClientSettings {
  /** Origin of the server: `http://127.0.0.1:4700`. */
  readonly url: string
  /** A token of the API. */
  readonly token: string | undefined
  /** Id of the workspace that is meant; the token's own where nothing is said. */
  readonly workspace?: string | undefined
  /** Sends a request in place of the built-in `fetch`. */
  readonly fetch?: ((request: Request) => Promise<Response>) | undefined
}

export type Client = FetchClient<paths, 'application/json'>

export function openClient({ url, token, workspace, fetch }: ClientSettings): Client {
  const client = createClient<paths, 'application/json'>({
    baseUrl: url.replace(/\/+$/, ''),
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    ...(fetch && { fetch }),
  })
  client.use({
    onRequest: ({ request }) => (workspace === undefined ? undefined : inWorkspace(request, workspace)),
    async onResponse({ response }) {
      if (!response.ok) throw await errorOf(response)
    },
    onError: ({ error }) => unreachable(url, error),
  })
  return client
}

function inWorkspace(request: Request, workspace: string): Request {
  const url = new URL(request.url)
  url.searchParams.set('workspace', workspace)
  return new Request(url, request)
}

/** The body of a reply. @throws ClientError */
export async function bodyOf<T>(reply: Promise<{ data?: T }>): Promise<NonNullable<T>> {
  const { data } = await reply
  if (data === undefined || data === null) throw new ClientError({ ...unexpected, detail: 'The server sent no body' })
  return data
}

/** ms between questions whether something has ended, ever longer: a token makes no more than so many calls a minute. */
export function* pausesMs(): Generator<number, never> {
  for (let ms = 200; ; ms = Math.min(ms * 1.3, 3_000)) yield ms
}

export interface FieldProblem {
  readonly field: string
  readonly message: string
}

export interface Problem {
  /** HTTP status; 0 where no answer came. */
  readonly status: number
  /** A code of the server's table of errors, `unreachable`, or `unexpected_answer` where something else than Millrace answered. */
  readonly code: string
  readonly detail: string
  readonly hint?: string | undefined
  /** Which fields of the request are wrong, and how. */
  readonly fields?: readonly FieldProblem[] | undefined
  /** How long the server asks to wait. */
  readonly retryAfterSeconds?: number | undefined
}

export class ClientError extends Error implements Problem {
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly hint: string | undefined
  readonly fields: readonly FieldProblem[] | undefined
  readonly retryAfterSeconds: number | undefined

  constructor({ status, code, detail, hint, fields, retryAfterSeconds }: Problem, cause?: unknown) {
    super(detail, cause === undefined ? undefined : { cause })
    this.name = 'ClientError'
    this.status = status
    this.code = code
    this.detail = detail
    this.hint = hint
    this.fields = fields
    this.retryAfterSeconds = retryAfterSeconds
  }
}

const unexpected = { status: 0, code: 'unexpected_answer' } as const

/** What a refusal says: problem+json of Millrace, or the status of whatever stands before it. Reads the body. */
export async function errorOf(response: Response): Promise<ClientError> {
  const text = await response.text().catch(() => '')
  const problem = parseProblem(text)
  return new ClientError({
    status: response.status,
    code: textOf(problem['code']) ?? unexpected.code,
    detail: textOf(problem['detail']) ?? textOf(problem['title']) ?? `The server answered ${response.status}`,
    hint: textOf(problem['hint']),
    fields: fieldsOf(problem['errors']),
    retryAfterSeconds: retryAfterOf(response.headers.get('retry-after')),
  })
}

/** A request that got no answer: connection refused, cut, timed out. An aborted one is told as it is. */
export function unreachable(url: string, error: unknown): Error {
  if (error instanceof ClientError || (error instanceof Error && error.name === 'AbortError')) return error
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const reason =
    cause instanceof Error ? cause.message || ('code' in cause ? String(cause.code) : cause.name) : String(cause)
  return new ClientError({ status: 0, code: 'unreachable', detail: `No answer from ${url}: ${reason}` }, error)
}

function parseProblem(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

function fieldsOf(value: unknown): FieldProblem[] | undefined {
  if (!Array.isArray(value)) return undefined
  return value.flatMap((item: Partial<FieldProblem> | null) =>
    typeof item?.field === 'string' && typeof item.message === 'string'
      ? [{ field: item.field, message: item.message }]
      : [],
  )
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** RFC 9110 §10.2.3: seconds, or a date. */
function retryAfterOf(header: string | null): number | undefined {
  if (header === null) return undefined
  if (/^\d+$/.test(header)) return Number(header)
  const at = Date.parse(header)
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - Date.now()) / 1000))
}
