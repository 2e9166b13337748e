/** Asks a connector what its settings could choose from: for a time that somebody waits, and without telling the secrets among them. */
import { MillraceError } from '../errors.ts'
import type { Outbound } from '../outbound.ts'
import type { Resource } from '../resources.ts'
import type { Logger } from '../telemetry.ts'
import { type Connector, NotRetryable } from './connector.ts'
import { openConnectorHttp, type Pauses } from './connector-http.ts'
import { openRedaction, type Redaction } from './redaction.ts'

interface DiscoveryParts {
  readonly outbound: Outbound
  readonly pauses: Pauses
  readonly filesRoot?: string
  readonly timeLimitMs?: number
}

const defaultTimeLimitMs = 30_000
const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} }

/**
 * `settings`: parsed, with their secrets.
 * @throws MillraceError `invalid_request`: there is nothing to choose, or the settings are wrong; `source_unavailable`; `forbidden`.
 */
export async function discover(
  { outbound, pauses, filesRoot, timeLimitMs = defaultTimeLimitMs }: DiscoveryParts,
  connector: Connector | undefined,
  workspace: string,
  settings: Readonly<Record<string, unknown>>,
): Promise<readonly Resource[]> {
  if (connector?.discover === undefined)
    throw new MillraceError('invalid_request', 'There is nothing to choose from for an input of this type')
  const stop = new AbortController()
  const { signal } = stop
  const late = Promise.withResolvers<never>()
  late.promise.catch(() => {}) // told to who waits, or to nobody
  const timer = setTimeout(() => {
    const error = new MillraceError('source_unavailable', `The source did not answer in ${timeLimitMs / 1000} seconds`)
    late.reject(error)
    stop.abort(error)
  }, timeLimitMs)
  const http = openConnectorHttp({ outbound, pauses, scope: workspace, signal })
  try {
    const where = filesRoot === undefined ? {} : { filesRoot }
    return await Promise.race([
      connector.discover(settings, { http, outbound, log: silent, signal, ...where }),
      late.promise,
    ])
  } catch (error) {
    throw told(error, openRedaction(connector.settings, settings))
  } finally {
    clearTimeout(timer)
    http.close()
  }
}

function told(error: unknown, { redact }: Redaction): MillraceError {
  const message = redact(error instanceof Error ? error.message : String(error))
  if (error instanceof MillraceError) {
    const { code, hint, retryAfterSeconds } = error
    return new MillraceError(code, message, { ...(hint && { hint }), ...(retryAfterSeconds && { retryAfterSeconds }) })
  }
  return new MillraceError(error instanceof NotRetryable ? 'invalid_request' : 'source_unavailable', message)
}
