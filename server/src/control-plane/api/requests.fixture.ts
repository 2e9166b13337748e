/** For tests of every operation at once: the operations as openapi.json has them, and a request for each that means something. */
import { newId } from '@millrace/event/id'
import type { Api } from './app.ts'

export interface ApiOperation {
  readonly operationId: string
  readonly method: string
  /** With its parameters in braces. */
  readonly path: string
  readonly permission: string
  /** JSON Schemas of the fields of the body; undefined where it takes none. */
  readonly bodyFields: Record<string, unknown> | undefined
}

export async function operationsOf(api: Api): Promise<ApiOperation[]> {
  const { paths } = (await api.inject('/api/v1/openapi.json')).json()
  return Object.entries<Record<string, OpenApiOperation>>(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, requestBody, ...operation }]) => ({
      operationId,
      method: method.toUpperCase(),
      path,
      permission: operation['x-permission'],
      bodyFields: requestBody?.content['application/json'].schema.properties,
    })),
  )
}

interface OpenApiOperation {
  operationId: string
  'x-permission': string
  requestBody?: { content: { 'application/json': { schema: { properties: Record<string, unknown> } } } }
}

/** Ids in the fixture that a request can be about. */
export interface Objects {
  readonly input: string
  readonly bucket: string
  readonly user: string
  readonly token: string
  readonly channel: string
  readonly mute: string
  readonly workspace: string
  readonly dryRun: string
  readonly backfill: string
  readonly scheduledQuery: string
  readonly scheduledQueryRun: string
  readonly pattern: string
  readonly harmonisedDimension: string
  readonly calculatedMeasurement: string
  readonly source: string
  readonly job: string
  readonly bulk: string
}

