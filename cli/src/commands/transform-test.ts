/** `millrace transform test`: code on a few events, each with what it printed, what it became, and the rows that would make. */
import { type TestEvent, type TestedEvent, type TestSource, testTransform } from '@millrace/client/transforms'
import { faultAt, modulesOf, readCodeFiles, refusalOf, type Sources, sourcesOf, withDeployed } from '../code-files.ts'
import { type ConnectionOptions, connect } from '../connection.ts'
import { type ExitCode, exitCodes, usageError } from '../failure.ts'
import { readText } from '../json-file.ts'
import { faultText, printable, type Style, styler } from '../output.ts'
import { formatNumberOf } from '../quantities.ts'
import { readSampleEvents } from '../sample-events.ts'
import type { World } from '../world.ts'
import type { Run } from './command.ts'

export interface TestOptions extends ConnectionOptions {
  readonly sample?: readonly string[]
  readonly samples?: string
  readonly cluster?: string
  readonly code?: readonly string[]
  readonly mapping?: true
  readonly type?: string
  readonly limit: number
}

/** `refused`: the code made something of it that the mapping does not take. */
type Outcome = 'passed' | 'split' | 'dropped' | 'refused' | 'failed'

export async function test({ world, output }: Run, options: TestOptions): Promise<ExitCode> {
  const source = await sourceOf(world, options)
  const files = await readCodeFiles(world, options.code ?? [])
  const client = await connect(world, options)
  const change = files.length === 0 ? {} : { modules: modulesOf(files) }
  let leftOut = ''
  const onLeftOut = (events: number, by: 'time' | 'bytes') => {
    leftOut = `${formatNumberOf(events, 'event')} more ${events === 1 ? 'was' : 'were'} not tested: ${limits[by]}.`
  }
  const asked = { ...change, withMapping: options.mapping === true, onLeftOut }
  const results = await testTransform(client, source, asked).catch(async (error: unknown) => {
    throw await refusalOf(client, error, sourcesOf(files))
  })
  const sources = await withDeployed(
    client,
    sourcesOf(files),
    results.flatMap(({ fault }) => fault?.module ?? []),
  )
  const tested = results.map((result) => ({ outcome: outcomeOf(result), ...result }))
  const style = styler(world.stdout, world.env)
  output.show(tested, () => {
    if (tested.length === 0) return 'No event was tested.'
    return [...tested.map((one) => textOf(one, sources, style)), summaryOf(tested)].join('\n')
  })
  if (tested.length === 0) output.warn(nothingThere(options))
  if (leftOut !== '') output.warn(leftOut)
  return tested.some(isFailure) || tested.length === 0 || leftOut !== '' ? exitCodes.failed : exitCodes.ok
}

const limits = {
  time: 'a test run takes 60 s at most',
  bytes: 'the events and what they became are more than 32 MiB',
}

function nothingThere({ samples }: TestOptions): string {
  if (samples === undefined) return 'There are no events in it.'
  return `No event of the type ${JSON.stringify(samples)} has come yet: send one, or give events of a file with --sample.`
}

async function sourceOf(world: World, { sample, samples, cluster, type, limit }: TestOptions): Promise<TestSource> {
  if ([sample, samples, cluster].filter((given) => given !== undefined).length !== 1) {
    const hint = 'Give one of --sample FILE, --samples TYPE and --cluster FINGERPRINT.'
    throw usageError('It has to be said once on which events', hint)
  }
  if (samples !== undefined) return { samples: { eventType: samples, limit } }
  if (cluster !== undefined) return { cluster: { fingerprint: cluster, limit } }
  const events: TestEvent[] = []
  for (const file of sample ?? []) events.push(...readSampleEvents(file, await readText(world, file), type))
  return { events }
}

function outcomeOf({ fault, outputs, refusals = [] }: TestedEvent): Outcome {
  if (fault) return 'failed'
  if (refusals.length > 0) return 'refused'
  if (outputs.length === 0) return 'dropped'
  return outputs.length === 1 ? 'passed' : 'split'
}

function isFailure({ outcome }: { outcome: Outcome }): boolean {
  return outcome === 'failed' || outcome === 'refused'
}

function textOf(tested: TestedEvent & { outcome: Outcome }, sources: Sources, style: Style): string {
  const { outcome, event, outputs, printed, runtimeMs, fault } = tested
  const { rows = [], addedColumns = [], refusals = [] } = tested
  const word = style(isFailure(tested) ? 'red' : outcome === 'dropped' ? 'yellow' : 'green', outcome.padEnd(8))
  const lines = [
    `${word} ${printable(event.eventType)} ${printable(event.id)}  ${runtimeMs.toFixed(runtimeMs < 10 ? 2 : 0)} ms`,
    ...linesOf(
      'printed',
      printed
        .trimEnd()
        .split('\n')
        .filter((line) => line !== ''),
    ),
    ...linesOf(
      'became',
      outputs.map(({ eventType, data }) => `${eventType} ${data}`),
    ),
    ...linesOf(
      'row',
      rows.map(({ table, values }) => `${table} ${JSON.stringify(values)}`),
    ),
    ...linesOf(
      'adds',
      addedColumns.map(({ table, column, type }) => `${table}.${column} ${type}`),
    ),
    ...linesOf(
      'refused',
      refusals.map(({ code, message }) => `${code}: ${message}`),
    ),
  ]
  if (fault) lines.push(faultText(faultAt(fault, `${fault.code}: ${fault.message}`, sources)))
  return lines.join('\n')
}

function linesOf(name: string, texts: readonly string[]): string[] {
  return texts.map((text) => `  ${name.padEnd(8)} ${printable(text)}`)
}

function summaryOf(tested: readonly { outcome: Outcome }[]): string {
  const counts = new Map<Outcome, number>()
  for (const { outcome } of tested) counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
  const parts = [...counts].map(([outcome, count]) => `${count} ${outcome}`)
  return `${formatNumberOf(tested.length, 'event')}: ${parts.join(', ')}.`
}
