/**
 * Any HTTP API that answers with JSON, declared instead of programmed: where its records are, how its pages follow each other, who
 * asks. Pages are read in order, and the state behind each of them says where a run that broke off goes on.
 */
import { createHash } from 'node:crypto'
import { MillraceError } from '../../errors.ts'
import { mayRound, parseExactly } from '../../exact-json.ts'
import {
  type Connector,
  type ConnectorContext,
  type DateRange,
  type HttpAnswer,
  NotRetryable,
  type Page,
  type PulledDraft,
} from '../connector.ts'
import { callsFor } from './http-json/calls.ts'
import { type Credentials, openCredentials } from './http-json/credentials.ts'
import { firstPosition, nextPosition, type PageRequest, requestOf } from './http-json/paging.ts'
import { draftOf, recordsOf } from './http-json/records.ts'
import {
  type HttpJsonSettings,
  type HttpJsonState,
  httpJsonSettings,
  httpJsonState,
  type Position,
} from './http-json/settings.ts'
import { valueAt } from './http-json/value-path.ts'
import { icon } from './icon.ts'

type Mark = HttpJsonState['since']

const draftsPerPageMax = 2_000

export const httpJson: Connector<typeof httpJsonSettings, typeof httpJsonState> = {
  title: 'HTTP JSON',
  icon: icon('<path d="M9 4c-4 0-1 7-5 8 4 1 1 8 5 8M15 4c4 0 1 7 5 8-4 1-1 8-5 8"/>'),
  settings: httpJsonSettings,
  state: httpJsonState,
  isByDate: true,
  callsFor: (settings, range) => callsFor(httpJsonSettings, settings, range),
  read,
}

async function* read(
  settings: HttpJsonSettings,
  state: HttpJsonState,
  context: ConnectorContext,
): AsyncGenerator<Page<HttpJsonState>> {
  const { paging, pagesMax, incremental } = settings
  const range = rangeText(context.range)
  const credentials = openCredentials(settings, context)
  const repeats = watchForRepeats()
  const first = firstRequest(settings, state, context.range)
  let at: Position | undefined = state.unfinished?.next ?? firstPosition(paging)
  let highest = state.unfinished?.highest ?? state.since
  let loaded = 0
  for (let pages = 1; at !== undefined; pages++) {
    if (pages > pagesMax) throw new NotRetryable(`There was another page after ${pagesMax} of them (pagesMax)`)
    const request = requestOf(paging, at, first)
    const http = await fetchPage(settings, request, credentials, context)
    const json = http.bytes.length === 0 ? [] : http.json()
    const records = recordsOf(json, settings.recordPath)
    const next = nextPosition(paging, at, { http, json, recordCount: records.length, url: request.url })
    repeats.check(http.bytes, records.length, next)
    if (incremental) for (const record of records) highest = higher(highest, valueAt(record, incremental.field))

    const page = String(at)
    const exact = exactlyOf(http, json)
    const kept = exact === json ? records : recordsOf(exact, settings.recordPath)
    const drafts = kept.map((record, index) => draftOf(record, settings, { range, page, index }))
    loaded += drafts.length
    yield* pagesOf(drafts, stateBehind(state, next, highest))
    context.progress(loaded, undefined)
    at = next
  }
}

/** The answer with all digits of its numbers, for what is kept of it; what only guides the pages is told by JavaScript's own. */
function exactlyOf(http: HttpAnswer, json: unknown): unknown {
  const text = http.bytes.length === 0 ? '' : http.text()
  return mayRound(text) ? parseExactly(text) : json
}

/** While pages are to come, the value that they are asked by must not move: a run that goes on asks for the same list. */
function stateBehind({ since }: HttpJsonState, next: Position | undefined, highest: Mark): HttpJsonState {
  return next === undefined ? { since: highest, unfinished: null } : { since, unfinished: { next, highest } }
}

