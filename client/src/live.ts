/** Events as they go by, by server-sent events. */
import { type Client, ClientError } from './client.ts'

export type LiveStage = 'ingested' | 'transformed' | 'loaded' | 'failed'

export interface LiveFilter {
  readonly stage?: LiveStage
  /** Label of an input. */
  readonly input?: string
  readonly eventType?: string
}

export interface LiveEvent {
  readonly stage: LiveStage
  readonly receivedAt: string
  readonly eventType: string
  readonly input: string
  /** `VALID`, or the code of what went wrong, and the reason. */
  readonly status: string
  readonly message: string | null
  /** Its first 16 KiB, and whether that is all. */
  readonly raw: { readonly encoding: 'utf8' | 'base64'; readonly data: string; readonly isWhole: boolean }
  readonly metadata: Readonly<Record<string, unknown>>
}

/** What is told, in its order. */
export type LiveMessage =
  /** The server listens: later events are shown. */
  | { readonly kind: 'open' }
  | { readonly kind: 'event'; readonly event: LiveEvent }
  /** There was too much to show: so many events were left out. */
  | { readonly kind: 'dropped'; readonly events: number }

/**
 * Ends when the server ends it, after half an hour: then ask again.
 * @throws ClientError `overloaded`: too many watch; `unreachable`; the signal's reason.
 */
export async function* watchEvents(
  client: Client,
  filter: LiveFilter = {},
  signal?: AbortSignal,
): AsyncGenerator<LiveMessage> {
  const params = { query: filter }
  const { response } = await client.GET('/api/v1/live', { params, parseAs: 'stream', ...(signal && { signal }) })
  if (!response.body) throw new ClientError({ status: 0, code: 'unexpected_answer', detail: 'The server sent no body' })
  yield { kind: 'open' }
  for await (const message of messagesOf(response.body)) {
    if (message.type === 'event') yield { kind: 'event', event: JSON.parse(message.data) as LiveEvent }
    if (message.type === 'dropped') yield { kind: 'dropped', ...(JSON.parse(message.data) as { events: number }) }
  }
}

/** Messages of a stream of the WHATWG's format, as far as ours use it: `event:`, `data:`, comments, an empty line behind each. */
export async function* messagesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<{ type: string; data: string }> {
  let message = { type: 'message', data: [] as string[] }
  for await (const line of linesOf(body)) {
    if (line === '') {
      if (message.data.length > 0) yield { type: message.type, data: message.data.join('\n') }
      message = { type: 'message', data: [] }
    } else if (line.startsWith('event:')) message.type = line.slice(6).trimStart()
    else if (line.startsWith('data:')) message.data.push(line.slice(5).replace(/^ /, ''))
  }
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop()!
    for (const line of lines) yield line.replace(/\r$/, '')
  }
}
