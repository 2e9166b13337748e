/**
 * The process's own config: flags, then environment, then `millrace.config.ts`, then defaults, made one typed object, once.
 *
 * Every setting is one entry of the table below: its variable, what is allowed, and whether it is a secret. An empty
 * value counts as not set, so that `MILLRACE_PORT=` in a file of variables means the default.
 */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { isAbsolute, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { MillraceError } from './errors.ts'
import { isNetwork } from './peer.ts'

export const roles = ['ingest', 'pipeline', 'control'] as const
export const logLevels = ['debug', 'info', 'warn', 'error'] as const

const settings = {
  host: setting({
    variable: 'MILLRACE_HOST',
    schema: z.string().regex(/^[A-Za-z0-9.:_-]+$/),
    fallback: '127.0.0.1',
    allowed: 'a host name or an IP address',
    meaning: 'Where to listen',
  }),
  port: setting({
    variable: 'MILLRACE_PORT',
    schema: wholeNumber(0, 65_535),
    fallback: 4700,
    allowed: 'a whole number from 0 to 65535; 0 picks a free port',
    meaning: 'Where to listen',
  }),
  data: setting({
    variable: 'MILLRACE_DATA',
    schema: z.string().refine((path) => !path.includes('\0')),
    fallback: '.millrace',
    allowed: 'the path of a folder; it is created where it is missing',
    meaning: 'Data folder: log, metadata, tables and secrets',
  }),
  log: setting({
    variable: 'MILLRACE_LOG',
    schema: place('files:', ['kafka:']),
    fallback: 'files:',
    allowed: 'files:',
    meaning: 'Where events are made durable',
  }),
  store: setting({
    variable: 'MILLRACE_STORE',
    schema: place('embedded:', ['postgres:', 'postgresql:']),
    fallback: 'embedded:',
    allowed: 'embedded:',
    meaning: 'Where the configuration of workspaces lives',
  }),
  destination: setting({
    variable: 'MILLRACE_DESTINATION',
    schema: place('duckdb:', ['postgres:', 'postgresql:', 'clickhouse:']),
    fallback: 'duckdb:',
    allowed: 'duckdb:',
    meaning: 'Where tables live',
  }),
  roles: setting({
    variable: 'MILLRACE_ROLES',
    // Roles spread over processes are not built yet; the setting is there so that a config that names them all goes on working.
    schema: list(z.enum(roles)).refine(
      (names) => names.length === roles.length && new Set(names).size === names.length,
    ),
    fallback: [...roles],
    allowed: `${roles.join(', ')}: all of them, separated by commas; spreading them over processes is not built yet`,
    meaning: 'What this process does',
  }),
  logLevel: setting({
    variable: 'MILLRACE_LOG_LEVEL',
    schema: z.enum(logLevels),
    fallback: 'info',
    allowed: logLevels.join(', '),
    meaning: 'The least important lines that are written',
  }),
  logBytesMax: setting({
    variable: 'MILLRACE_LOG_BYTES_MAX',
    // A quarter of it is a segment, and the largest request must fit into one.
    schema: byteCount(48 * 10 ** 6),
    fallback: 10 * 1024 ** 3,
    allowed: 'a number of bytes, or one with KB, MB, GB, TB, KiB, MiB, GiB or TiB; at least 48 MB',
    meaning: 'Disk budget of the log; intake answers 503 before it is used up',
  }),
  retentionHours: setting({
    variable: 'MILLRACE_RETENTION_HOURS',
    schema: positive(),
    fallback: 168,
    allowed: 'a number greater than 0',
    meaning: 'How long the log keeps what is loaded',
  }),
  protocols: setting({
    variable: 'MILLRACE_PROTOCOLS',
    schema: list(z.string().regex(/^[a-z][a-z0-9-]*$/)),
    fallback: ['all'],
    allowed:
      'all, or types of inputs to take events by, alooma and datorama, separated by commas: native, webhook, segment …',
    meaning: 'How events come in; whatever else is switched off and answers 404',
  }),
  connectors: setting({
    variable: 'MILLRACE_CONNECTORS',
    schema: list(z.string().regex(/^[^\s\0]+$/)),
    fallback: [],
    allowed:
      'packages as they are installed beside the working directory, or paths of their folders, separated by commas',
    meaning: 'Packages whose connectors are loaded: they run in the server, with all that it may do',
  }),
  idHours: setting({
    variable: 'MILLRACE_ID_HOURS',
    schema: positive(),
    fallback: 168,
    allowed: 'a number greater than 0',
    meaning: 'How long an event that comes again is known by its id',
  }),
  jobsKept: setting({
    variable: 'MILLRACE_JOBS_KEPT',
    schema: wholeNumber(100, 10_000_000),
    fallback: 10_000,
    allowed: 'a whole number from 100 to 10000000',
    meaning: 'How many jobs that have ended are kept of each source',
  }),
  jobDays: setting({
    variable: 'MILLRACE_JOB_DAYS',
    schema: positive(),
    fallback: 800,
    allowed: 'a number greater than 0',
    meaning: 'How many days jobs that have ended are kept',
  }),
  idsMax: setting({
    variable: 'MILLRACE_IDS_MAX',
    schema: wholeNumber(1_000, 50_000_000),
    fallback: 2_000_000,
    allowed: 'a whole number from 1000 to 50000000; each takes some 40 bytes of memory',
    meaning: 'How many ids of events are known, in each workspace',
  }),
  restreamEventsMax: setting({
    variable: 'MILLRACE_RESTREAM_EVENTS_MAX',
    schema: wholeNumber(1, 1_000_000_000),
    fallback: 10_000_000,
    allowed: 'a whole number from 1 to 1000000000',
    meaning: 'How many events may wait in a workspace’s restream queue; a full one holds the pipeline',
  }),
  restreamBytesMax: setting({
    variable: 'MILLRACE_RESTREAM_BYTES_MAX',
    schema: byteCount(1_000_000),
    fallback: 10 * 1024 ** 3,
    allowed: 'a number of bytes, or one with KB, MB, GB, TB, KiB, MiB, GiB or TiB; at least 1 MB',
    meaning: 'How many bytes of events may wait there',
  }),
  allowedHosts: setting({
    variable: 'MILLRACE_ALLOWED_HOSTS',
    schema: list(z.string().regex(/^[A-Za-z0-9.:_[\]-]+(\/\d{1,3})?$/)),
    fallback: [],
    allowed: 'hosts, addresses and networks (10.0.0.0/8), separated by commas',
    meaning: 'Private or loopback hosts that sources, webhooks and OAuth refreshes may reach',
  }),
  filesRoot: setting({
    variable: 'MILLRACE_FILES_ROOT',
    // '' is never given by a variable: an empty one counts as not set.
    schema: z.string().refine((path) => path === '' || (isAbsolute(path) && !path.includes('\0'))),
    fallback: '',
    allowed: 'the absolute path of a folder',
    meaning: 'The folder below which sources may read local files; none may where it is not set',
  }),
  singerTaps: setting({
    variable: 'MILLRACE_SINGER_TAPS',
    schema: z.string().refine((path) => path === '' || (isAbsolute(path) && !path.includes('\0'))),
    fallback: '',
    allowed: 'the absolute path of a folder',
    meaning: 'The folder of executables that may be run as Singer taps; none may where it is not set',
  }),
  archiveRoot: setting({
    variable: 'MILLRACE_ARCHIVE_ROOT',
    schema: z.string().refine((path) => path === '' || (isAbsolute(path) && !path.includes('\0'))),
    fallback: '',
    allowed: 'the absolute path of a folder',
    meaning: 'The folder below which raw events may be archived on this machine; none may where it is not set',
  }),
  codeIsolation: setting({
    variable: 'MILLRACE_CODE_ISOLATION',
    schema: z.enum(['required', 'optional']),
    fallback: 'required',
    allowed: 'required or optional',
    meaning: 'Whether users’ code may run although this machine cannot keep it in; on loopback it may, with a warning',
  }),
  hostnames: setting({
    variable: 'MILLRACE_HOSTNAMES',
    schema: list(
      z
        .string()
        .regex(/^[A-Za-z0-9._-]+$/)
        .toLowerCase(),
    ),
    fallback: [],
    allowed: 'host names without ports, separated by commas',
    meaning: 'Names under which the API is reached beside localhost and IP addresses',
  }),
  trustedProxies: setting({
    variable: 'MILLRACE_TRUSTED_PROXIES',
    schema: list(z.string().refine(isNetwork)),
    fallback: [],
    allowed: 'IP addresses and networks (10.0.0.0/8), separated by commas',
    meaning: 'Proxies whose X-Forwarded-For tells who asks, and whose connections are not counted',
  }),
  connectionsPerClientMax: setting({
    variable: 'MILLRACE_CONNECTIONS_PER_CLIENT_MAX',
    schema: wholeNumber(1, 2_000),
    fallback: 500,
    allowed: 'a whole number from 1 to 2000',
    meaning: 'Connections that one address, or one /64 network of IPv6, may hold at once',
  }),
  callsPerMinuteMax: setting({
    variable: 'MILLRACE_CALLS_PER_MINUTE_MAX',
    schema: wholeNumber(1, 1_000_000_000),
    fallback: 60,
    allowed: 'a whole number from 1 to 1000000000',
    meaning: 'Calls of the API a minute by a token that has no limit of its own; MILLRACE_ADMIN_TOKEN has none at all',
  }),
  callsPerDayMax: setting({
    variable: 'MILLRACE_CALLS_PER_DAY_MAX',
    schema: wholeNumber(1, 1_000_000_000),
    fallback: 20_000,
    allowed: 'a whole number from 1 to 1000000000',
    meaning: 'The same in a day (UTC)',
  }),
  adminEmail: setting({
    variable: 'MILLRACE_ADMIN_EMAIL',
    schema: z.string().regex(/^[^\s@]+@[^\s@]+$/),
    fallback: 'admin@localhost',
    allowed: 'an e-mail address',
    meaning: 'The first user',
  }),
  adminPassword: secret({
    variable: 'MILLRACE_ADMIN_PASSWORD',
    schema: z.string().min(12),
    allowed: 'at least 12 characters',
    meaning: 'The first user’s password; generated and printed once where it is not set',
  }),
  adminToken: secret({
    variable: 'MILLRACE_ADMIN_TOKEN',
    schema: z.string().regex(/^[A-Za-z0-9._~+/=-]{16,200}$/),
    allowed: '16 to 200 of A-Z a-z 0-9 . _ ~ + / = -',
    meaning: 'Fixes the first API token, for automation and tests',
  }),
  metricsToken: secret({
    variable: 'MILLRACE_METRICS_TOKEN',
    schema: z.string().regex(/^[A-Za-z0-9._~+/=-]{16,200}$/),
    allowed: '16 to 200 of A-Z a-z 0-9 . _ ~ + / = -',
    meaning: 'Opens the metrics of all workspaces, for Prometheus, and nothing else',
  }),
  smtpUrl: secret({
    variable: 'MILLRACE_SMTP_URL',
    schema: z.string().refine((text) => /^smtps?:$/.test(URL.parse(text)?.protocol ?? '')),
    allowed: 'smtp://name:password@host:587 or smtps://…',
    meaning: 'The mail server that notifications go through; without it none are sent by e-mail',
  }),
  mailFrom: setting({
    variable: 'MILLRACE_MAIL_FROM',
    schema: z.string().regex(/^[^\s@<>]+@[^\s@<>]+$/),
    fallback: 'millrace@localhost',
    allowed: 'an e-mail address',
    meaning: 'The address that e-mails come from',
  }),
  ingestKey: secret({
    variable: 'MILLRACE_INGEST_KEY',
    schema: z.string().regex(/^[A-Za-z0-9._~-]{16,200}$/),
    allowed: '16 to 200 of A-Z a-z 0-9 . _ ~ -',
    meaning: 'Fixes the first native input’s key, for automation and tests',
  }),
  secretKey: secret({
    variable: 'MILLRACE_SECRET_KEY',
    schema: z
      .string()
      .refine((text) => Buffer.from(text, 'base64').length === 32 && /^[A-Za-z0-9+/]{43}=$/.test(text))
      .transform((text) => Buffer.from(text, 'base64')),
    allowed: '32 bytes in base64 (openssl rand -base64 32)',
    meaning: 'Encrypts secrets; generated into the data folder where it is not set',
  }),
} as const

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

interface SettingFields<S extends z.ZodType> {
  variable: string
  schema: S
  allowed: string
  meaning: string
}

function setting<S extends z.ZodType>(fields: SettingFields<S> & { fallback: z.input<S> }) {
  return { ...fields, isSecret: false }
}

function secret<S extends z.ZodType>(fields: SettingFields<S>) {
  return { ...fields, schema: fields.schema.optional(), fallback: undefined, isSecret: true }
}

function wholeNumber(min: number, max: number) {
  return z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]).pipe(z.int().min(min).max(max))
}