/** A right body for each operation that takes one. One that is missing here fails the tests: they must know every operation. */
export const bodies: Record<string, Record<string, unknown>> = {
  login: { email: 'nobody@localhost', password: 'a wrong password' },
  changePassword: { current: 'a password of the admin', next: 'another password of the admin' },
  createWorkspace: { id: 'laboratory', name: 'Laboratory' },
  renameWorkspace: { name: 'Renamed' },
  putQuota: { eventsPerSecondMax: 100, bytesPerSecondMax: null, eventsPerMonthMax: 1_000_000, bytesPerMonthMax: null },
  inviteUser: { email: 'new@localhost', role: 'viewer' },
  changeRole: { role: 'analyst' },
  createToken: {
    label: 'mine',
    role: 'viewer',
    expiresInDays: 1,
    callsPerMinuteMax: 5,
    callsPerDayMax: null,
    inEveryWorkspace: false,
  },
  limitToken: { callsPerMinuteMax: 5, callsPerDayMax: 100 },
  createInput: { label: 'shop', type: 'native', settings: {} },
  discoverResources: { type: 'daily', source: '{source}', settings: {} },
  updateInput: { label: 'renamed', isEnabled: false, settings: {} },
  replaceInput: { label: 'replaced', isEnabled: true, settings: {} },
  startBulkOperation: {
    // Another one each time: the same would begin nothing.
    get id() {
      return newId(Date.now())
    },
    kind: 'rename',
    parameters: { label: '{label} (old)' },
    sources: { ids: ['none'] },
    dryRun: true,
  },
  scheduleSource: { schedule: null },
  runSource: { range: { start: '2026-01-30', end: '2026-02-02' } },
  limitSource: { daysPerJob: 5, jobsAtOnce: 2, callsPerDay: 1_000 },
  processSource: { start: '2026-01-01', end: '2026-01-31', daysPerJob: 10, spread: true },
  rerunSource: { which: 'failed' },
  planSource: { start: '2026-01-01', end: '2026-01-31', daysPerJob: 10, spread: true },
  planSources: { start: '2026-01-01', end: '2026-01-31', daysPerJob: 10, spread: true, sources: ['{source}'] },
  rerunJobs: { ids: ['{job}'] },
  cancelJobs: { source: 'unknown' },
  pauseJobs: { source: 'unknown' },
  resumeJobs: { source: 'unknown' },
  rotateInputKey: { overlapSeconds: 1 },
  renameBucket: { name: 'Cellar' },
  setMapping: { mode: 'STRICT', table: 'click', fields: [{ path: ['n'], column: 'n', type: 'BIGINT' }] },
  startBackfill: { columns: ['n'] },
  setMappingMode: { mode: 'FLEXIBLE' },
  updateSettings: { name: 'Renamed', mappingMode: 'STRICT' },
  putTable: { columns: [{ name: 'n', type: 'BIGINT' }] },
  putModule: {
    code: 'export function transform(event) { return event }',
    language: 'javascript',
    message: 'First',
    baseVersion: 0,
    allowTypeErrors: false,
  },
  deployTransforms: {
    modules: [{ name: 'click', language: 'javascript', code: 'export function transform() {}' }],
    order: ['click'],
    isComplete: true,
    message: 'Drop all',
    baseVersion: 2,
    allowTypeErrors: true,
  },
  rollBackTransforms: { message: 'Back', baseVersion: 3 },
  updateTransformSettings: {
    order: null,
    limits: { eventMs: 500, memoryBytes: null },
    message: 'Quicker',
    baseVersion: 4,
    allowTypeErrors: true,
  },
  testTransforms: {
    modules: [{ name: 'main', language: 'javascript', code: 'export function transform(event) { return event }' }],
    order: null,
    isComplete: false,
    source: { events: [{ eventType: 'click', data: { n: 1 } }] },
    withMapping: true,
  },
  startDryRun: {
    modules: [],
    order: null,
    isComplete: false,
    mapping: { eventType: 'click', mapping: {} },
    filter: { code: 'number_range' },
  },
  putTransformSecret: { value: 'a secret of code', message: 'Salt', baseVersion: 5 },
  putLookup: { entries: { a: 1 }, message: 'Cities', baseVersion: 7 },
  muteNotifications: { type: 'events_failed', until: '2030-01-01T00:00:00Z' },
  createNotificationChannel: {
    label: 'on call',
    target: { kind: 'email', to: ['ada@example.com'] },
    severityMin: 'error',
    digest: 'hourly',
  },
  updateNotificationChannel: {
    label: 'renamed',
    target: { kind: 'email', to: ['bob@example.com'] },
    severityMin: 'info',
    digest: 'daily',
    isEnabled: false,
  },
  runQuery: { sql: 'select 1', parameters: [1, 'a', null, true], limit: 10 },
  createScheduledQuery: {
    label: 'daily',
    target: 'made',
    statement: { kind: 'select', sql: 'select 1 as n', mode: 'upsert', key: ['n'] },
    schedule: { cron: '0 3 * * *', timeZone: 'Europe/Prague' },
    timeLimitSeconds: 60,
    isEnabled: true,
  },
  updateScheduledQuery: {
    label: 'renamed',
    statement: { kind: 'newest', from: 'click', key: ['_id'], by: null },
    schedule: { everyHours: 6 },
    timeLimitSeconds: 61,
    isEnabled: false,
  },
  updateDimension: { role: 'dimension', displayName: 'Event', aggregation: null },
  planConfiguration: { document: { inputs: [{ label: 'coded', type: 'native' }] }, prune: false },
  applyConfiguration: {
    document: { inputs: [{ label: 'coded', type: 'native' }] },
    prune: false,
    baseVersion: undefined,
  },
  applySemanticLayer: {
    dimensions: [],
    patterns: [],
    harmonisedDimensions: [],
    calculatedMeasurements: [{ name: 'Events', formula: 'count()' }],
  },
  createPattern: {
    name: 'Region',
    sources: [{ table: 'click', column: '_id' }],
    rule: { kind: 'split', separator: '_', position: 1, from: 'start' },
    default: 'other',
  },
  replacePattern: { name: 'Area', sources: [], rule: { kind: 'regex', expression: '(a)' }, default: null },
  updatePattern: { name: 'Zone', sources: [], rule: { kind: 'regex', expression: '(b)' }, default: null },
  previewPattern: {
    source: { table: 'click', column: '_id' },
    rule: { kind: 'lookup', entries: [{ from: 'a', to: 'b' }] },
    default: null,
    limit: 10,
    rowsMax: 1_000,
  },
  createHarmonisedDimension: { name: 'Place', members: [{ table: 'click', column: '_id' }] },
  replaceHarmonisedDimension: { name: 'Places', members: [{ table: 'click', column: '_id' }] },
  updateHarmonisedDimension: { name: 'Spot', members: [{ table: 'click', column: '_id' }] },
  createCalculatedMeasurement: { name: 'Events', formula: 'count()', tables: ['click'] },
  replaceCalculatedMeasurement: { name: 'Twice', formula: 'count() * 2', tables: null },
  updateCalculatedMeasurement: { name: 'Thrice', formula: 'count() * 3', tables: ['click'] },
  startRestreamRun: {
    fingerprint: '0123456789abcdef',
    code: 'number_range',
    eventType: 'click',
    input: 'native',
    offsets: ['41'],
    eventsPerSecondMax: 100,
  },
  setArchive: { target: { kind: 'folder', folder: 'raw' }, inputs: null, rollBytes: 1_000_000, rollSeconds: 30 },
  testArchive: { target: { kind: 's3', bucket: 'raw', accessKeyId: 'key', secretAccessKey: 'very secret' } },
  purgeRestream: {
    fingerprint: '0123456789abcdef',
    code: 'number_range',
    eventType: 'click',
    input: 'native',
    offsets: ['41'],
    confirm: 1,
  },
}

