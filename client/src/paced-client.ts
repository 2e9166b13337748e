/**
 * A client that keeps within the limits of its tokens: it waits when one is used up, or goes on with another, and so do all
 * processes of this machine that use the same. A call that is refused all the same is made again when the server says.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { type AllowanceFile, cacheFolder, openAllowanceFile } from './allowance-file.ts'
import { type CallHistory, openCallHistory } from './call-history.ts'
import { type Client, type ClientSettings, openClient } from './client.ts'
import { allowancesOf, freeAt, learn, reserve } from './rate-limit.ts'

export interface PacedSettings extends Pick<ClientSettings, 'url' | 'workspace'> {
  /** One, or several: the first that has calls left is used. */
  readonly tokens: readonly string[]
  /** How long a call waits for calls that are left; what would take longer is refused as the server refuses it. 120 where missing. */
  readonly waitSecondsMax?: number
  /** Where processes share what is left; the user's cache folder where missing. */
  readonly folder?: string
  /** A line of JSON for each call is added to it: when, what, with which token (by its place), how it went. Nothing where missing. */
  readonly historyFile?: string
  /** Told before a call waits. */
  readonly onWait?: (seconds: number) => void
  readonly signal?: AbortSignal
}

interface Paced {
  /** From 1. */
  readonly place: number
  readonly token: string
  readonly file: AllowanceFile
}

const defaultWaitSecondsMax = 120
/** Where a server refuses and does not say for how long. */
const unknownWaitSeconds = 5

/** Not for browsers: it keeps files. @throws TypeError: no token is given. */
export function openPacedClient(settings: PacedSettings): Client {
  const { url, workspace, tokens, folder = cacheFolder(), historyFile } = settings
  if (tokens.length === 0) throw new TypeError('A paced client needs a token')
  const origin = url.replace(/\/+$/, '')
  const paced = tokens.map((token, index) => {
    return { place: index + 1, token, file: openAllowanceFile(folder, origin, token) }
  })
  const history = historyFile === undefined ? undefined : openCallHistory(historyFile)
  return openClient({ url, workspace, token: undefined, fetch: pacedFetch(paced, settings, history) })
}

function pacedFetch(all: readonly Paced[], settings: PacedSettings, history: CallHistory | undefined) {
  const { waitSecondsMax = defaultWaitSecondsMax, onWait, signal } = settings
  return async (request: Request): Promise<Response> => {
    const deadline = Date.now() + waitSecondsMax * 1000
    for (;;) {
      const { one, at } = await firstFree(all)
      // Beyond the deadline the server itself says why not.
      const waitMs = at - Date.now()
      if (waitMs > 0 && at <= deadline) {
        onWait?.(Math.ceil(waitMs / 1000))
        await delay(waitMs, undefined, { signal: signal ? AbortSignal.any([signal, request.signal]) : request.signal })
        continue
      }
      const answer = await callWith(one, request, history)
      if (answer.status !== 429) return answer
      const next = await firstFree(all)
      if (next.at > deadline) return answer
      await answer.body?.cancel()
    }
  }
}

/** The token whose turn is first, and one call of it taken; nothing is taken where it has to be waited for. */
async function firstFree(all: readonly Paced[]): Promise<{ one: Paced; at: number }> {
  let best: { one: Paced; at: number } | undefined
  for (const one of all) {
    const at = await one.file.change((known) => {
      const now = Date.now()
      const at = freeAt(known, now)
      return { known: at > now ? known : reserve(known, now), result: at }
    })
    if (at <= Date.now()) return { one, at }
    if (best === undefined || at < best.at) best = { one, at }
  }
  return best!
}

async function callWith(
  { place, token, file }: Paced,
  request: Request,
  history: CallHistory | undefined,
): Promise<Response> {
  const again = request.clone()
  again.headers.set('authorization', `Bearer ${token}`)
  const beganAt = Date.now()
  const note = (status: number | null) =>
    history?.add({
      at: beganAt,
      method: request.method,
      url: request.url,
      token: place,
      status,
      tookMs: Date.now() - beganAt,
    })
  try {
    const answer = await fetch(again)
    await file.change((known) => ({ known: learn(known, toldBy(answer)), result: undefined }))
    await note(answer.status)
    return answer
  } catch (error) {
    await note(null)
    throw error
  }
}

/** A refusal uses up the token until the time it names, whatever else it says. */
function toldBy({ status, headers }: Response) {
  const now = Date.now()
  const told = allowancesOf(headers, now)
  if (status !== 429 || freeAt(told, now) > now) return told
  const seconds = Number(headers.get('retry-after')) || unknownWaitSeconds
  return { ...told, refused: { limit: 0, remaining: 0, resetAt: now + seconds * 1000, windowMs: 0 } }
}
