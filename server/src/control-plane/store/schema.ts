/** The tables of the metadata store as the queries see them; `migrations/` makes them. Times are ms since 1970 UTC. */
import type { Kysely, Transaction } from 'kysely'
import type { ChannelTarget, Digest, NotificationCause, Severity } from '../../notifications.ts'
import type { RunState } from '../../scheduled-queries.ts'
import type { Aggregation, SemanticKind, Role as SemanticRole } from '../../semantic/model.ts'
import type { Role } from '../permissions.ts'

export interface Schema {
  mappingModes: { workspaceId: string; mode: string }
  workspaces: { id: string; name: string; createdAt: number; archivedAt: number | null }
  users: { id: string; email: string; passwordHash: string; instanceAdmin: number; createdAt: number }
  memberships: { workspaceId: string; userId: string; role: Role; createdAt: number }
  sessions: { hash: string; userId: string; createdAt: number; lastSeenAt: number; idleMs: number }
  tokens: {
    id: string
    userId: string
    workspaceId: string | null
    role: Role | null
    label: string
    hash: string
    origin: Origin
    createdAt: number
    expiresAt: number | null
    lastUsedAt: number | null
    callsPerMinuteMax: number | null
    callsPerDayMax: number | null
  }
  tokenCalls: { tokenId: string; dayAt: number; calls: number }
  inputs: {
    workspaceId: string
    id: string
    label: string
    type: string
    createdAt: number
    disabledAt: number | null
    settings: string
  }
  inputKeys: {
    id: string
    workspaceId: string
    inputId: string
    hash: string
    origin: Origin
    createdAt: number
    expiresAt: number | null
  }
  mappings: {
    workspaceId: string
    eventType: string
    version: number
    tableName: string
    mapping: string
    createdAt: number
  }
  audit: {
    id: string
    workspaceId: string | null
    at: number
    actor: string
    tokenId: string | null
    ip: string | null
    requestId: string | null
    action: string
    object: string
    detail: string
    sequence: number | null
    chainHash: string | null
  }
  buckets: {
    workspaceId: string
    id: string
    inputId: string
    key: string
    name: string
    eventType: string
    createdAt: number
  }
  transformVersions: {
    workspaceId: string
    version: number
    createdAt: number
    author: string
    message: string
    changed: string
    rolledBackTo: number | null
    content: string
  }
  semanticColumns: {
    workspaceId: string
    tableName: string
    columnName: string
    role: SemanticRole | null
    displayName: string | null
    aggregation: Aggregation | null
  }
  semanticObjects: {
    workspaceId: string
    id: string
    kind: SemanticKind
    name: string
    version: number
    definition: string
    createdAt: number
    updatedAt: number
  }
  transformTexts: { workspaceId: string; hash: string; text: string }
  notifications: {
    workspaceId: string
    id: string
    severity: Severity
    type: string
    typeDescription: string
    message: string
    eventType: string | null
    input: string | null
    causeKind: NotificationCause['kind'] | null
    causeId: string | null
    count: number
    firstAt: number
    lastAt: number
  }
  archives: {
    workspaceId: string
    target: string
    inputs: string | null
    rollBytes: number
    rollSeconds: number
    createdAt: number
    updatedAt: number
  }
  quotas: {
    workspaceId: string
    eventsPerSecondMax: number | null
    bytesPerSecondMax: number | null
    eventsPerMonthMax: number | null
    bytesPerMonthMax: number | null
    updatedAt: number
  }
  notificationChannels: {
    workspaceId: string
    id: string
    label: string
    kind: ChannelTarget['kind']
    target: string
    severityMin: Severity
    digest: Digest
    createdAt: number
    disabledAt: number | null
    digestedAt: number
    lastDeliveredAt: number | null
    lastFailedAt: number | null
    lastError: string | null
    givenUp: number
  }
  notificationDeliveries: {
    workspaceId: string
    id: string
    channelId: string
    notifications: string
    attempts: number
    createdAt: number
    dueAt: number
  }
  notificationMutes: { workspaceId: string; id: string; type: string; until: number | null; createdAt: number }
  scheduledQueries: {
    workspaceId: string
    id: string
    label: string
    target: string
    work: string
    schedule: string
    timeLimitMs: number
    createdAt: number
    disabledAt: number | null
    nextAt: number | null
    eventType: string | null
    details: string
  }
  scheduledQueryRuns: {
    workspaceId: string
    id: string
    queryId: string
    state: RunState
    askedBy: string | null
    queuedAt: number
    startedAt: number | null
    endedAt: number | null
    rowCount: number | null
    errorCode: string | null
    errorMessage: string | null
  }
  sources: {
    workspaceId: string
    id: string
    state: string
    schedule: string | null
    scheduledAt: number
    pausedAt: number | null
    nextAt: number | null
    daysPerJob: number | null
    jobsAtOnce: number | null
    callsPerDay: number | null
  }
  jobs: {
    workspaceId: string
    id: string
    sourceId: string
    state: RunState
    rangeStart: string | null
    rangeEnd: string | null
    readState: string | null
    askedBy: string | null
    queuedAt: number
    startedAt: number | null
    endedAt: number | null
    attempts: number
    idleStarts: number
    pages: number
    rowCount: number
    loaded: number | null
    total: number | null
    message: string | null
    etaAt: number | null
    errorCode: string | null
    errorMessage: string | null
    rowsLoaded: number
    rowsReplaced: number
    rerunOf: string | null
    isBackFill: number
    pausedAt: number | null
    notBefore: number | null
    leaseOwner: string | null
    leaseUntil: number | null
    calls: number
    landing: string | null
  }
  sourceCalls: { workspaceId: string; sourceId: string; day: string; calls: number }
  bulkOperations: {
    id: string
    workspaceId: string
    kind: string
    parameters: string
    isDryRun: number
    state: RunState
    userId: string
    tokenId: string | null
    ip: string | null
    requestId: string | null
    createdAt: number
    startedAt: number | null
    endedAt: number | null
  }
  bulkItems: {
    bulkId: string
    position: number
    workspaceId: string
    sourceId: string
    label: string | null
    line: number | null
    parameters: string
    state: ItemState
    errorCode: string | null
    errorMessage: string | null
    detail: string | null
  }
  changes: {
    kind: 'workspace' | 'source' | 'job'
    workspaceId: string
    id: string
    sequence: number
    isGone: number
  }
  metadataTables: { workspaceId: string; kind: Schema['changes']['kind']; sequence: number }
  secrets: { workspaceId: string; type: string; id: string; envelope: string; createdAt: number }
  datoramaNumbers: { kind: string; number: number; workspaceId: string; id: string }
  datoramaState: { workspaceId: string; kind: string; id: string; value: string; updatedAt: number }
  aloomaState: { workspaceId: string; kind: string; id: string; value: string; updatedAt: number }
}

/** Whether Millrace made a token or key, or the config of the process fixes it. */
export type Origin = 'issued' | 'config'

export type ItemState = 'QUEUED' | 'SUCCESS' | 'FAILURE' | 'CANCELLED'

/** What queries run on: the store, or one transaction of it. */
export type Db = Kysely<Schema> | Transaction<Schema>
/** Changes only ever run in a transaction, so that their audit row is part of it. */
export type Tx = Transaction<Schema>
