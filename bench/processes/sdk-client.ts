/**
 * One SDK in a process of its own, that tracks and tells what it cost:
 *   burst     as fast as it can, giving way to the event loop every 500 events
 *   polite    the same, but never more than 10,000 events ahead of what is delivered
 *   steady    500 a second
 */
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import { type ClientName, openMeasuredClient, sdkEvent, type Tuning } from '../sdk-clients.ts'

export interface ClientReport {
  /** Of the process, from the first call until it is closed. */
  readonly cpuSeconds: number
  readonly seconds: number
  /** CPU seconds of the calls alone, what goes on beside them included. */
  readonly trackCpuSeconds: number
  readonly trackP99Micros: number
  readonly closeSeconds: number
  readonly peakMegabytes: number
}

const [name, url, manner, count, tuning, spoolDir] = process.argv.slice(2) as [
  ClientName,
  string,
  'burst' | 'polite' | 'steady',
  string,
  Tuning,
  string,
]
const events = Number(count)
const client = await openMeasuredClient(name, url, tuning, spoolDir)
const micros = new Float64Array(events)
const startedAt = performance.now()
const cpuAtStart = process.cpuUsage()

for (let n = 0; n < events; n++) {
  const data = sdkEvent(n)
  const before = performance.now()
  client.track(data)
  micros[n] = (performance.now() - before) * 1000
  if (manner === 'steady') {
    const aheadMs = (n / 500) * 1000 - (performance.now() - startedAt)
    if (aheadMs > 5) await sleep(aheadMs)
  } else if (n % 500 === 499) {
    await turn()
    if (manner === 'polite') await giveWay(n)
  }
}
const trackCpuSeconds = cpuSecondsSince(cpuAtStart)
const closingAt = performance.now()
await client.close()
const now = performance.now()
const report: ClientReport = {
  cpuSeconds: cpuSecondsSince(cpuAtStart),
  seconds: (now - startedAt) / 1000,
  trackCpuSeconds,
  trackP99Micros: micros.toSorted()[Math.floor(events * 0.99)]!,
  closeSeconds: (now - closingAt) / 1000,
  peakMegabytes: process.resourceUsage().maxRSS / 1024,
}
process.send!(report, () => process.exit(0))

async function giveWay(n: number): Promise<void> {
  if (client.ready !== undefined) await client.ready()
  else if (n % 10_000 === 9_999) await client.flush()
}

function cpuSecondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}
