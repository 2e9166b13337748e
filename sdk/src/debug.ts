/** What a client tells at its debug levels: 1 each event, 2 each request, 3 bodies and answers. No key is in it, nor in any error. */
import type { Contents, Core } from './parts.ts'
import type { ClientOptions, Verdict } from './types.ts'

export function tellWhatHappens(core: Core, { logger = console, authKey }: ClientOptions): void {
  const { delivery, draft, emit } = core
  const { prepare, send } = delivery
  const keys = [core.address.apiKey, authKey].flatMap((key) => (key ? [key, encodeURIComponent(key)] : []))
  const masked = (text: string) => keys.reduce((shown, key) => shown.replaceAll(key, '***'), text)

  function tell(level: 1 | 2 | 3, line: () => string): void {
    if (core.debugLevel < level) return
    const text = masked(line())
    if (!emit('debug', text)) logger.debug(`millrace: ${text}`)
  }

  core.draft = (...given) => {
    const drafted = draft(...given)
    if (typeof drafted !== 'string') tell(1, () => `event ${drafted[0].stream} ${drafted[0].data}`)
    return drafted
  }
  delivery.prepare = async (contents, batchId, isLast) => {
    tell(3, () => `body ${bodyOf(core, contents, batchId)}`)
    return prepare(contents, batchId, isLast)
  }
  delivery.send = async (prepared, signal, isLast) => {
    const verdict = maskedVerdict(await send(prepared, signal, isLast), masked)
    tell(2, () => `${prepared.method} of ${prepared.bytes} bytes: ${verdict.status ?? ''} ${verdict.kind}`)
    tell(3, () => `answer ${JSON.stringify(verdict)}`)
    return verdict
  }
}

/** What a server or a network says may be what it was sent. */
function maskedVerdict(verdict: Verdict, masked: (text: string) => string): Verdict {
  return 'message' in verdict ? { ...verdict, message: masked(verdict.message) } : verdict
}

/** Before compression. */
function bodyOf({ wire }: Core, contents: Contents, batchId: string): string {
  return contents.body
    ? new TextDecoder().decode(contents.body())
    : (wire.encode(contents.events(), batchId).body ?? '')
}
