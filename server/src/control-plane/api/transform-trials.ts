/** `/transforms/test` and `/transforms/dry-runs`: users' code tried before it is deployed. */
import { limits } from '@millrace/event/limits'
import { z } from 'zod'
import { MillraceError } from '../../errors.ts'
import type { RestreamFilter } from '../../restream.ts'
import type { RawEvent, TestedEvent, TestSource } from '../data-plane-transforms.ts'
import type { DryRun } from '../operations/dry-runs.ts'
import type { Operations } from '../operations/operations.ts'
import { refusal, refuseDeep } from '../operations/transform-rules.ts'
import type { Api } from './app.ts'
import { id, inWorkspace, label } from './schemas.ts'
import { codeBodyBytesMax, codeChange } from './transform-schemas.ts'
import { dryRun, filter, source, type tested, testRun } from './transform-trial-shapes.ts'

const querystring = z.strictObject(inWorkspace)
const params = z.strictObject({ id })
const tags = ['transforms']

export function transformTrialRoutes(app: Api, trials: Operations['transformTrials']): void {
  app.post(
    '/transforms/test',
    {
      bodyLimit: codeBodyBytesMax,
      config: { permission: trials.test.permission },
      schema: {
        operationId: 'testTransforms',
        tags,
        summary: 'Run code on a few events: what is deployed, or that with a change; nothing is stored',
        querystring,
        body: z.strictObject({
          ...codeChange,
          source,
          withMapping: z.boolean().default(false).describe('Whether the outputs are also mapped to rows'),
        }),
        response: { 200: testRun },
      },
    },
    async ({ caller, body }) => {
      const { results, ...rest } = await trials.test(caller, { ...body, source: sourceOf(body.source) })
      return { results: results.map(shown), ...rest }
    },
  )
  app.get(
    '/transforms/dry-runs',
    {
      config: { permission: trials.dryRuns.permission },
      schema: {
        operationId: 'listDryRuns',
        tags,
        summary: 'The last dry runs, newest first; a restart forgets them',
        querystring,
        response: { 200: z.object({ items: z.array(dryRun) }) },
      },
    },
    async ({ caller }) => ({ items: [...(await trials.dryRuns(caller))].map(listed) }),
  )
  app.post(
    '/transforms/dry-runs',
    {
      bodyLimit: codeBodyBytesMax,
      config: { permission: trials.startDryRun.permission },
      schema: {
        operationId: 'startDryRun',
        tags,
        summary:
          'See what would become of what waits in the restream queue, with changed code or mapping; nothing is stored',
        querystring,
        body: z.strictObject({
          ...codeChange,
          mapping: z
            .strictObject({ eventType: label, mapping: z.record(z.string(), z.unknown()) })
            .optional()
            .describe('Instead of the mapping that the event type has'),
          filter: filter.optional().describe('Which entries; all where missing'),
        }),
        response: { 202: dryRun },
      },
    },
    async ({ caller, body: { filter = {}, mapping, ...change } }, reply) => {
      refuseDeep(mapping)
      const run = await trials.startDryRun(caller, { ...change, mapping, filter: filterOf(filter) })
      return reply.code(202).send(listed(run))
    },
  )
  app.get(
    '/transforms/dry-runs/:id',
    {
      config: { permission: trials.dryRun.permission },
      schema: {
        operationId: 'getDryRun',
        tags,
        summary: 'How far a dry run is, and what it found',
        params,
        querystring,
        response: { 200: dryRun },
      },
    },
    async ({ caller, params }) => listed(await trials.dryRun(caller, params.id)),
  )
  app.delete(
    '/transforms/dry-runs/:id',
    {
      config: { permission: trials.deleteDryRun.permission },
      schema: {
        operationId: 'deleteDryRun',
        tags,
        summary: 'Stop a dry run, or forget it',
        params,
        querystring,
        response: { 204: z.null() },
      },
    },
    async ({ caller, params }, reply) => {
      await trials.deleteDryRun(caller, params.id)
      return reply.code(204).send(null)
    },
  )
}

/** Without what is undefined. */
function filterOf(asked: z.output<typeof filter>): RestreamFilter {
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined))
}

function sourceOf({ events, samples, cluster }: z.output<typeof source>): TestSource {
  if (events) return { events: events.map(rawOf) }
  if (cluster) return { cluster: cluster.fingerprint, limit: cluster.limit }
  const { eventType, input, limit } = samples!
  return { samples: { limit, ...(eventType !== undefined && { eventType }), ...(input !== undefined && { input }) } }
}

/** @throws MillraceError `invalid_json`, `not_an_object`, `too_deep`, `event_too_large`. */
function rawOf(
  { eventType, data, id, time, input, restreamCount }: NonNullable<z.output<typeof source>['events']>[number],
  place: number,
): RawEvent {
  const object = typeof data === 'string' ? parsed(data, `source.events.${place}.data`) : data
  refuseDeep(object)
  const raw = Buffer.from(typeof data === 'string' ? data : JSON.stringify(data))
  if (raw.length > limits.eventBytesMax) throw new MillraceError('event_too_large', 'An event has at most 1 MiB')
  return {
    eventType,
    raw,
    ...(id !== undefined && { eventId: id }),
    ...(time !== undefined && { time }),
    ...(input !== undefined && { input }),
    ...(restreamCount !== undefined && { restreamCount }),
  }
}

function parsed(text: string, field: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {} // is no JSON object either
  throw refusal(field, 'Not the text of a JSON object')
}

function shown({ event, outputs, rows, addedColumns, refusals, ...rest }: TestedEvent): z.output<typeof tested> {
  const { eventId: id, eventType, raw } = event
  return {
    ...rest,
    event: { id, eventType, data: textOf(raw) },
    outputs: outputs.map(({ raw, ...output }) => ({ ...output, data: textOf(raw) })),
    ...(rows && { rows: [...rows] }),
    ...(addedColumns && { addedColumns: [...addedColumns] }),
    ...(refusals && { refusals: [...refusals] }),
  }
}

function textOf(raw: Uint8Array): string {
  return Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString()
}

function listed({ reasons, ...run }: DryRun): z.output<typeof dryRun> {
  return { ...run, reasons: reasons.map(({ examples, ...reason }) => ({ ...reason, examples: [...examples] })) }
}
