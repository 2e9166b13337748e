/** Configuration as code: a workspace's configuration read, compared with what a program or a file says, and made that. */
import { bodyOf, type Client } from './client.ts'
import type { Config, ConfigurationDocument, LookupConfig, TransformConfig } from './config.ts'
import type { Configuration } from './config-text.ts'
import type { components } from './openapi.ts'

export type ConfigurationPlan = components['schemas']['ConfigurationPlan']
export type AppliedConfiguration = components['schemas']['AppliedConfiguration']

export interface ConfigSurroundings {
  /** Where secrets are, by name. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Reads a file that the config names. */
  readonly readFile: (path: string) => Promise<string>
}

/** All that a workspace is set to, without secrets. @throws ClientError `forbidden`. */
export function exportConfiguration(client: Client): Promise<Configuration> {
  return bodyOf(client.GET('/api/v1/configuration'))
}

/**
 * What an apply would change, all of it checked; nothing is changed. What the document does not name stays, unless `prune`.
 * @throws ClientError `invalid_request`, `invalid_mapping`, `invalid_code`, `invalid_sql`, `conflict`, with `fields`.
 */
export function planConfiguration(
  client: Client,
  document: ConfigurationDocument,
  { prune = false } = {},
): Promise<ConfigurationPlan> {
  return bodyOf(client.POST('/api/v1/configuration/plan', { body: { document, prune } }))
}

/**
 * Makes the workspace what the document says, all of it or nothing; the same again changes nothing.
 * @throws ClientError as `planConfiguration`; `conflict`: the plan of this `baseVersion` is not what would be done now.
 */
export function applyConfiguration(
  client: Client,
  document: ConfigurationDocument,
  { prune = false, baseVersion }: { prune?: boolean; baseVersion?: string } = {},
): Promise<AppliedConfiguration> {
  const body = { document, prune, ...(baseVersion !== undefined && { baseVersion }) }
  return bodyOf(client.POST('/api/v1/configuration/apply', { body }))
}

/**
 * What a config says, with its files read and its secrets found; one that is not in the environment is left out, and stays as it is.
 * @throws whatever `readFile` throws; TypeError: a file's ending tells no language.
 */
export async function documentOf(
  config: Config,
  { env, readFile }: ConfigSurroundings,
): Promise<ConfigurationDocument> {
  const { inputs = [], sources = [], codeSettings = {}, codeSecrets = {} } = config
  const { dimensions = [], patterns = [], harmonisedDimensions = [], calculatedMeasurements = [] } = config
  const document = {
    mappingMode: config.mappingMode,
    inputs: [
      ...inputs.map((input) => withSettings(input, env)),
      ...sources
        .map((source) => withSettings(source, env))
        .map(({ schedule, isPaused, limits, ...input }) => ({
          ...input,
          source: { schedule, isPaused, limits },
        })),
    ],
    buckets: config.buckets ?? [],
    eventTypes: (config.eventTypes ?? []).map(({ name, ...mapping }) => ({ name, mapping })),
    transforms: {
      ...codeSettings,
      modules: await Promise.all((config.transforms ?? []).map((module) => moduleOf(module, readFile))),
      lookups: await Promise.all((config.lookups ?? []).map((lookup) => lookupOf(lookup, readFile))),
      secrets: Object.entries(codeSecrets).map(([name, value]) => ({ name, value: found(value, env) })),
    },
    notificationChannels: (config.channels ?? []).map(({ target, ...channel }) => ({
      ...channel,
      target: target.kind === 'email' ? target : { ...target, url: found(target.url, env) },
    })),
    notificationMutes: config.mutes ?? [],
    scheduledQueries: config.scheduledQueries ?? [],
    archive: archiveOf(config.archive, env),
    semanticLayer: { dimensions, patterns, harmonisedDimensions, calculatedMeasurements },
  }
  return document as ConfigurationDocument
}

const languages: Readonly<Record<string, 'typescript' | 'javascript' | 'python'>> = {
  ts: 'typescript',
  mts: 'typescript',
  js: 'javascript',
  mjs: 'javascript',
  py: 'python',
}

async function moduleOf(module: TransformConfig, readFile: ConfigSurroundings['readFile']) {
  const { name } = module
  if ('code' in module) return { name, language: module.language ?? 'typescript', code: module.code }
  const language = module.language ?? languages[module.file.split('.').at(-1) ?? '']
  if (language === undefined) throw new TypeError(`Nothing says in which language ${module.file} is`)
  return { name, language, code: await readFile(module.file) }
}

async function lookupOf(lookup: LookupConfig, readFile: ConfigSurroundings['readFile']) {
  if ('entries' in lookup) return lookup
  const text = await readFile(lookup.file)
  try {
    return { name: lookup.name, entries: JSON.parse(text) as Record<string, unknown> }
  } catch (error) {
    throw new TypeError(`${lookup.file} is no JSON: ${(error as Error).message}`)
  }
}

function archiveOf(archive: Config['archive'], env: ConfigSurroundings['env']): Config['archive'] {
  if (archive === undefined || archive.target.kind === 'folder') return archive
  const { target } = archive
  return { ...archive, target: { ...target, secretAccessKey: found(target.secretAccessKey, env) } } as Config['archive']
}

interface Reference {
  readonly secret: { readonly name: string; readonly value?: string | undefined }
}

/** With the value that the environment has for it. Only where a secret belongs is one looked for, never in data. */
function found<T>(reference: T, env: ConfigSurroundings['env']): T {
  if (!isReference(reference)) return reference
  const { name, value = env[name] } = reference.secret
  return { secret: { name, ...(value !== undefined && value !== '' && { value }) } } as T
}

/** A setting may have parts that are secret. */
function foundWithin(value: unknown, env: ConfigSurroundings['env']): unknown {
  if (isReference(value)) return found(value, env)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, foundWithin(inner, env)]))
}

function isReference(value: unknown): value is Reference {
  if (typeof value !== 'object' || value === null || !('secret' in value)) return false
  const { secret } = value
  return typeof secret === 'object' && secret !== null && 'name' in secret && typeof secret.name === 'string'
}

function withSettings<T extends { readonly settings?: Record<string, unknown> }>(
  input: T,
  env: ConfigSurroundings['env'],
): T {
  const { settings } = input
  if (settings === undefined) return input
  const told = Object.entries(settings).map(([name, value]) => [name, foundWithin(value, env)])
  return { ...input, settings: Object.fromEntries(told) }
}
