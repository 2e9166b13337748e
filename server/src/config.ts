/**
 * The process's own config: flags, then environment, then `millrace.config.ts`, then defaults, made one typed object, once.
 *
 * Every setting is one entry of the table in `config-settings.ts`. An empty value counts as not set, so that `MILLRACE_PORT=` in a
 * file of variables means the default.
 */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { settings } from './config-settings.ts'
import { MillraceError } from './errors.ts'

export type SettingName = keyof typeof settings

/** What the process was told, checked. `data` is an absolute path; a secret that nobody set is undefined. */
export type Config = { readonly [Name in SettingName]: z.output<(typeof settings)[Name]['schema']> }

/** What can be put into `millrace.config.ts`, as its default export; values may also be written as the variables are. */
export type ConfigFile = { readonly [Name in SettingName]?: z.input<(typeof settings)[Name]['schema']> }

export interface ConfigSources {
  /** By setting: `{ port: '4701' }`. Secrets have no flags, because every user of a machine sees the flags of its processes. */
  readonly flags: Readonly<Partial<Record<SettingName, string | undefined>>>
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where `millrace.config.ts` is looked for, and what relative paths start from. */
  readonly cwd: string
}

export interface ConfigEntry {
  readonly name: SettingName
  readonly variable: string
  /** The flag that sets it, undefined for a secret. */
  readonly flag: string | undefined
  /** As text; `(set)` for a secret, null where nothing is set. */
  readonly value: string | null
  /** `--port`, `environment`, `millrace.config.ts` or `default`. */
  readonly origin: string
  readonly allowed: string
  readonly meaning: string
}

/** @throws MillraceError `invalid_request`: names every bad value, where it came from and what is allowed; never a secret. */
export async function readConfig(sources: ConfigSources): Promise<Config> {
  return check(await collect(sources), sources.cwd)
}

/** Every setting with its value and where that came from. @throws MillraceError as {@link readConfig}. */
export async function describeConfig(sources: ConfigSources): Promise<ConfigEntry[]> {
  const raw = await collect(sources)
  const config = check(raw, sources.cwd)
  return settingNames.map((name) => {
    const { variable, isSecret, allowed, meaning } = settings[name]
    const { origin, value } = raw[name]
    const shown = isSecret ? (value === undefined ? null : '(set)') : String(config[name])
    return { name, variable, flag: isSecret ? undefined : flagOf(name), value: shown, origin, allowed, meaning }
  })
}

const settingNames = Object.keys(settings) as SettingName[]
const configFileName = 'millrace.config.ts'

type Raw = Record<SettingName, { value: unknown; origin: string }>

async function collect({ flags, env, cwd }: ConfigSources): Promise<Raw> {
  const file = await importConfigFile(join(cwd, configFileName))
  const find = (name: SettingName) => {
    const { variable, fallback } = settings[name]
    if (isSet(flags[name])) return { value: flags[name], origin: flagOf(name) }
    if (isSet(env[variable])) return { value: env[variable], origin: 'environment' }
    if (isSet(file[name])) return { value: file[name], origin: configFileName }
    return { value: fallback, origin: 'default' }
  }
  return Object.fromEntries(settingNames.map((name) => [name, find(name)])) as Raw
}

const importsDefinitions = /\bfrom\s*['"]@millrace\/client\/config['"]/

async function importConfigFile(path: string): Promise<Partial<Record<string, unknown>>> {
  if (!existsSync(path)) return {}
  // `millrace export` writes a workspace's configuration under the same name; that says nothing of the process.
  if (importsDefinitions.test(await readFile(path, 'utf8'))) return {}
  const module: { default?: unknown } = await import(pathToFileURL(path).href).catch((cause: unknown) => {
    throw new MillraceError('invalid_request', `${path} cannot be read: ${(cause as Error).message}`, { cause })
  })
  const file = z.record(z.string(), z.unknown()).safeParse(module.default)
  if (!file.success) {
    throw new MillraceError('invalid_request', `${path} has no object as its default export`, {
      hint: 'Write: export default { port: 4700 }',
    })
  }
  const unknown = Object.keys(file.data).find((name) => !Object.hasOwn(settings, name))
  if (unknown === undefined) return file.data
  throw new MillraceError('invalid_request', `${path} sets ${JSON.stringify(unknown)}, which is no setting`, {
    hint: `The settings are ${settingNames.join(', ')}.`,
  })
}

function check(raw: Raw, cwd: string): Config {
  const problems: string[] = []
  const parse = (name: SettingName) => {
    const { value, origin } = raw[name]
    const parsed = settings[name].schema.safeParse(value)
    if (parsed.success) return parsed.data
    problems.push(describeProblem(name, value, origin, parsed.error))
    return undefined
  }
  const config = Object.fromEntries(settingNames.map((name) => [name, parse(name)])) as Config
  if (problems.length > 0) throw new MillraceError('invalid_request', problems.join('\n'))
  return { ...config, data: resolve(cwd, config.data) }
}

function describeProblem(name: SettingName, value: unknown, origin: string, error: z.ZodError): string {
  const { variable, isSecret, allowed } = settings[name]
  const shown = isSecret ? 'is set to something' : `is ${withoutPassword(JSON.stringify(value) ?? typeof value)}`
  const notBuilt = error.issues.find((issue) => issue.code === 'custom' && issue.params?.['notBuilt'])
  const reason = notBuilt ? notBuilt.message : 'which is not allowed'
  return `${variable} ${shown} (from ${origin}), ${reason}; allowed: ${allowed}`
}

/** A URL is shown without the name and password in it. */
function withoutPassword(text: string): string {
  return text.replace(/\/\/.*@/g, '//…@')
}

function flagOf(name: SettingName): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}
