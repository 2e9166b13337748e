/** One SDK against a sink of its own: what it cost, and what of it arrived. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BenchProcess, startProcess } from './child.ts'
import type { ClientReport } from './processes/sdk-client.ts'
import type { SinkCounts, SinkMode } from './processes/sdk-sink.ts'
import type { ClientName, Tuning } from './sdk-clients.ts'
import { type BuiltPrograms, buildPrograms } from './sdk-package.ts'

export interface SdkRun {
  readonly client: ClientName
  readonly manner: 'burst' | 'polite' | 'steady'
  readonly events: number
  readonly tuning: Tuning
  /** It is ended then, whatever it has not done. */
  readonly secondsMax: number
  /** What the sink does, each for so many seconds, before it takes everything. */
  readonly faults?: readonly (readonly [SinkMode, number])[]
}

export interface SdkOutcome extends SinkCounts {
  /** Undefined: it was ended before it was done. */
  readonly report: ClientReport | undefined
  /** Requests until the faults were over. */
  readonly requestsDuringFaults: number
}

export async function runSdk({ client, manner, events, tuning, secondsMax, faults = [] }: SdkRun): Promise<SdkOutcome> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-sdk-bench-'))
  const sink = startProcess('sdk-sink', [])
  const { url } = await sink.answer<{ url: string }>()
  let requestsDuringFaults = 0
  const fail = async () => {
    for (const [mode, seconds] of faults) {
      await sink.answer(`mode ${mode}`)
      await pause(seconds)
    }
    requestsDuringFaults = (await sink.answer<SinkCounts>('mode ok')).requests
  }
  const args = [client, url, manner, String(events), tuning, join(folder, 'spool')]
  const child = startProcess('sdk-client', args, (await programs()).pathOf('sdk-client'))
  try {
    const failing = fail()
    const report = await within(child, secondsMax)
    await failing
    const counts = await sink.answer<SinkCounts>('counts')
    return { ...counts, report, requestsDuringFaults }
  } finally {
    for (const { pid } of [child, sink]) end(pid)
    rmSync(folder, { recursive: true, force: true })
  }
}

let built: Promise<BuiltPrograms> | undefined

/** Built once, gone with this process. */
function programs(): Promise<BuiltPrograms> {
  built ??= buildPrograms(['sdk-client']).then((all) => {
    process.on('exit', all.remove)
    return all
  })
  return built
}

async function within(child: BenchProcess, seconds: number): Promise<ClientReport | undefined> {
  return Promise.race([child.answer<ClientReport>(), pause(seconds)])
}

/** The processes at work keep this one. */
function pause(seconds: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), seconds * 1000).unref())
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // it is gone already
  }
}
