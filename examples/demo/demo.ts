/** The main job on real input: starts a server in a fresh folder, sends some 250,000 records, and shows what became of them. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { readConfig } from '@millrace/server/config'
import { startServer } from '@millrace/server/main'
import cliProgress from 'cli-progress'
import Table from 'cli-table3'
import { openDemoClient } from './client.ts'
import { type Dataset, githubDeliveries, vegaDatasets } from './datasets.ts'

const recordsPerRequest = 500

const folder = mkdtempSync(join(tmpdir(), 'millrace-demo-'))
const server = await startServer(
  await readConfig({ flags: { port: '0', data: folder, logLevel: 'warn' }, env: {}, cwd: folder }),
)
process.once('SIGINT', () => void finish(130))
try {
  await run()
  await finish(0)
} catch (error) {
  console.error(error)
  await finish(1)
}
