/** Posts JSON to an address that somebody else named: only where this process may connect to, following no redirect. */
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { MillraceError } from '../../errors.ts'
import type { Outbound } from '../../outbound.ts'

const timeoutMs = 10_000

/** Resolves once it was answered with 2xx. @throws MillraceError `forbidden`; Error: it was not, or not in time. */
export async function postJson(
  url: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  { outbound, signal }: { outbound: Outbound; signal: AbortSignal },
): Promise<void> {
  const target = new URL(url)
  outbound.check(target.hostname)
  const request = target.protocol === 'https:' ? requestHttps : requestHttp
  await new Promise<void>((resolve, reject) => {
    const sending = request(
      target,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'millrace', ...headers },
        lookup: outbound.lookup,
        agent: false,
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      },
      (response) => {
        const { statusCode = 0 } = response
        response.destroy() // whatever it says further is of no interest
        if (statusCode >= 200 && statusCode < 300) resolve()
        else reject(new Error(`${target.host} answered ${statusCode}`))
      },
    )
    sending.on('error', (error) => reject(reasonOf(error, target.host)))
    sending.end(body)
  })
}

/** Of the address only the host: the rest of it may be secret. */
function reasonOf(error: Error, host: string): Error {
  if (error instanceof MillraceError) return error
  if (error.name === 'TimeoutError' || error.name === 'AbortError')
    return new Error(`${host} did not answer within ${timeoutMs / 1000} s`, { cause: error })
  const code = 'code' in error ? String(error.code) : 'unknown'
  return new Error(`${host} could not be reached: ${code}`, { cause: error })
}
