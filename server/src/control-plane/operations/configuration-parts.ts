/** What a whole configuration is read and set by: the operations of its parts. Whatever each of them refuses or hides, so does it. */
import type { InputType } from '../../inputs.ts'
import type { DataPlane } from '../data-plane.ts'
import type { Store } from '../store/store.ts'
import type { archiveOperations } from './archive.ts'
import type { BucketDirectory } from './bucket-directory.ts'
import type { bucketOperations } from './buckets.ts'
import type { Deploying, TypeChecker } from './deploying.ts'
import type { InputKeys } from './input-keys.ts'
import type { inputOperations } from './inputs.ts'
import type { lookupOperations } from './lookups.ts'
import type { mappingOperations } from './mappings.ts'
import type { notificationChannelOperations } from './notification-channels.ts'
import type { notificationOperations } from './notifications.ts'
import type { scheduledQueryOperations } from './scheduled-queries.ts'
import type { secretsOfCodeOperations } from './secrets-of-code.ts'
import type { semanticLayerOperations } from './semantic-layer.ts'
import type { sourceOperations } from './sources.ts'
import type { transformOperations } from './transforms.ts'

export interface ConfiguredOperations {
  readonly inputs: ReturnType<typeof inputOperations>
  readonly sources: ReturnType<typeof sourceOperations>
  readonly buckets: ReturnType<typeof bucketOperations>
  readonly mappings: ReturnType<typeof mappingOperations>
  readonly transforms: ReturnType<typeof transformOperations>
  readonly lookups: ReturnType<typeof lookupOperations>
  readonly secretsOfCode: ReturnType<typeof secretsOfCodeOperations>
  readonly notifications: ReturnType<typeof notificationOperations>
  readonly notificationChannels: ReturnType<typeof notificationChannelOperations>
  readonly scheduledQueries: ReturnType<typeof scheduledQueryOperations>
  readonly semanticLayer: ReturnType<typeof semanticLayerOperations>
  readonly archive: ReturnType<typeof archiveOperations>
}

/** Operations over one store: the real one, or one within a transaction. */
export interface Within {
  readonly store: Store
  readonly operations: ConfiguredOperations
  readonly deploying: Deploying
}

export interface ConfigurationParts {
  readonly store: Store
  readonly dataPlane: DataPlane
  readonly inputTypes: Readonly<Record<string, InputType>>
  readonly inputKeys: InputKeys
  readonly buckets: BucketDirectory
  readonly operations: ConfiguredOperations
  readonly checkTypes: TypeChecker
  /** Makes the views of the semantic layer what its definitions ask for. */
  readonly refreshViews: (workspace: string) => Promise<void>
  /** The same operations over other parts. */
  readonly over: (others: OtherParts) => { operations: ConfiguredOperations; deploying: Deploying }
}

interface OtherParts {
  readonly store: Store
  readonly dataPlane: DataPlane
  readonly inputKeys: InputKeys
  readonly buckets: BucketDirectory
  readonly checkTypes: TypeChecker
  readonly acceptInvalid: (message: string) => void
}

/** What a document says of a secret, whose value is in no export: its name where it is kept, and its value where that was to be had. */
export interface SecretReference {
  readonly secret: { readonly name: string; readonly value?: string | undefined }
}

export interface ConfigurationDocument {
  readonly mappingMode?: 'AUTO_MAP' | 'STRICT' | 'FLEXIBLE' | undefined
  readonly inputs: readonly InputPart[]
  readonly buckets: readonly BucketPart[]
  readonly eventTypes: readonly { readonly name: string; readonly mapping: MappingPart }[]
  readonly transforms: TransformsPart
  readonly notificationChannels: readonly ChannelPart[]
  readonly notificationMutes: readonly { readonly type: string; readonly until: number | null }[]
  readonly scheduledQueries: readonly QueryPart[]
  readonly archive?: ArchivePart | undefined
  readonly semanticLayer: Parameters<ReturnType<typeof semanticLayerOperations>['apply']>[1]
}

type Schedule = Parameters<ReturnType<typeof sourceOperations>['schedule']>[2]

export interface InputPart {
  readonly label: string
  readonly type: string
  readonly isEnabled: boolean
  readonly settings: Readonly<Record<string, unknown>>
  /** Of one that fetches. */
  readonly source?:
    | {
        readonly schedule: Schedule
        readonly isPaused: boolean
        readonly limits: { daysPerJob: number | null; jobsAtOnce: number | null; callsPerDay: number | null }
      }
    | undefined
}

export interface BucketPart {
  /** Label. */
  readonly input: string
  readonly key: string
  readonly name: string
  readonly eventType: string
}

/** As a mapping is set. */
export interface MappingPart {
  readonly mode?: string | undefined
  readonly table?: string | undefined
  readonly fields: readonly Readonly<Record<string, unknown>>[]
  readonly [other: string]: unknown
}

export interface TransformsPart {
  readonly order?: readonly string[] | null | undefined
  /** What is left out is as by default. Absent: they stay. */
  readonly limits?: Readonly<Record<string, number | undefined>> | undefined
  readonly modules: readonly {
    readonly name: string
    readonly language: 'typescript' | 'javascript' | 'python'
    readonly code: string
  }[]
  readonly lookups: readonly { readonly name: string; readonly entries: Readonly<Record<string, unknown>> }[]
  readonly secrets: readonly { readonly name: string; readonly value: SecretReference }[]
}

export interface ChannelPart {
  readonly label: string
  readonly target:
    | { readonly kind: 'email'; readonly to: string[] }
    | { readonly kind: 'webhook' | 'slack'; readonly url: SecretReference }
  readonly severityMin: Parameters<ReturnType<typeof notificationChannelOperations>['create']>[1]['severityMin']
  readonly digest: Parameters<ReturnType<typeof notificationChannelOperations>['create']>[1]['digest']
  readonly isEnabled: boolean
}

type QueryDraft = Parameters<ReturnType<typeof scheduledQueryOperations>['create']>[1]

export interface QueryPart {
  readonly label: string
  readonly target: string
  readonly statement: QueryDraft['work']
  readonly schedule: QueryDraft['schedule']
  readonly timeLimitSeconds: number
  readonly isEnabled: boolean
}

export interface ArchivePart {
  readonly target: { readonly kind: 'folder'; readonly folder: string } | S3Part
  readonly inputs: string[] | null
  readonly rollBytes: number
  readonly rollSeconds: number
}

type S3Part = Omit<
  Extract<Parameters<ReturnType<typeof archiveOperations>['set']>[1]['target'], { kind: 's3' }>,
  'secretAccessKey'
> & { readonly secretAccessKey?: SecretReference | undefined }
