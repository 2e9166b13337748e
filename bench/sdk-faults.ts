/**
 * 500 events a second into a server that fails for a while: what is lost, what comes twice on the wire, how soon the rest is through.
 *
 *   node bench/sdk-faults.ts mixed [rounds]      5 s of 500, 5 s of 429 with Retry-After: 2, 5 s of dropped connections, half of them
 *                                                after the work was done; 10,000 events; all SDKs at their defaults, side by side
 *   node bench/sdk-faults.ts outage [seconds]    so many seconds of 500, then 10 more that are well; our SDK alone
 */
import { median } from './child.ts'
import type { ClientName } from './sdk-clients.ts'
import { runSdk, type SdkOutcome } from './sdk-run.ts'

const [kind = 'mixed', number] = process.argv.slice(2)
const eventsPerSecond = 500

if (kind === 'mixed') {
  const outcomes = new Map<ClientName, SdkOutcome[]>()
  for (let round = 0; round < Number(number ?? 3); round++) {
    const names = ['floor', 'millrace', 'mixpanel', 'snowplow', 'posthog', 'segment'] as const
    for (const [name, outcome] of await Promise.all(names.map(async (name) => [name, await mixed(name)] as const))) {
      outcomes.set(name, [...(outcomes.get(name) ?? []), outcome])
    }
  }
  for (const [name, runs] of outcomes) tell(name, 10_000, runs)
} else {
  const seconds = Number(number ?? 30)
  const events = (seconds + 10) * eventsPerSecond
  const run = { manner: 'steady', events, tuning: 'defaults', secondsMax: seconds + 120 } as const
  tell('millrace', events, [await runSdk({ client: 'millrace', ...run, faults: [['500', seconds]] })])
}

function mixed(client: ClientName): Promise<SdkOutcome> {
  const faults = [
    ['500', 5],
    ['429', 5],
    ['drop', 5],
  ] as const
  return runSdk({ client, manner: 'steady', events: 10_000, tuning: 'defaults', secondsMax: 80, faults })
}

function tell(name: ClientName, events: number, outcomes: readonly SdkOutcome[]): void {
  const of = (value: (outcome: SdkOutcome) => number) => median(outcomes.map(value))
  const seconds = of(({ report }) => report?.closeSeconds ?? Number.NaN)
  console.log(
    [
      name.padEnd(9),
      `lost ${of((outcome) => events - outcome.events)} of ${events}`,
      `came again ${of(({ repeats }) => repeats)}`,
      `close took ${seconds.toFixed(1)} s`,
      `${of(({ report }) => report?.peakMegabytes ?? Number.NaN).toFixed(0)} MB`,
      `${of(({ requestsDuringFaults }) => requestsDuringFaults)} requests during the faults`,
      `${of(({ requests }) => requests)} in all`,
    ].join('  '),
  )
}
