/**
 * Processes that track 1,000 events and end without a flush, in four ways; then a second process with the same folder, for who keeps
 * something there. How many arrive, and how long the first one takes to go.
 *
 *   node bench/sdk-exit.ts [rounds]
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { median, startProcess } from './child.ts'
import type { SinkCounts } from './processes/sdk-sink.ts'
import type { ClientName } from './sdk-clients.ts'

const rounds = Number(process.argv[2] ?? 3)
const ways = ['end', 'exit', 'SIGTERM', 'throw'] as const
const secondsMax = 30

for (const name of ['millrace', 'floor', 'mixpanel', 'snowplow', 'posthog', 'segment'] as const) {
  const cells: string[] = []
  for (const way of ways) {
    const outcomes: { arrived: number; seconds: number }[] = []
    for (let round = 0; round < rounds; round++) outcomes.push(await endAndComeBack(name, way))
    const [arrived, seconds] = [outcomes.map((one) => one.arrived), outcomes.map((one) => one.seconds)]
    cells.push(`${way} ${median(arrived)} (${median(seconds).toFixed(1)} s)`)
  }
  console.log(`${name.padEnd(9)} ${cells.join('  ')}`)
}

async function endAndComeBack(name: ClientName, way: (typeof ways)[number]) {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-sdk-exit-'))
  const sink = startProcess('sdk-sink', [])
  const { url } = await sink.answer<{ url: string }>()
  try {
    const startedAt = performance.now()
    await run([name, url, way, join(folder, 'spool')])
    const seconds = (performance.now() - startedAt) / 1000
    if (name === 'millrace') await run([name, url, 'again', join(folder, 'spool')])
    return { arrived: (await sink.answer<SinkCounts>('counts')).events, seconds }
  } finally {
    process.kill(sink.pid, 'SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

async function run(args: readonly string[]): Promise<void> {
  const script = join(import.meta.dirname, 'processes', 'sdk-exit.ts')
  const child = spawn(process.execPath, [script, ...args], { stdio: 'ignore' })
  const timer = setTimeout(() => child.kill('SIGKILL'), secondsMax * 1000)
  await once(child, 'exit')
  clearTimeout(timer)
}