/** Elements of an array, or of one text with commas between them. */
function positive() {
  const text = z
    .string()
    .regex(/^\d+(\.\d+)?$/)
    .transform(Number)
  return z.union([z.number(), text]).pipe(z.number().positive())
}

function list<T extends z.ZodType<string, string>>(element: T) {
  const split = z.string().transform((text) => text.split(',').map((part) => part.trim()))
  return z.union([z.array(z.string()), split]).pipe(z.array(element))
}

const unitBytes: Readonly<Record<string, number>> = {
  '': 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
}

function byteCount(min: number) {
  const text = z
    .string()
    .regex(/^\d+(\.\d+)? ?([kmgt]i?b)?$/i)
    .transform((size) => {
      const unit = size.replace(/[\d. ]/g, '').toLowerCase()
      return Math.floor(Number.parseFloat(size) * unitBytes[unit]!)
    })
  return z.union([z.number(), text]).pipe(z.int().min(min))
}

/** The one place that is built so far. The planned ones are refused by name, so that nobody looks for a mistake of theirs. */
function place<Built extends string>(built: Built, planned: readonly string[]) {
  return z.string().transform((value, context): Built => {
    if (value === built) return built
    const scheme = planned.find((name) => value.startsWith(name))
    const message = `which is not built yet: this version knows ${built} alone`
    context.addIssue({ code: 'custom', message, params: { notBuilt: scheme !== undefined } })
    return z.NEVER
  })
}
