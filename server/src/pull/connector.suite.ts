/**
 * What any connector must do, whatever it fetches from. A connector's test is one line: `testConnector('HTTP JSON', open)`; a bug found
 * in one becomes a case for all.
 */
import { isEventType } from '@millrace/event/event'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openOutbound } from '../outbound.ts'
import { secretPaths } from '../settings.ts'
import type { DateRange, SourceState } from '../sources.ts'
import { silentLogger } from '../telemetry.ts'
import type { Connector, ConnectorContext, Page } from './connector.ts'
import { openConnectorHttp, openPauses } from './connector-http.ts'
import { eventsOf, linesOf } from './draft-events.ts'

export interface ConnectorFixture extends AsyncDisposable {
  readonly connector: Connector
  /** Of a source that does not change meanwhile. */
  readonly settings: Readonly<Record<string, unknown>>
  readonly range?: DateRange
  /** How many rows it has; they come in two pages at least. */
  readonly rowCount: number
}

export function testConnector(name: string, open: () => Promise<ConnectorFixture>): void {
  describe(`the ${name} connector`, () => {
    let fixture: ConnectorFixture
    beforeEach(async () => {
      fixture = await open()
    })
    afterEach(() => fixture[Symbol.asyncDispose]())

    async function read(state: SourceState = {}, signal = new AbortController().signal, pagesMax = 1_000) {
      const { connector, range } = fixture
      const outbound = openOutbound(['127.0.0.1'])
      const http = openConnectorHttp({
        outbound,
        pauses: openPauses(),
        scope: 'suite',
        signal,
      })
      const context: ConnectorContext = {
        range,
        http,
        outbound,
        progress() {},
        log: silentLogger,
        async saveSettings() {},
        signal,
      }
      const pages: Page<SourceState>[] = []
      let after = state
      const states: SourceState[] = []
      try {
        const settings = connector.settings.parse(fixture.settings)
        for await (const page of connector.read(settings, connector.state.parse(state), context)) {
          // As a job keeps it.
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

    it('takes its settings, begins with an empty state, and keeps its secrets where they can be sealed', () => {
      const { connector, settings } = fixture
      expect(connector.settings.safeParse(settings).success).toBe(true)
      expect(connector.state.safeParse({}).success).toBe(true)
      expect(connector.title).toMatch(/\S/)
      expect(secretPaths(connector.settings).every(([name]) => name !== undefined)).toBe(true)
    })

    it('gives every row once, in several pages, as events that the log takes', async () => {
      const { pages, rows } = await read()
      expect(pages.length).toBeGreaterThan(1)
      expect(rows).toHaveLength(fixture.rowCount)
      expect(new Set(rows).size).toBe(fixture.rowCount)
      for (const { drafts } of pages) {
        expect(drafts.every(({ type }) => isEventType(type))).toBe(true)
        for (const events of eventsOf(drafts, linesOf(drafts))) expect(events.faults ?? []).toEqual([])
      }
    })

    it('goes on from the state behind any page with exactly what follows it', async () => {
      const { pages, states, rows } = await read()
      let done = 0
      for (const [index, { drafts }] of pages.entries()) {
        done += drafts.length
        expect(fixture.connector.state.safeParse(states[index]).success).toBe(true)
        // Behind the last one lies the next run, which is the connector's own affair.
        if (index === pages.length - 1) break
        const rest = await read(states[index])
        expect(new Set([...rows.slice(0, done), ...rest.rows])).toEqual(new Set(rows))
        expect(rest.rows.length).toBeLessThanOrEqual(rows.length)
      }
    })

    it('gives a row the same id when it is read again, or none', async () => {
      const ids = async () => (await read()).pages.flatMap(({ drafts }) => drafts.map(({ id }) => id ?? null))
      expect(await ids()).toEqual(await ids())
    })

    it('ends when it is aborted, and when nobody wants a further page', async () => {
      const stop = new AbortController()
      stop.abort(new Error('stopped by the suite'))
      const { rows } = await read({}, stop.signal).catch(() => ({ rows: [] as string[] }))
      expect(rows.length).toBeLessThan(fixture.rowCount)
      expect((await read({}, undefined, 1)).pages).toHaveLength(1)
    })
  })
}

function identityOf({ type, id, data }: Page<SourceState>['drafts'][number]): string {
  return id ?? JSON.stringify([type, data])
}
