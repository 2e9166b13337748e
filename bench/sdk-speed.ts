/**
 * CPU of an event from `track` to its acknowledgement, calls per CPU second, memory: our SDK at its defaults, 40 lines that do the
 * least there is to do, and the peers, tuned as their manuals tell. Then a burst of 200,000 at defaults, where peers are given 30 s.
 *
 *   node bench/sdk-speed.ts [rounds of each] [only: polite | burst]
 */
import { median } from './child.ts'
import type { ClientName, Tuning } from './sdk-clients.ts'
import { runSdk, type SdkOutcome, type SdkRun } from './sdk-run.ts'

const rounds = Number(process.argv[2] ?? 3)
const only = process.argv[3]
const politeEvents = 50_000
const burstEvents = 200_000

if (only !== 'burst') {
  console.log(`polite, ${politeEvents} events, ${rounds} rounds`)
  for (const name of ['floor', 'floor-gzip', 'millrace', 'mixpanel', 'snowplow', 'posthog', 'segment'] as const) {
    await measure(name, { manner: 'polite', events: politeEvents, tuning: 'tuned', secondsMax: 60 }, rounds)
  }
}
if (only !== 'polite') {
  console.log(`burst, ${burstEvents} events, defaults, ${rounds} rounds; peers once`)
  for (const name of ['floor', 'floor-gzip', 'millrace'] as const) await burst(name, rounds)
  for (const name of ['mixpanel', 'snowplow', 'posthog', 'segment'] as const) await burst(name, 1)
}

function burst(name: ClientName, times: number): Promise<void> {
  return measure(name, { manner: 'burst', events: burstEvents, tuning: 'defaults' as Tuning, secondsMax: 30 }, times)
}

async function measure(client: ClientName, run: Omit<SdkRun, 'client'>, times: number): Promise<void> {
  const outcomes: SdkOutcome[] = []
  for (let round = 0; round < times; round++) outcomes.push(await runSdk({ client, ...run }))
  const reports = outcomes.flatMap(({ report, events }) => (report === undefined ? [] : { ...report, events }))
  const lost = median(outcomes.map(({ events }) => run.events - events))
  if (reports.length < times)
    return console.log(`${client.padEnd(9)} not done after ${run.secondsMax} s, ${lost} missing`)
  const of = (value: (report: (typeof reports)[number]) => number) => median(reports.map(value)).toFixed(1)
  console.log(
    [
      client.padEnd(9),
      `${of(({ cpuSeconds, events }) => (cpuSeconds * 1e6) / events)} µs CPU/event`,
      `${of(({ trackCpuSeconds }) => run.events / trackCpuSeconds / 1000)} k calls/CPU s`,
      `p99 ${of(({ trackP99Micros }) => trackP99Micros)} µs`,
      `${of(({ seconds, events }) => events / seconds / 1000)} k events/s`,
      `${of(({ peakMegabytes }) => peakMegabytes)} MB`,
      `lost ${lost}`,
      `repeated ${median(outcomes.map(({ repeats }) => repeats))}`,
    ].join('  '),
  )
}
