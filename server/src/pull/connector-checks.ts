/**
 * What any connector must do, whatever it fetches from, as checks that need no test framework: `millrace connector test` runs them, and
 * the suite of the connectors that come along.
 */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { isEventType } from '@millrace/event/event'
import { openOutbound } from '../outbound.ts'
import { secretPaths } from '../settings.ts'
import type { DateRange, SourceState } from '../sources.ts'
import { silentLogger } from '../telemetry.ts'
import type { Connector, ConnectorContext, Page } from './connector.ts'
import { openConnectorHttp, openPauses } from './connector-http.ts'
import { eventsOf, rowsOf } from './draft-events.ts'

export interface ConnectorFixture extends AsyncDisposable {
  readonly connector: Connector
  /** Of a source that does not change meanwhile. It may be on this machine, at 127.0.0.1. */
  readonly settings: Readonly<Record<string, unknown>>
  readonly range?: DateRange
  /** How many rows it has; they come in two pages at least. */
  readonly rowCount: number
  /** What the context has beyond what every connector is given. */
  readonly context?: Partial<ConnectorContext>
}

export interface ConnectorCheck {
  /** Behind "it": `gives every row once`. */
  readonly name: string
  /** @throws AssertionError, and what the connector throws. */
  check(fixture: ConnectorFixture): Promise<void>
}

export const connectorChecks: readonly ConnectorCheck[] = [
  {
    name: 'takes its settings, begins with an empty state, and keeps its secrets where they can be sealed',
    check: takes,
  },
  { name: 'gives every row once, in several pages, as events that the log takes', check: givesOnce },
  { name: 'goes on from the state behind any page with exactly what follows it', check: goesOn },
  { name: 'gives a row the same id when it is read again, or none', check: keepsIds },
  { name: 'ends when it is aborted, and when nobody wants a further page', check: ends },
]

async function takes({ connector, settings }: ConnectorFixture): Promise<void> {
  const parsed = connector.settings.safeParse(settings)
  ok(parsed.success, `its schema does not take the settings of the fixture: ${parsed.error?.message}`)
  ok(connector.state.safeParse({}).success, 'its state does not begin with {}: give every member a default')
  match(connector.title, /\S/, 'it has no title')
  ok(
    secretPaths(connector.settings).every(([name]) => name !== undefined),
    'a secret is no member of the settings',
  )
}

async function givesOnce(fixture: ConnectorFixture): Promise<void> {
  const { pages, rows } = await read(fixture)
  ok(pages.length > 1, `it gave ${pages.length} page, and the fixture is to have two at least`)
  equal(rows.length, fixture.rowCount, `it gave ${rows.length} rows of ${fixture.rowCount}`)
  equal(new Set(rows).size, fixture.rowCount, 'some rows came twice')
  for (const page of pages) {
    const { drafts } = page
    const wrong = drafts.find(({ type }) => !isEventType(type))
    ok(wrong === undefined, `${JSON.stringify(wrong?.type)} is no event type`)
    for (const { faults = [] } of eventsOf(rowsOf(page))) deepEqual(faults, [], 'the log does not take a row')
  }
}

async function goesOn(fixture: ConnectorFixture): Promise<void> {
  const { pages, states, rows } = await read(fixture)
  let done = 0
  for (const [index, { drafts }] of pages.entries()) {
    done += drafts.length
    ok(
      fixture.connector.state.safeParse(states[index]).success,
      `it cannot read its own state behind page ${index + 1}`,
    )
    // Behind the last one lies the next run, which is the connector's own affair.
    if (index === pages.length - 1) break
    const rest = await read(fixture, states[index])
    deepEqual(
      new Set([...rows.slice(0, done), ...rest.rows]),
      new Set(rows),
      `from the state behind page ${index + 1} on it does not give what follows`,
    )
    ok(rest.rows.length <= rows.length, `from the state behind page ${index + 1} on it gives more than there is`)
  }
}

async function keepsIds(fixture: ConnectorFixture): Promise<void> {
  const ids = async () => (await read(fixture)).pages.flatMap(({ drafts }) => drafts.map(({ id }) => id ?? null))
  deepEqual(await ids(), await ids(), 'ids differ from one reading to the next')
}

async function ends(fixture: ConnectorFixture): Promise<void> {
  const stop = new AbortController()
  stop.abort(new Error('stopped by a check'))
  const { rows } = await read(fixture, {}, stop.signal).catch(() => ({ rows: [] as string[] }))
  ok(rows.length < fixture.rowCount, 'it reads all although its signal is aborted')
  equal((await read(fixture, {}, undefined, 1)).pages.length, 1, 'it does not end where nobody wants a further page')
}

interface Read {
  readonly pages: Page<SourceState>[]
  /** Behind each page, as a job keeps it. */
  readonly states: SourceState[]
  readonly rows: string[]
}

async function read(
  { connector, settings, range, context: more }: ConnectorFixture,
  state: SourceState = {},
  signal = new AbortController().signal,
  pagesMax = 1_000,
): Promise<Read> {
  const outbound = openOutbound(['127.0.0.1'])
  const http = openConnectorHttp({ outbound, pauses: openPauses(), scope: 'suite', signal })
  const context: ConnectorContext = {
    range,
    http,
    outbound,
    progress() {},
    log: silentLogger,
    async saveSettings() {},
    signal,
    ...more,
  }
  const pages: Page<SourceState>[] = []
  const states: SourceState[] = []
  let after = state
  try {
    for await (const page of connector.read(
      connector.settings.parse(settings),
      connector.state.parse(state),
      context,
    )) {
      after = JSON.parse(JSON.stringify({ ...after, ...page.state })) as SourceState
      states.push(after)
      pages.push(page as Page<SourceState>)
      if (pages.length >= pagesMax) break
    }
  } finally {
    http.close()
  }
  return { pages, states, rows: pages.flatMap(({ drafts }) => drafts.map(identityOf)) }
}

function identityOf({ type, id, data, line }: Page<SourceState>['drafts'][number]): string {
  return id ?? JSON.stringify([type, line?.toString() ?? data])
}
