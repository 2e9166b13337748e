/** A workspace's configuration as `millrace.config.ts`, with files of code and lookups beside it. Secrets are names, never values. */
import type { components } from './openapi.ts'
import { Code, stringOf, typescriptOf } from './typescript-text.ts'

export type Configuration = components['schemas']['Configuration']

export const configFile = 'millrace.config.ts'
const importable = [
  ...['defineInput', 'defineSource', 'defineBucket', 'defineEventType', 'defineTransform', 'defineLookup', 'secret'],
  ...['defineScheduledQuery', 'defineChannel', 'defineMute', 'defineArchive', 'defineDimension', 'definePattern'],
  ...['defineHarmonisedDimension', 'defineCalculatedMeasurement'],
]
const endings: Readonly<Record<string, string>> = { typescript: 'ts', javascript: 'js', python: 'py' }

/** Texts of files by their path, the configuration first. */
export function configFiles(configuration: Configuration): Map<string, string> {
  const { modules, lookups, order, limits, secretNames } = configuration.transforms
  const names = openSecretNames()
  const config = {
    mappingMode: configuration.mappingMode,
    inputs: configuration.inputs.filter(({ source }) => source === undefined).map((input) => inputOf(input, names)),
    sources: configuration.inputs.filter(({ source }) => source !== undefined).map((input) => inputOf(input, names)),
    buckets: calls('defineBucket', configuration.buckets),
    eventTypes: configuration.eventTypes.map(({ name, mapping }) => call('defineEventType', { name, ...mapping })),
    transforms: modules.map(({ name, language }) =>
      call('defineTransform', { name, file: `transforms/${name}.${endings[language]}` }),
    ),
    codeSettings: { order, limits },
    lookups: lookups.map(({ name }) => call('defineLookup', { name, file: `lookups/${name}.json` })),
    codeSecrets: Object.fromEntries(secretNames.map((name) => [name, names.secret(`CODE_${name}`)])),
    scheduledQueries: calls('defineScheduledQuery', configuration.scheduledQueries),
    channels: configuration.notificationChannels.map((channel) => channelOf(channel, names)),
    mutes: calls('defineMute', configuration.notificationMutes),
    archive: archiveOf(configuration.archive, names),
    dimensions: calls('defineDimension', configuration.semanticLayer.dimensions),
    patterns: calls('definePattern', configuration.semanticLayer.patterns),
    harmonisedDimensions: calls('defineHarmonisedDimension', configuration.semanticLayer.harmonisedDimensions),
    calculatedMeasurements: calls('defineCalculatedMeasurement', configuration.semanticLayer.calculatedMeasurements),
  }
  const filled = Object.entries(config).filter(([, value]) => !isEmpty(value))
  const body = typescriptOf(Object.fromEntries(filled))
  // Data may look like calls: what is imported more than is used hinders nobody.
  const used = ['defineConfig', ...importable.filter((name) => body.includes(`${name}(`))].sort()
  const head = `import { ${used.join(', ')} } from '@millrace/client/config'`
  return new Map([
    [configFile, `${head.length > 120 ? brokenImport(used) : head}\n\nexport default defineConfig(${body})\n`],
    ...modules.map(({ name, language, code }) => [`transforms/${name}.${endings[language]}`, code] as const),
    ...lookups.map(
      ({ name, entries }) => [`lookups/${name}.json`, `${JSON.stringify(entries, undefined, 2)}\n`] as const,
    ),
  ])
}

function brokenImport(names: readonly string[]): string {
  return `import {\n${names.map((name) => `  ${name},\n`).join('')}} from '@millrace/client/config'`
}

interface SecretNames {
  secret(name: string): Code
}

/** In capitals, as variables of the environment mostly are; of two that would be the same the second has a number. */
function openSecretNames(): SecretNames {
  const taken = new Set<string>()
  return {
    secret(given) {
      const plain =
        given
          .toUpperCase()
          .replace(/[^A-Z0-9]+/g, '_')
          .replace(/^_+|_+$/g, '') || 'SECRET'
      const base = /^\d/.test(plain) ? `_${plain}` : plain
      let name = base
      for (let count = 2; taken.has(name); count++) name = `${base}_${count}`
      taken.add(name)
      return new Code(`secret(${stringOf(name)})`)
    },
  }
}

function inputOf(
  { label, type, isEnabled, settings, source }: Configuration['inputs'][number],
  names: SecretNames,
): Code {
  const told = Object.entries(settings).map(([name, value]) => [
    name,
    isMark(value) ? names.secret(`${label}_${name}`) : value,
  ])
  const own = {
    label,
    type,
    isEnabled: isEnabled ? undefined : false,
    settings: told.length === 0 ? undefined : Object.fromEntries(told),
  }
  if (source === undefined) return call('defineInput', own)
  const { schedule, isPaused, limits } = source
  return call('defineSource', { ...own, schedule, isPaused: isPaused || undefined, limits })
}

function channelOf(
  { target, isEnabled, ...channel }: Configuration['notificationChannels'][number],
  names: SecretNames,
): Code {
  const { label, ...rest } = channel
  const told = target.kind === 'email' ? target : { kind: target.kind, url: names.secret(`${label}_URL`) }
  return call('defineChannel', { label, target: told, ...rest, isEnabled: isEnabled ? undefined : false })
}

function archiveOf(archive: Configuration['archive'], names: SecretNames): Code | undefined {
  if (archive === null) return undefined
  const { target, ...rest } = archive
  const told =
    target.kind === 'folder' ? target : { ...target, secretAccessKey: names.secret('ARCHIVE_SECRET_ACCESS_KEY') }
  return call('defineArchive', { target: told, ...rest })
}

function isMark(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'set' in value && value.set === true
}

function isEmpty(value: unknown): boolean {
  if (value instanceof Code) return false
  return value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
}

function calls(name: string, items: readonly unknown[]): Code[] {
  return items.map((item) => call(name, item))
}

/** Two levels deep, where lists of calls stand. */
function call(name: string, argument: unknown): Code {
  return new Code(`${name}(${typescriptOf(argument, '    ')})`)
}
