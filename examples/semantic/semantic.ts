/**
 * Campaigns of two advertising accounts made one report: region and channel are read from the campaigns' names, costs are called
 * the same, and what a click costs is a formula. Whoever asks in SQL sees it all: it is views.
 *
 *   MILLRACE_TOKEN=mlr_api_… MILLRACE_KEY=… node examples/semantic/semantic.ts
 */
import { setTimeout as pause } from 'node:timers/promises'
import { bodyOf, type Client, ClientError, openClient } from '@millrace/client/client'
import {
  calculatedMeasurementSql,
  createCalculatedMeasurement,
  createHarmonisedDimension,
  createPattern,
  previewPattern,
  setDimension,
} from '@millrace/client/semantic'

export interface Server {
  readonly url: string
  /** Of an editor. */
  readonly token: string
  /** Of a native input. */
  readonly key: string
}

const google = [
  { campaign: 'EU_Search_Brand_2026', cost: 120, clicks: 60, impressions: 4_000 },
  { campaign: 'EU_Display_Summer_2026', cost: 80, clicks: 10, impressions: 20_000 },
  { campaign: 'US_Search_Brand_2026', cost: 200, clicks: 80, impressions: 5_000 },
  { campaign: 'test do not use', cost: 1, clicks: 0, impressions: 10 },
]
const social = [
  { name: 'us-video-launch', spend: 50, clicks: 25, impressions: 9_000 },
  { name: 'EU-video-launch', spend: 30, clicks: 20, impressions: 8_000 },
]

const regions = [
  { from: 'EU', to: 'Europe' },
  { from: 'US', to: 'United States' },
]

/** Gives the report: region, spend, cost per click. */
export async function report(server: Server, say: (text: string) => void) {
  const client = openClient(server)
  await send(server, 'google_ads', google)
  await send(server, 'social_ads', social)
  await rows(client, 'google_ads', google.length)
  await rows(client, 'social_ads', social.length)

  const code = { kind: 'regex', expression: '^([a-z]{2})[_-]', group: 1, isCaseSensitive: false } as const
  const { coverage, misses } = await previewPattern(client, {
    ...{ source: { table: 'google_ads', column: 'campaign' }, rule: code, default: null, limit: 5, rowsMax: 100_000 },
  })
  say(`A code was found in ${(coverage.rows ?? 0) * 100} % of the rows, not in: ${misses.map(({ value }) => value)}`)

  const sources = [
    { table: 'google_ads', column: 'campaign' },
    { table: 'social_ads', column: 'name' },
  ]
  const { id: codes } = await createPattern(client, { name: 'Region code', sources, rule: code, default: null })
  const ofCodes = sources.map(({ table }) => ({ table, pattern: codes }))
  const names = { kind: 'lookup', entries: regions, isCaseSensitive: false } as const
  const pattern = await createPattern(client, { name: 'Region', sources: ofCodes, rule: names, default: 'Elsewhere' })
  say(`${pattern.name} is in ${pattern.views.join(' and ')}.`)

  await setDimension(client, 'google_ads', 'cost', { displayName: 'spend' })
  const { id } = await createCalculatedMeasurement(client, { name: 'CPC', formula: 'spend / clicks', tables: null })
  const [sql] = await calculatedMeasurementSql(client, id)
  say(`Of many rows the cost per click is ${sql?.aggregate}`)

  const members = sources.map(({ table }) => ({ table, pattern: pattern.id }))
  const { views } = await createHarmonisedDimension(client, { name: 'Region', members })
  say(`Region unites both: ${views.join(', ')}.`)
  const found = await query(
    client,
    `SELECT "Region", sum(spend), round(${sql?.aggregate}, 2) FROM harmonised_region GROUP BY 1 ORDER BY 2 DESC`,
  )
  for (const [region, spend, cpc] of found) say(`${region}: ${spend} spent, ${cpc ?? 'nothing'} for a click`)
  return found
}

async function send({ url, key }: Server, type: string, events: readonly object[]): Promise<void> {
  const answer = await fetch(`${url}/api/v1/events/${type}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(events),
  })
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
}

async function query(client: Client, sql: string) {
  return (await bodyOf(client.POST('/api/v1/query', { body: { sql, parameters: [], limit: 100 } }))).rows as unknown[][]
}

/** Until a table has so many. */
async function rows(client: Client, name: string, wanted: number): Promise<void> {
  for (;;) {
    const table = await bodyOf(client.GET('/api/v1/tables/{name}', { params: { path: { name } } })).catch((error) => {
      if (error instanceof ClientError && error.status === 404) return { rowCount: 0 }
      throw error
    })
    if (table.rowCount >= wanted) return
    await pause(100)
  }
}

if (import.meta.main) {
  const {
    MILLRACE_URL: url = 'http://127.0.0.1:4700',
    MILLRACE_TOKEN: token = '',
    MILLRACE_KEY: key = '',
  } = process.env
  try {
    await report({ url, token, key }, console.log)
  } catch (error) {
    if (!(error instanceof ClientError)) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}
