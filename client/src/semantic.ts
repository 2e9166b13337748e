/**
 * The semantic layer: what columns mean, patterns that derive values from texts, harmonised dimensions over several tables, and
 * calculated measurements. All of it is views in the destination: `semantic_<table>` and `harmonised_<name>`.
 */
import { bodyOf, type Client } from './client.ts'
import { listItems } from './lists.ts'
import type { components, paths } from './openapi.ts'

export type Dimension = components['schemas']['Dimension']
export type HarmonisedDimension = components['schemas']['HarmonisedDimension']
export type CalculatedMeasurement = components['schemas']['CalculatedMeasurement']
export type PatternPreview = components['schemas']['PatternPreview']

type BodyOf<T> = T extends { requestBody: { content: { 'application/json': infer Body } } } ? Body : never

/** What a column is; null: as it is inferred. */
export type DimensionChange = BodyOf<paths['/api/v1/dimensions/{table}/{column}']['patch']>
export type PatternDraft = BodyOf<paths['/api/v1/patterns']['post']>
/** `{kind: 'split', separator: '_', position: 1}`, `regex`, `lookup`, `lookup-table`, `pattern`, or the `first` of several. */
export type PatternRule = PatternDraft['rule']
export type PreviewRequest = BodyOf<paths['/api/v1/patterns/preview']['post']>
export type HarmonisedDimensionDraft = BodyOf<paths['/api/v1/harmonised-dimensions']['post']>
export type CalculatedMeasurementDraft = BodyOf<paths['/api/v1/calculated-measurements']['post']>

export type Pattern = components['schemas']['Pattern']

/** Every column of every table, or those of one, or of one role. @throws ClientError */
export function getDimensions(
  client: Client,
  filter: { table?: string; role?: Dimension['role'] } = {},
): Promise<Dimension[]> {
  return listItems((page) => bodyOf(client.GET('/api/v1/dimensions', { params: { query: { ...page, ...filter } } })))
}

/** Says what a column is: what is given of it is changed. @throws ClientError `not_found`, `invalid_request`, `conflict`. */
export function setDimension(
  client: Client,
  table: string,
  column: string,
  change: DimensionChange,
): Promise<Dimension> {
  return bodyOf(
    client.PATCH('/api/v1/dimensions/{table}/{column}', { params: { path: { table, column } }, body: change }),
  )
}

/** Forgets what was said of a column. @throws ClientError `conflict`. */
export async function resetDimension(client: Client, table: string, column: string): Promise<void> {
  await client.DELETE('/api/v1/dimensions/{table}/{column}', { params: { path: { table, column } } })
}

/** @throws ClientError */
export function getPatterns(client: Client): Promise<Pattern[]> {
  return listItems((query) => bodyOf(client.GET('/api/v1/patterns', { params: { query } })))
}

/** What a rule makes of the values of a column, without saving it. @throws ClientError `invalid_request`, `query_timeout`. */
export function previewPattern(client: Client, request: PreviewRequest): Promise<PatternPreview> {
  return bodyOf(client.POST('/api/v1/patterns/preview', { body: request }))
}

/** It is in the views when this resolves. @throws ClientError `invalid_request` with `fields`; `conflict`: the name is taken. */
export function createPattern(client: Client, draft: PatternDraft): Promise<Pattern> {
  return bodyOf(client.POST('/api/v1/patterns', { body: draft }))
}

/** Changes what is given. @throws ClientError `not_found`, `invalid_request`; `conflict`: others would break. */
export function editPattern(client: Client, id: string, change: Partial<PatternDraft>): Promise<Pattern> {
  return bodyOf(client.PATCH('/api/v1/patterns/{id}', { params: { path: { id } }, body: change }))
}

/** @throws ClientError `not_found`; `conflict`: others use it. */
export async function deletePattern(client: Client, id: string): Promise<void> {
  await client.DELETE('/api/v1/patterns/{id}', { params: { path: { id } } })
}

/** @throws ClientError */
export function getHarmonisedDimensions(client: Client): Promise<HarmonisedDimension[]> {
  return listItems((query) => bodyOf(client.GET('/api/v1/harmonised-dimensions', { params: { query } })))
}

/** @throws ClientError `invalid_request` with `fields`; `conflict`. */
export function createHarmonisedDimension(
  client: Client,
  draft: HarmonisedDimensionDraft,
): Promise<HarmonisedDimension> {
  return bodyOf(client.POST('/api/v1/harmonised-dimensions', { body: draft }))
}

/** Changes what is given. @throws ClientError `not_found`, `invalid_request`, `conflict`. */
export function editHarmonisedDimension(
  client: Client,
  id: string,
  change: Partial<HarmonisedDimensionDraft>,
): Promise<HarmonisedDimension> {
  return bodyOf(client.PATCH('/api/v1/harmonised-dimensions/{id}', { params: { path: { id } }, body: change }))
}

/** @throws ClientError `not_found`; `conflict`: others use it. */
export async function deleteHarmonisedDimension(client: Client, id: string): Promise<void> {
  await client.DELETE('/api/v1/harmonised-dimensions/{id}', { params: { path: { id } } })
}

/** @throws ClientError */
export function getCalculatedMeasurements(client: Client): Promise<CalculatedMeasurement[]> {
  return listItems((query) => bodyOf(client.GET('/api/v1/calculated-measurements', { params: { query } })))
}

/** @throws ClientError `invalid_request` with `fields`; `conflict`. */
export function createCalculatedMeasurement(
  client: Client,
  draft: CalculatedMeasurementDraft,
): Promise<CalculatedMeasurement> {
  return bodyOf(client.POST('/api/v1/calculated-measurements', { body: draft }))
}

/** Changes what is given. @throws ClientError `not_found`, `invalid_request`, `conflict`. */
export function editCalculatedMeasurement(
  client: Client,
  id: string,
  change: Partial<CalculatedMeasurementDraft>,
): Promise<CalculatedMeasurement> {
  return bodyOf(client.PATCH('/api/v1/calculated-measurements/{id}', { params: { path: { id } }, body: change }))
}

/** @throws ClientError `not_found`; `conflict`: others use it. */
export async function deleteCalculatedMeasurement(client: Client, id: string): Promise<void> {
  await client.DELETE('/api/v1/calculated-measurements/{id}', { params: { path: { id } } })
}

export interface CalculatedInView {
  readonly table: string
  readonly view: string
  /** Null where only many rows have a value of it. */
  readonly column: string | null
  /** SQL for a SELECT from the view, with or without GROUP BY; null where only a row has a value of it. */
  readonly aggregate: string | null
}

/** How a calculated measurement is asked for in SQL, in each table that has it. @throws ClientError `not_found`. */
export async function calculatedMeasurementSql(client: Client, id: string): Promise<CalculatedInView[]> {
  return (await bodyOf(client.GET('/api/v1/calculated-measurements/{id}/sql', { params: { path: { id } } }))).items
}
