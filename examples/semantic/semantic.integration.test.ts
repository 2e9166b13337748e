/** The example does what it says. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '@millrace/server/config'
import { startServer } from '@millrace/server/main'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { report } from './semantic.ts'

const folder = mkdtempSync(join(tmpdir(), 'millrace-example-'))
let server: Awaited<ReturnType<typeof startServer>>
let local: { url: string; token: string; ingestKey: string }

beforeAll(async () => {
  const flags = { port: '0', data: join(folder, 'data'), logLevel: 'error' }
  server = await startServer(await readConfig({ flags, env: {}, cwd: folder }))
  local = JSON.parse(readFileSync(join(folder, 'data', 'local.json'), 'utf8'))
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

it('two accounts become one report', async () => {
  const said: string[] = []
  const rows = await report({ ...local, key: local.ingestKey }, (text) => said.push(text))
  expect(rows).toEqual([
    ['United States', 250, 2.38],
    ['Europe', 230, 2.56],
    ['Elsewhere', 1, null],
  ])
  expect(said).toEqual([
    'A code was found in 75 % of the rows, not in: test do not use',
    'Region is in semantic_google_ads and semantic_social_ads.',
    'Of many rows the cost per click is (sum(CAST("spend" AS DOUBLE)) / nullif(sum(CAST("clicks" AS DOUBLE)), 0))',
    'Region unites both: semantic_google_ads, semantic_social_ads, harmonised_region, harmonised_region__totals.',
    'United States: 250 spent, 2.38 for a click',
    'Europe: 230 spent, 2.56 for a click',
    'Elsewhere: 1 spent, nothing for a click',
  ])
}, 60_000)
