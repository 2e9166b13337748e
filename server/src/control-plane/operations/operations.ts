/** Everything that can be done. The API, the command line and the protocols of others end here. */
import type { InputType } from '../../inputs.ts'
import type { DataPlane } from '../data-plane.ts'
import type { Passwords } from '../passwords.ts'
import type { CallLimits } from '../rate-limits.ts'
import { openSemanticViews } from '../semantic-views.ts'
import type { Store } from '../store/store.ts'
import { allJobOperations } from './all-jobs.ts'
import { archiveOperations } from './archive.ts'
import { auditOperations } from './audit.ts'
import { backfillOperations } from './backfills.ts'
import type { BucketDirectory } from './bucket-directory.ts'
import { bucketOperations } from './buckets.ts'
import { bulkOperations } from './bulk.ts'
import type { BulkRuns } from './bulk-runs.ts'
import { calculatedMeasurementOperations } from './calculated-measurements.ts'
import { configurationOperations } from './configuration.ts'
import { openDeploying, type TypeChecker } from './deploying.ts'
import { dimensionOperations } from './dimensions.ts'
import { discoveryOperations } from './discovery.ts'
import { eventTypeOperations } from './event-types.ts'
import { harmonisedDimensionOperations } from './harmonised-dimensions.ts'
import type { InputKeys } from './input-keys.ts'
import { inputOperations } from './inputs.ts'
import { jobOperations } from './jobs.ts'
import { liveOperations } from './live.ts'
import { lookupOperations } from './lookups.ts'
import { mappingOperations } from './mappings.ts'
import { metadataOperations } from './metadata.ts'
import { metricOperations } from './metrics.ts'
import { notificationChannelOperations } from './notification-channels.ts'
import { notificationOperations } from './notifications.ts'
import { outputOperations } from './outputs.ts'
import { patternOperations } from './patterns.ts'
import { queryOperations } from './query.ts'
import { quotaOperations } from './quotas.ts'
import { restreamOperations } from './restream.ts'
import { sampleOperations } from './samples.ts'
import { scheduledQueryOperations } from './scheduled-queries.ts'
import { secretsOfCodeOperations } from './secrets-of-code.ts'
import type { SemanticParts } from './semantic-changes.ts'
import { semanticLayerOperations } from './semantic-layer.ts'
import { sessionOperations } from './session.ts'
import { sourceOperations } from './sources.ts'
import { statusOperations } from './status.ts'
import { tableOperations } from './tables.ts'
import { tokenOperations } from './tokens.ts'
import { transformTrialOperations } from './transform-trials.ts'
import { transformOperations } from './transforms.ts'
import { openTypesOfCode } from './types-of-code.ts'
import { userOperations } from './users.ts'
import { workspaceSettingsOperations } from './workspace-settings.ts'
import { workspaceOperations } from './workspaces.ts'

export type Operations = ReturnType<typeof createOperations>

interface OperationParts {
  readonly store: Store
  readonly dataPlane: DataPlane
  readonly inputKeys: InputKeys
  readonly buckets: BucketDirectory
  readonly inputTypes: Readonly<Record<string, InputType>>
  readonly passwords: Passwords
  /** Of tokens that have none of their own. */
  readonly callLimits: CallLimits
  readonly bulkRuns: Pick<BulkRuns, 'wake'>
}

/** What an operation that does several others at once has otherwise than they. */
export interface OtherParts {
  readonly checkTypes?: TypeChecker
  readonly acceptInvalid?: SemanticParts['acceptInvalid']
}

function basicOperations({
  checkTypes,
  acceptInvalid,
  store,
  dataPlane,
  inputKeys,
  buckets,
  inputTypes,
  passwords,
  callLimits,
  bulkRuns,
}: OperationParts & OtherParts) {
  const types = openTypesOfCode(store)
  const deploying = openDeploying({ store, dataPlane, checkTypes: checkTypes ?? types.check })
  const semantic = {
    ...{ store, dataPlane, views: openSemanticViews(store, dataPlane) },
    ...(acceptInvalid && { acceptInvalid }),
  }
  const operations = {
    session: sessionOperations(store, passwords),
    workspaces: workspaceOperations(store, dataPlane, inputKeys),
    quotas: quotaOperations(store, dataPlane, inputKeys),
    users: userOperations(store, passwords),
    tokens: tokenOperations(store, callLimits),
    inputs: inputOperations({ store, inputKeys, types: inputTypes, dataPlane }),
    sources: sourceOperations({ store, types: inputTypes, dataPlane }),
    discovery: discoveryOperations({ store, types: inputTypes, dataPlane }),
    jobs: jobOperations(store, dataPlane),
    bulk: bulkOperations({ store, types: inputTypes, runs: bulkRuns }),
    buckets: bucketOperations(store, buckets),
    eventTypes: eventTypeOperations(store, dataPlane),
    transforms: transformOperations({ store, dataPlane, deploying, declarations: types.declarations }),
    transformTrials: transformTrialOperations(store, dataPlane),
    secretsOfCode: secretsOfCodeOperations(store, deploying),
    lookups: lookupOperations(store, deploying),
    mappings: mappingOperations(store, dataPlane),
    backfills: backfillOperations(store, dataPlane),
    tables: tableOperations(store, dataPlane),
    query: queryOperations(store, dataPlane),
    scheduledQueries: scheduledQueryOperations(store, dataPlane),
    dimensions: dimensionOperations(semantic),
    patterns: patternOperations(semantic),
    harmonisedDimensions: harmonisedDimensionOperations(semantic),
    calculatedMeasurements: calculatedMeasurementOperations(semantic),
    semanticLayer: semanticLayerOperations(semantic),
    restream: restreamOperations(store, dataPlane),
    outputs: outputOperations(dataPlane, store.now),
    status: statusOperations(dataPlane),
    metadata: metadataOperations({ store, types: inputTypes, dataPlane }),
    metrics: metricOperations(dataPlane, store.now),
    samples: sampleOperations(dataPlane),
    live: liveOperations(dataPlane),
    notifications: notificationOperations(store, dataPlane),
    notificationChannels: notificationChannelOperations(store, dataPlane),
    archive: archiveOperations(store, dataPlane),
    audit: auditOperations(store),
  }
  return { operations, deploying, types, views: semantic.views }
}

export function createOperations(parts: OperationParts) {
  const { store, dataPlane } = parts
  const { operations, types, views } = basicOperations(parts)
  parts.inputKeys.watch(views.inputsChanged)
  parts.buckets.watch((workspace) => void views.refresh(workspace))
  return {
    ...operations,
    allJobs: allJobOperations({ store, ...operations }),
    settings: workspaceSettingsOperations(store, dataPlane, operations),
    configuration: configurationOperations({
      ...parts,
      operations,
      checkTypes: types.check,
      refreshViews: views.refresh,
      over: (others) => basicOperations({ ...parts, ...others }),
    }),
  }
}