/** Of an answer with very many records, several; the state moves on behind the last of them. */
function* pagesOf(drafts: readonly PulledDraft[], state: HttpJsonState): Generator<Page<HttpJsonState>> {
  for (let from = 0; from + draftsPerPageMax < drafts.length; from += draftsPerPageMax) {
    yield { drafts: drafts.slice(from, from + draftsPerPageMax), state: {} }
  }
  const rest = drafts.length === 0 ? 0 : Math.floor((drafts.length - 1) / draftsPerPageMax) * draftsPerPageMax
  yield { drafts: drafts.slice(rest), state }
}

function firstRequest(
  { url, query, incremental }: HttpJsonSettings,
  state: HttpJsonState,
  range: DateRange | undefined,
): PageRequest {
  const since = state.since ?? incremental?.first
  const fill = (text: string) => fillIn(text, range, String)
  return {
    url: fillIn(url, range, encodeURIComponent),
    query: {
      ...Object.fromEntries(Object.entries(query).map(([name, value]) => [name, fill(value)])),
      ...(incremental && since !== undefined && { [incremental.parameter]: `${since}` }),
    },
  }
}

/** @throws MillraceError `invalid_request`: days are asked for, and the job has none. */
function fillIn(text: string, range: DateRange | undefined, encode: (day: string) => string): string {
  return text.replace(/\{(start|end)\}/g, (placeholder, name: keyof DateRange) => {
    if (range) return encode(range[name])
    throw new MillraceError(
      'invalid_request',
      `${placeholder} stands in the settings, and the job has no range of days`,
      {
        hint: 'Process a range, or give the schedule so many days: `sources process … --from … --to …`, `sources schedule … --days 1`.',
      },
    )
  })
}

/** A token that is refused in the middle is renewed once, and the page asked for again. */
async function fetchPage(
  settings: HttpJsonSettings,
  { url, query }: PageRequest,
  credentials: Credentials,
  { http, range }: ConnectorContext,
): Promise<HttpAnswer> {
  const ask = async () => {
    const shown = await credentials.current()
    const isJson = settings.method === 'POST' && settings.body !== undefined
    return http.request(url, {
      method: settings.method,
      query: { ...query, ...shown.query },
      headers: {
        accept: 'application/json',
        ...(isJson && { 'content-type': 'application/json' }),
        ...lower(settings.headers),
        ...lower(shown.headers),
      },
      ...(isJson && { body: fillIn(settings.body!, range, String) }),
      credential: credentials.name,
    })
  }
  let answer = await ask()
  if (answer.status === 401 && (await credentials.renew())) answer = await ask()
  if (answer.status >= 200 && answer.status < 300) return answer
  throw new NotRetryable(`${new URL(url).host} answered ${answer.status}`)
}

/** A source that ignores where it should go on gives the same page for ever. */
function watchForRepeats() {
  const seen = new Set<Position>()
  let previous = ''
  return {
    /** @throws NotRetryable: this page was there already, or is said to come again. */
    check(bytes: Uint8Array, recordCount: number, next: Position | undefined) {
      const sum = createHash('sha256').update(bytes).digest('base64')
      if (recordCount > 0 && sum === previous) {
        throw new NotRetryable(
          'The source answers the same page again and again: does it know the parameter of the paging?',
        )
      }
      if (next !== undefined && seen.has(next)) {
        throw new NotRetryable('The source leads back to a page that was read already, so its pages would never end')
      }
      previous = sum
      if (next !== undefined) seen.add(next)
    },
  }
}

/** Numbers as numbers; texts as texts, which is right for ISO 8601 of one zone and for ids that are padded. */
function higher(a: Mark, b: unknown): Mark {
  if (typeof b !== 'string' && typeof b !== 'number') return a
  if (a === null) return b
  if (typeof a === 'number' && typeof b === 'number') return Math.max(a, b)
  return String(b) > String(a) ? b : a
}

function lower(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

function rangeText(range: DateRange | undefined): string {
  return range ? `${range.start}..${range.end}` : ''
}
