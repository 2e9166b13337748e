import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { metricNames } from '../minute-metrics.ts'
import { emptyBooks } from '../rows.ts'
import { openMetrics } from './metrics.ts'

function metricsOf(workspaces: readonly string[]) {
  const metrics = openMetrics()
  for (const workspace of workspaces) {
    metrics.ingested({ workspace, input: 'a"b,workspace="other"', events: 3, unreadable: 1, bytes: 10 })
    metrics.loaded(workspace, { books: { ...emptyBooks, loaded: 2 }, failures: [], delayMs: 1, durationMs: 1 })
    metrics.latency(workspace, { '0.5': 10, '0.95': undefined }, 12)
    metrics.state({ workspace, end: 3n, position: 3n, logBytes: 5, waiting: 0, isStopped: false })
  }
  metrics.refused('unauthenticated')
  return metrics
}

test('the metrics of one workspace name no other, and nothing of the process', async () => {
  const metrics = metricsOf(['shop', 'other', 'shop-2'])
  const { text } = await metrics.text('shop')
  const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  expect(series.length).toBeGreaterThan(10)
  for (const line of series) expect(line).toMatch(/[{,]workspace="shop"[,}]/)
  const named = series.map((line) => line.split('{')[0]!.replace(/_(bucket|sum|count)$/, ''))
  expect(text.match(/^# TYPE (\S+)/gm)!.map((line) => line.split(' ')[2])).toEqual([...new Set(named)])
})

test('the metrics of all workspaces have each of them, and those of the process', async () => {
  const { text } = await metricsOf(['shop', 'other']).text()
  for (const part of ['workspace="shop"', 'workspace="other"', 'millrace_process_', 'code="unauthenticated"']) {
    expect(text).toContain(part)
  }
})

test('a workspace of which nothing is known has none', async () => {
  expect((await metricsOf(['shop']).text('sho')).text).toBe('')
})

test('the guide names for each of the fifteen what Prometheus has of it, and there is such a metric', async () => {
  const guide = readFileSync(new URL('../../../docs/guides/observing.md', import.meta.url), 'utf8')
  const rows = guide.split('| name | in PromQL |')[1]!.split('\n\n')[0]!
  for (const name of metricNames) expect(rows).toContain(name.startsWith('LATENCY_') ? '`LATENCY_…`' : `\`${name}\``)
  const { text } = await metricsOf(['shop']).text()
  const named = new Set(rows.match(/millrace_[a-z_]+/g))
  expect(named.size).toBeGreaterThan(8)
  for (const metric of named) expect(text).toContain(`# TYPE ${metric} `)
})
