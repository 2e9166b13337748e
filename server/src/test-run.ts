/** A test run: code on a few events, one by one, with what each became, printed and took; and the rows it would make. */
import { setImmediate as othersTurn } from 'node:timers/promises'
import type { MappingRefusal, TestedEvent, TestOutput, TestRun } from './control-plane/data-plane-transforms.ts'
import { arrivalOfOne, type Draft, type LooseEvent } from './drafts.ts'
import type { Mapped } from './map/mapper.ts'
import { tableOf } from './map/mapping.ts'
import { valuesOf } from './row-values.ts'
import type { Transformed } from './transform/code-engine.ts'

/** Of events and what they became: no more are tested then, for all of it is held and told at once. */
const testedBytesMax = 32 * 1024 * 1024

/** Some events are left out where they are large, or time is up behind the first. @throws MillraceError `invalid_code`, `sandbox_unavailable`; the signal's reason. */
export async function testRun(
  draft: Draft,
  events: readonly LooseEvent[],
  { withMapping, signal }: { withMapping: boolean; signal: AbortSignal },
): Promise<TestRun> {
  const results: TestedEvent[] = []
  const cutShort = (stoppedBy: TestRun['stoppedBy']) => ({
    results,
    leftOut: events.length - results.length,
    stoppedBy,
  })
  await draft.transform([], signal) // loads the code, which is not the events' time
  let bytes = 0
  for (const event of events) {
    if (bytes > testedBytesMax) return cutShort('bytes')
    await othersTurn()
    if (results.length === 0) signal.throwIfAborted()
    else if (signal.aborted) return cutShort('time')
    const startedAt = performance.now()
    const transformed = await draft.transform([arrivalOfOne(event)], signal).catch((error: unknown) => {
      if (!signal.aborted || results.length === 0) throw error
    })
    if (transformed === undefined) return cutShort('time')
    const runtimeMs = performance.now() - startedAt
    const fault = event.fault
      ? { code: 'transform_error' as const, message: `The event cannot be read: ${event.fault.message}` }
      : (transformed.faults[0]?.fault ?? null)
    const mapped = withMapping ? mappedOf(draft, await draft.map(transformed)) : {}
    const { type: eventType, id: eventId, raw } = event
    const outputs = outputsOf(transformed)
    bytes += outputs.reduce((sum, output) => sum + output.raw.length, raw.length)
    results.push({
      event: { eventType, eventId, raw },
      outputs,
      printed: transformed.printed,
      runtimeMs,
      fault,
      ...mapped,
    })
  }
  return { results, leftOut: 0, stoppedBy: null }
}

function outputsOf({ inputs }: Transformed): TestOutput[] {
  return inputs.flatMap(({ batch, skip }) =>
    Array.from(batch.starts, (start, place) => ({
      eventType: batch.types[batch.typeIndex?.[place] ?? 0]!,
      time: batch.times?.[place] ?? batch.receivedAt,
      raw: batch.payload.subarray(start, batch.ends[place]),
    })).filter((_, place) => !skip?.has(place)),
  )
}

function mappedOf(
  draft: Draft,
  { tables, failures, changed }: Mapped,
): Pick<TestedEvent, 'rows' | 'addedColumns' | 'refusals'> {
  const refusals = failures.map(({ event, code, message, subject }): MappingRefusal => {
    const reason = { output: event, code, message }
    return subject === undefined ? reason : { ...reason, subject }
  })
  return {
    rows: tables.flatMap((batch) =>
      Array.from({ length: batch.rowCount }, (_, row) => ({ table: batch.table.name, values: valuesOf(batch, row) })),
    ),
    addedColumns: changed.flatMap((mapping) => addedBy(draft, mapping)),
    refusals,
  }
}

function addedBy(draft: Draft, mapping: Mapped['changed'][number]) {
  const present = draft.mappingOf(mapping.eventType)
  const known = new Set(present && tableOf(present).columns.map(({ name, type }) => `${name} ${type}`))
  return tableOf(mapping)
    .columns.filter(({ name, type }) => !known.has(`${name} ${type}`))
    .map(({ name, type }) => ({ table: mapping.table, column: name, type }))
}
