/** Users' code: read, deployed, tested on events, and run dry over what waits in the restream queue. */
import { setTimeout as delay } from 'node:timers/promises'
import { bodyOf, type Client, pausesMs } from './client.ts'
import { listItems } from './lists.ts'
import type { Mapping } from './mapping.ts'
import type { components, paths } from './openapi.ts'
import { filterBody, type RestreamFilter } from './restream.ts'

export type Deployed = components['schemas']['Deployed']
export type TransformModule = components['schemas']['TransformModule']
export type TestedEvent = components['schemas']['TestedEvent']
export type DryRun = components['schemas']['DryRun']
export type TransformVersion = components['schemas']['TransformVersion']
export type Language = TransformModule['language']

/** A module that changes. */
export interface ModuleCode {
  readonly name: string
  /** As the module has it where missing; a new one needs it. */
  readonly language?: Language
  /** Empty: there is no such module any more. */
  readonly code: string
}

/** A change of what is deployed: tried with it, or deployed. */
export interface CodeChange {
  /** Those that change; the others stay. */
  readonly modules?: readonly ModuleCode[]
  /** Modules that are called, one after the other; null: `main`, where there is one. */
  readonly order?: readonly string[] | null
  /** There are to be no modules but these. */
  readonly isComplete?: boolean
}

export interface DeployOptions {
  /** Why, for those who read the versions. */
  readonly message?: string
  /** The version that one has seen as the newest: `precondition_failed` where there is a newer one. */
  readonly baseVersion?: number
  /** Mistakes in types are warnings. */
  readonly allowTypeErrors?: boolean
}

/** By name, without their code. @throws ClientError */
export async function getTransforms(client: Client): Promise<TransformModule[]> {
  return (await bodyOf(client.GET('/api/v1/transforms/modules'))).items
}

/** With its code. @throws ClientError `not_found`. */
export function getTransform(client: Client, name = 'main'): Promise<TransformModule & { code: string }> {
  return bodyOf(client.GET('/api/v1/transforms/modules/{name}', { params: { path: { name } } }))
}

/**
 * Deploys one module. In force with the next batch after it resolves.
 * @throws ClientError `invalid_code`, its `fields` being places: `main:4:32`; `precondition_failed`; `invalid_request`;
 * `sandbox_unavailable`, which says whether the version is stored.
 */
export function setTransform(
  client: Client,
  { name, ...module }: ModuleCode,
  options: DeployOptions = {},
): Promise<Deployed> {
  return bodyOf(
    client.PUT('/api/v1/transforms/modules/{name}', { params: { path: { name } }, body: { ...module, ...options } }),
  )
}

/** Deploys several modules and their order at once, all or nothing. @throws ClientError as {@link setTransform}. */
export function deployTransforms(
  client: Client,
  change: CodeChange & { readonly modules: readonly ModuleCode[] },
  options: DeployOptions = {},
): Promise<Deployed> {
  return bodyOf(client.POST('/api/v1/transforms/deploy', { body: { ...codeOf(change), ...options } }))
}

/** @throws ClientError `not_found`; `invalid_code`: another module needs it; `precondition_failed`. */
export function deleteTransform(
  client: Client,
  name: string,
  options: Omit<DeployOptions, 'allowTypeErrors'> = {},
): Promise<Deployed> {
  return bodyOf(client.DELETE('/api/v1/transforms/modules/{name}', { params: { path: { name }, query: options } }))
}

/** No code at all: events go on as they came. Secrets and lookups stay. @throws ClientError */
export function resetTransforms(client: Client, message = 'No code'): Promise<Deployed> {
  return deployTransforms(client, { modules: [], order: null, isComplete: true }, { message })
}

/** The newest first. @throws ClientError */
export function getTransformVersions(client: Client, versionsMax?: number): Promise<TransformVersion[]> {
  return listItems((query) => bodyOf(client.GET('/api/v1/transforms/versions', { params: { query } })), versionsMax)
}

export type TransformDifference =
  paths['/api/v1/transforms/versions/{version}/difference']['get']['responses'][200]['content']['application/json']

/**
 * What a version changed, module by module, as unified diffs.
 * @param from the version to compare with; the one before it where it is missing, 0 being none.
 * @throws ClientError `not_found`
 */
export function getTransformDifference(client: Client, version: number, from?: number): Promise<TransformDifference> {
  const params = { path: { version }, query: from === undefined ? {} : { from } }
  return bodyOf(client.GET('/api/v1/transforms/versions/{version}/difference', { params }))
}

