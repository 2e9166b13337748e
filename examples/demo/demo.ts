/** The main job on real input: starts a server in a fresh folder, sends some 250,000 records, and shows what became of them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '@millrace/server/config'
import { startServer } from '@millrace/server/main'
import cliProgress from 'cli-progress'
import { openDemoApi } from './api.ts'
import { githubDeliveries, vegaDatasets } from './datasets.ts'
import { report } from './report.ts'
import { sendDatasets } from './send.ts'

const folder = mkdtempSync(join(tmpdir(), 'millrace-demo-'))
const config = await readConfig({
  flags: { port: '0', data: join(folder, 'data'), logLevel: 'warn' },
  env: {},
  cwd: folder,
})
const server = await startServer(config)

async function finish(exitCode: number): Promise<never> {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
  process.exit(exitCode)
}
process.once('SIGINT', () => void finish(130))

try {
  const access = JSON.parse(readFileSync(join(folder, 'data', 'local.json'), 'utf8'))
  const api = openDemoApi(access)
  const datasets = [...githubDeliveries(), ...vegaDatasets()]
  const total = datasets.reduce((sum, { records }) => sum + records.length, 0)
  console.log(`Sending ${total.toLocaleString('en')} real records of ${datasets.length} event types to ${server.url}\n`)
  const bar = new cliProgress.SingleBar(
    { format: '  {bar} {percentage}%  {value}/{total} records  {eta_formatted} left', hideCursor: true },
    cliProgress.Presets.shades_classic,
  )
  const startedAt = performance.now()
  bar.start(total, 0)
  await sendDatasets(access, datasets, (records) => bar.increment(records))
  bar.stop()
  const seconds = (performance.now() - startedAt) / 1000
  console.log(
    `  durable after ${seconds.toFixed(1)} s: ${Math.round(total / seconds).toLocaleString('en')} records a second\n`,
  )
  await report(api, { total, startedAt })
  await finish(0)
} catch (error) {
  console.error(error)
  await finish(1)
}
