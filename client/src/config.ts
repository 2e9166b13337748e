/**
 * What `millrace.config.ts` is written with: a workspace's configuration as typed values. Nothing here does anything but say what type
 * its argument has; `millrace plan` and `millrace apply` read what the file exports by default.
 */
import type { components } from './openapi.ts'

export type ConfigurationDocument = components['schemas']['ConfigurationDocumentInput']
type Items<Name extends keyof ConfigurationDocument> =
  NonNullable<ConfigurationDocument[Name]> extends (infer Item)[] ? Item : never
/** What has a default may be left out, at any depth. */
type Lenient<T, Names extends string> = T extends readonly (infer Item)[]
  ? readonly Lenient<Item, Names>[]
  : T extends object
    ? { readonly [Key in keyof T as Key extends Names ? Key : never]?: Lenient<T[Key], Names> } & {
        readonly [Key in keyof T as Key extends Names ? never : Key]: Lenient<T[Key], Names>
      }
    : T
type Transforms = NonNullable<ConfigurationDocument['transforms']>
type Layer = NonNullable<ConfigurationDocument['semanticLayer']>
type Module = NonNullable<Transforms['modules']>[number]
type Lookup = NonNullable<Transforms['lookups']>[number]
type Mapping = Items<'eventTypes'>['mapping']
type Input = Items<'inputs'>

/** A secret by its name, which `millrace apply` finds in the environment. */
export interface Secret {
  readonly secret: { readonly name: string }
}
export type InputConfig = Lenient<Omit<Input, 'source'>, 'isEnabled' | 'settings'>
/** An input that fetches by itself. */
export type SourceConfig = InputConfig &
  Lenient<
    NonNullable<Input['source']>,
    'schedule' | 'isPaused' | 'limits' | 'daysPerJob' | 'jobsAtOnce' | 'callsPerDay' | 'timeZone' | 'lagDays'
  >
export type BucketConfig = Items<'buckets'>
export type EventTypeConfig = Lenient<{ name: string } & Omit<Mapping, 'usesDefaultMode'>, never>
/** Code in a file beside the configuration; its language is that of the ending: .ts, .js or .py. */
export type TransformConfig = { name: string; language?: Module['language'] } & ({ file: string } | { code: string })
/** Keys and values that code reads; those of a file are JSON. */
export type LookupConfig = { name: string } & ({ file: string } | { entries: Lookup['entries'] })
export type CodeSettings = Lenient<Pick<Transforms, 'order' | 'limits'>, never>
export type ScheduledQueryConfig = Lenient<
  Items<'scheduledQueries'>,
  'isEnabled' | 'timeLimitSeconds' | 'timeZone' | 'by'
>
export type ChannelConfig = Lenient<Items<'notificationChannels'>, 'severityMin' | 'digest' | 'isEnabled'>
export type MuteConfig = Lenient<Items<'notificationMutes'>, 'until'>
export type ArchiveConfig = Lenient<
  NonNullable<ConfigurationDocument['archive']>,
  'inputs' | 'rollBytes' | 'rollSeconds' | 'region' | 'prefix' | 'serverSideEncryption'
>
export type DimensionConfig = Lenient<NonNullable<Layer['dimensions']>[number], 'role' | 'displayName' | 'aggregation'>
export type PatternConfig = Lenient<
  NonNullable<Layer['patterns']>[number],
  'sources' | 'default' | 'group' | 'isCaseSensitive'
>
export type HarmonisedDimensionConfig = Lenient<NonNullable<Layer['harmonisedDimensions']>[number], never>
export type CalculatedMeasurementConfig = Lenient<NonNullable<Layer['calculatedMeasurements']>[number], 'tables'>

/** What is left out is not spoken of: it stays as it is, unless `--prune` is given. */
export interface Config {
  /** Of event types that have no mode of their own. */
  readonly mappingMode?: ConfigurationDocument['mappingMode']
  readonly inputs?: readonly InputConfig[]
  readonly sources?: readonly SourceConfig[]
  readonly buckets?: readonly BucketConfig[]
  readonly eventTypes?: readonly EventTypeConfig[]
  readonly transforms?: readonly TransformConfig[]
  readonly codeSettings?: CodeSettings
  readonly lookups?: readonly LookupConfig[]
  /** That code may ask for, by the names it knows them by. */
  readonly codeSecrets?: Readonly<Record<string, Secret>>
  readonly scheduledQueries?: readonly ScheduledQueryConfig[]
  readonly channels?: readonly ChannelConfig[]
  readonly mutes?: readonly MuteConfig[]
  readonly archive?: ArchiveConfig
  readonly dimensions?: readonly DimensionConfig[]
  readonly patterns?: readonly PatternConfig[]
  readonly harmonisedDimensions?: readonly HarmonisedDimensionConfig[]
  readonly calculatedMeasurements?: readonly CalculatedMeasurementConfig[]
}

const define =
  <T>() =>
  (value: T): T =>
    value

export const defineConfig = define<Config>()
export const defineInput = define<InputConfig>()
export const defineSource = define<SourceConfig>()
export const defineBucket = define<BucketConfig>()
export const defineEventType = define<EventTypeConfig>()
export const defineTransform = define<TransformConfig>()
export const defineLookup = define<LookupConfig>()
export const defineScheduledQuery = define<ScheduledQueryConfig>()
export const defineChannel = define<ChannelConfig>()
export const defineMute = define<MuteConfig>()
export const defineArchive = define<ArchiveConfig>()
export const defineDimension = define<DimensionConfig>()
export const definePattern = define<PatternConfig>()
export const defineHarmonisedDimension = define<HarmonisedDimensionConfig>()
export const defineCalculatedMeasurement = define<CalculatedMeasurementConfig>()

/** A secret, by reference: the value of the variable `name` of the environment, where it is applied. */
export function secret(name: string): Secret {
  return { secret: { name } }
}
