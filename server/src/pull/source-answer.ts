/** What the status of an answer means to a connector: its body where it is a success, and else an error that says whether a repeat may help. */
import { type HttpAnswer, NotRetryable, sourceUnavailable } from './connector.ts'

const meanings: Readonly<Record<number, string>> = {
  400: 'it does not understand what it is asked for',
  401: 'it does not know who asks: the credentials are wrong or have expired',
  403: 'these credentials may not read that',
  404: 'there is no such thing',
  422: 'it refuses what it is asked for',
}

/**
 * JSON of an answer of 2xx.
 * @throws NotRetryable: 3xx and 4xx; MillraceError `source_unavailable`: 408 and 425, and what is no JSON. 429 and 5xx do not come here.
 */
export function bodyOf(answer: HttpAnswer, what: string): unknown {
  const { status } = answer
  if (status >= 200 && status < 300) return answer.json()
  const message = `${what}: ${meanings[status] ?? 'the source refuses'} (${status})`
  throw status === 408 || status === 425 ? sourceUnavailable(message) : new NotRetryable(message)
}