/** Makes what a version was the newest one again, secrets aside. @throws ClientError `not_found`, `invalid_code`. */
export function rollBackTransforms(
  client: Client,
  version: number,
  options: Pick<DeployOptions, 'message' | 'baseVersion'> = {},
): Promise<Deployed> {
  const params = { path: { version } }
  return bodyOf(client.POST('/api/v1/transforms/versions/{version}/rollback', { params, body: options }))
}

export type TransformState = components['schemas']['TransformState']

/** Whether code runs, of which version, and why not. @throws ClientError */
export function getTransformState(client: Client): Promise<TransformState> {
  return bodyOf(client.GET('/api/v1/transforms/state'))
}

/** Goes on after a pause, with the same code. @throws ClientError `conflict`: it is not paused. */
export async function resumeTransforms(client: Client): Promise<void> {
  await client.POST('/api/v1/transforms/resume')
}

type TestBody = paths['/api/v1/transforms/test']['post']['requestBody']['content']['application/json']

/** An event made up; data is an object, or the text of one, which keeps every digit. */
export type TestEvent = NonNullable<TestBody['source']['events']>[number]

/** On which events code is tried: exactly one of the three. */
export interface TestSource {
  readonly events?: readonly TestEvent[]
  /** Events that arrived lately, the newest first; 10 where nothing is said. */
  readonly samples?: { readonly eventType?: string; readonly input?: string; readonly limit?: number }
  /** Events that failed for the same reason. */
  readonly cluster?: { readonly fingerprint: string; readonly limit?: number }
}

export interface TestOptions extends CodeChange {
  /** Also the rows that the outputs would make, the columns they would add, and what the mapping refuses. */
  readonly withMapping?: boolean
  /** Told how many of the events were not tested: a test run takes 60 s and holds 32 MiB at most. */
  readonly onLeftOut?: (events: number, stoppedBy: 'time' | 'bytes') => void
}

/**
 * Runs what is deployed, or that with a change, on a few events; stores nothing, loads nothing.
 * @throws ClientError `invalid_code`: it cannot be loaded. What goes wrong with one event is its `fault`.
 */
export async function testTransform(
  client: Client,
  source: TestSource,
  { withMapping = false, onLeftOut, ...change }: TestOptions = {},
): Promise<TestedEvent[]> {
  const body = { ...codeOf(change), source: source as TestBody['source'], withMapping }
  const { results, leftOut, stoppedBy } = await bodyOf(client.POST('/api/v1/transforms/test', { body }))
  if (stoppedBy) onLeftOut?.(leftOut, stoppedBy)
  return results
}

/** On all samples that there are of an event type, whatever became of them. @throws ClientError as {@link testTransform}. */
export function testAllSamples(client: Client, eventType: string, options: TestOptions = {}): Promise<TestedEvent[]> {
  return testTransform(client, { samples: { eventType, limit: testEventsMax } }, options)
}

const testEventsMax = 500

export interface DryRunDraft extends CodeChange {
  /** A mapping to try with it. */
  readonly mapping?: { readonly eventType: string; readonly mapping: Mapping }
  /** Which entries of the restream queue; all of them where missing. */
  readonly filter?: RestreamFilter
}

/** Starts to run what waits in the restream queue through changed code or mapping; nothing is stored. @throws ClientError `invalid_code`. */
export function startDryRun(client: Client, { mapping, filter, ...change }: DryRunDraft): Promise<DryRun> {
  const body = {
    ...codeOf(change),
    ...(mapping && { mapping: { eventType: mapping.eventType, mapping: { ...mapping.mapping } } }),
    ...(filter && { filter: filterBody(filter) }),
  }
  return bodyOf(client.POST('/api/v1/transforms/dry-runs', { body }))
}

export interface Following {
  /** Told how far it is. */
  readonly onProgress?: (run: DryRun) => void
  /** Ends the waiting, not the run. */
  readonly signal?: AbortSignal
}

/** Waits until a dry run has ended. @throws ClientError `not_found`: a restart of the server forgets it. */
export async function dryRunEnded(
  client: Client,
  { id }: Pick<DryRun, 'id'>,
  { onProgress, signal }: Following = {},
): Promise<DryRun> {
  const pauses = pausesMs()
  for (;;) {
    const run = await bodyOf(client.GET('/api/v1/transforms/dry-runs/{id}', { params: { path: { id } } }))
    if (run.state !== 'RUNNING') return run
    onProgress?.(run)
    await delay(pauses.next().value, undefined, { signal })
  }
}

function codeOf({ modules, order, isComplete }: CodeChange) {
  return {
    ...(modules && { modules: [...modules] }),
    ...(order !== undefined && { order: order && [...order] }),
    ...(isComplete !== undefined && { isComplete }),
  }
}
