/** The flags by which a process is configured: those of the server's config that are no secrets. */
import type { Command } from 'commander'
import { examples } from './command.ts'

/** In camel case as `readConfig` takes them. A test compares them with the server's own list. */
export interface ProcessFlags {
  readonly host?: string
  readonly port?: string
  readonly data?: string
  readonly log?: string
  readonly store?: string
  readonly destination?: string
  readonly roles?: string
  readonly logLevel?: string
  readonly logBytesMax?: string
  readonly retentionHours?: string
  readonly protocols?: string
  readonly connectors?: string
  readonly idHours?: string
  readonly jobsKept?: string
  readonly jobDays?: string
  readonly jobBytesMax?: string
  readonly idsMax?: string
  readonly callsPerMinuteMax?: string
  readonly callsPerDayMax?: string
  readonly restreamEventsMax?: string
  readonly restreamBytesMax?: string
  readonly allowedHosts?: string
  readonly filesRoot?: string
  readonly singerTaps?: string
  readonly archiveRoot?: string
  readonly codeIsolation?: string
  readonly hostnames?: string
  readonly trustedProxies?: string
  readonly connectionsPerClientMax?: string
  readonly adminEmail?: string
  readonly mailFrom?: string
}

export const processFlags: Readonly<Record<keyof ProcessFlags, readonly [flag: string, meaning: string]>> = {
  host: ['--host <host>', 'where to listen (127.0.0.1)'],
  port: ['--port <port>', 'where to listen; 0 picks a free port (4700)'],
  data: ['--data <folder>', 'data folder (.millrace)'],
  log: ['--log <place>', 'where events are made durable (files:)'],
  store: ['--store <place>', 'where configuration lives (embedded:)'],
  destination: ['--destination <place>', 'where tables live (duckdb:)'],
  roles: ['--roles <list>', 'what this process does (ingest,pipeline,control)'],
  logLevel: ['--log-level <level>', 'least important lines: debug, info, warn, error (info)'],
  logBytesMax: ['--log-bytes-max <bytes>', 'disk budget of the log (10GiB)'],
  retentionHours: ['--retention-hours <hours>', 'how long the log keeps what is loaded (168)'],
  protocols: ['--protocols <list>', 'how events come in: types of inputs (all)'],
  connectors: ['--connectors <list>', 'packages with connectors of their own (none)'],
  idHours: ['--id-hours <hours>', 'how long events are known by their ids (168)'],
  jobsKept: ['--jobs-kept <number>', 'how many jobs that have ended are kept of each source (10000)'],
  jobDays: ['--job-days <days>', 'how long jobs that have ended are kept (800)'],
  jobBytesMax: ['--job-bytes-max <bytes>', 'how much of what a job retrieved is kept for download (1GiB)'],
  idsMax: ['--ids-max <number>', 'how many ids are known in each workspace (2000000)'],
  restreamEventsMax: ['--restream-events-max <number>', 'events that may wait in a restream queue (10000000)'],
  restreamBytesMax: ['--restream-bytes-max <bytes>', 'bytes that may wait there (10GiB)'],
  allowedHosts: ['--allowed-hosts <list>', 'private hosts that may be reached (none)'],
  filesRoot: ['--files-root <folder>', 'below it sources may read local files (none)'],
  singerTaps: ['--singer-taps <folder>', 'executables in it may be run as Singer taps (none)'],
  archiveRoot: ['--archive-root <folder>', 'below it raw events may be archived (none)'],
  codeIsolation: ['--code-isolation <need>', 'required or optional, for users’ code (required)'],
  hostnames: ['--hostnames <list>', 'names under which the API is reached (any on a public address)'],
  trustedProxies: ['--trusted-proxies <list>', 'proxies that tell who asks (none)'],
  connectionsPerClientMax: ['--connections-per-client-max <number>', 'connections of one address (500)'],
  callsPerMinuteMax: [
    '--calls-per-minute-max <number>',
    'calls of the API a minute by a token without a limit of its own (60)',
  ],
  callsPerDayMax: ['--calls-per-day-max <number>', 'the same in a day (20000)'],
  adminEmail: ['--admin-email <address>', 'the first user (admin@localhost)'],
  mailFrom: ['--mail-from <address>', 'whom e-mails come from (millrace@localhost)'],
}

export function addProcessFlags(command: Command): Command {
  for (const [flag, meaning] of Object.values(processFlags)) command.option(flag, meaning)
  return command.addHelpText(
    'after',
    `
Flags come before the environment (MILLRACE_PORT), which comes before millrace.config.ts; millrace config shows all of it.
Secrets have no flags: MILLRACE_ADMIN_PASSWORD, MILLRACE_ADMIN_TOKEN, MILLRACE_METRICS_TOKEN,
MILLRACE_INGEST_KEY, MILLRACE_SECRET_KEY, MILLRACE_SMTP_URL.
${examples('millrace start', 'millrace start --port 0 --data /var/lib/millrace', 'millrace config --json')}`,
  )
}

/** The flags alone, without what else was given to the command. */
export function pickFlags(options: ProcessFlags): ProcessFlags {
  return Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(processFlags, name)))
}