/** What an operation does nothing without, in its query. */
export const queries: Record<string, string> = { dropTable: '?confirm=click&force=true' }

/** The body of an operation, its placeholders filled in. */
export function bodyOf({ operationId }: ApiOperation, objects: Objects): Record<string, unknown> | undefined {
  const body = bodies[operationId]
  const named = (text: string) => objects[text.slice(1, -1) as 'source' | 'job']
  return body && JSON.parse(JSON.stringify(body).replaceAll(/\{(?:source|job)\}/g, named))
}

/** The path of an operation, its parameters filled in. */
export function urlOf({ path }: ApiOperation, objects: Objects): string {
  const [, , , resource] = path.split('/')
  const names: Partial<Record<string, keyof Objects>> = {
    inputs: 'input',
    buckets: 'bucket',
    sources: 'source',
    jobs: 'job',
    bulk: 'bulk',
    users: 'user',
    tokens: 'token',
    'notification-channels': 'channel',
    'notification-mutes': 'mute',
    transforms: 'dryRun',
    'event-types': 'backfill',
    'scheduled-queries': 'scheduledQuery',
    patterns: 'pattern',
    'harmonised-dimensions': 'harmonisedDimension',
    'calculated-measurements': 'calculatedMeasurement',
  }
  const name = path.includes('{id}') ? names[resource!] : undefined
  return path
    .replace('{workspace}', objects.workspace)
    .replace('{offset}', '41')
    .replace('{fingerprint}', '0123456789abcdef')
    .replace('{run}', resource === 'scheduled-queries' ? objects.scheduledQueryRun : '1')
    .replace('{page}', '000001-page')
    .replace('{version}', '1')
    .replace('{table}', 'click')
    .replace('{column}', '_id')
    .replace('{name}', 'click')
    .replace('{id}', name === undefined ? 'none' : objects[name])
}

/** Which objects an operation is about. */
export function neededBy(operation: ApiOperation): Set<keyof Objects> {
  const needed = new Set<keyof Objects>()
  const recorder = new Proxy({} as Objects, {
    get(_, name) {
      needed.add(name as keyof Objects)
      return ''
    },
  })
  urlOf(operation, recorder)
  bodyOf(operation, recorder)
  return needed
}
