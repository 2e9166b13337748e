/** A server of the SDK's tests without a network: what it answers is a script, what it stored is there to look at. */
import type { Transport, WireAnswer } from './types.ts'

export interface FakeServer {
  readonly transport: Transport
  /** Ids of the events of each request, in the order of the requests. */
  readonly requests: readonly (readonly string[])[]
  /** Ids of what was stored, in order; a batch that came again is stored once. */
  readonly stored: readonly string[]
  readonly headers: readonly Readonly<Record<string, string>>[]
  readonly bodies: readonly string[]
  /** The next answers; an empty script accepts everything. */
  script: Answer[]
  /** Answers what the script does not. */
  otherwise: Answer
  /** Most requests under way at one time. */
  readonly mostAtOnce: number
}

/** A status, a whole answer, `cut`: it stores and says nothing, or `gone`: it does not even store. */
export type Answer = number | Partial<WireAnswer> | 'cut' | 'gone' | ((ids: readonly string[]) => Answer)

export function openFakeServer({ delayMs = 0 } = {}): FakeServer {
  const requests: string[][] = []
  const stored: string[] = []
  const headersOf: Record<string, string>[] = []
  const bodies: string[] = []
  const batches = new Set<string>()
  let [atOnce, mostAtOnce] = [0, 0]

  const store = (batch: string, ids: readonly string[]) => {
    if (!batches.has(batch)) stored.push(...ids)
    batches.add(batch)
  }
  const answerTo = (answer: Answer, batch: string, ids: readonly string[]): WireAnswer => {
    if (typeof answer === 'function') return answerTo(answer(ids), batch, ids)
    if (answer === 'cut') store(batch, ids)
    if (answer === 'cut' || answer === 'gone') throw new Error('socket hang up')
    const { status = 200, headers = {}, body } = typeof answer === 'number' ? { status: answer } : answer
    if (status === 200) store(batch, ids)
    return { status, headers, body: body ?? (status === 200 ? `{"accepted":${ids.length},"restreamed":0}` : '') }
  }

  const server = {
    requests,
    stored,
    headers: headersOf,
    bodies,
    script: [] as Answer[],
    otherwise: 200 as Answer,
    get mostAtOnce() {
      return mostAtOnce
    },
    async transport({ headers, body }: Parameters<Transport>[0]) {
      const text = String(body)
      const ids = text.split('\n').flatMap((line) => (line === '' ? [] : (JSON.parse(line) as { id: string }).id))
      requests.push(ids)
      headersOf.push({ ...headers })
      bodies.push(text)
      mostAtOnce = Math.max(mostAtOnce, ++atOnce)
      await new Promise((resolve) => setTimeout(resolve, delayMs))
      atOnce--
      return answerTo(server.script.shift() ?? server.otherwise, headers['idempotency-key'] ?? '', ids)
    },
  }
  return server
}
