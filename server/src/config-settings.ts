/** The table of the process's settings: of each its variable, what is allowed, its default, and whether it is a secret. */
import { isAbsolute } from 'node:path'
import { z } from 'zod'
import { byteCount, list, place, positive, secret, setting, wholeNumber } from './config-kinds.ts'
import { isNetwork } from './peer.ts'

const roles = ['ingest', 'pipeline', 'control'] as const
const logLevels = ['debug', 'info', 'warn', 'error'] as const

export const settings = {
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
  jobBytesMax: setting({
    variable: 'MILLRACE_JOB_BYTES_MAX',
    schema: byteCount(1_000_000),
    fallback: 1024 ** 3,
    allowed: 'a number of bytes, or one with KB, MB, GB, TB, KiB, MiB, GiB or TiB; at least 1 MB',
    meaning: 'How many bytes of what a job retrieved are kept for download',
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
