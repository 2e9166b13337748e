/** `millrace connector run`: a connector's rows, state and progress, here and now. */
import { existsSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Connector, DateRange } from '@millrace/server/connector-kit'
import { type ExitCode, exitCodes, usageError } from '../failure.ts'
import { readJsonFile } from '../json-file.ts'
import { jsonLine, type Output, printable } from '../output.ts'
import { formatNumberOf } from '../quantities.ts'
import { untilStopped } from '../stopping.ts'
import type { World } from '../world.ts'
import type { Run } from './command.ts'
import { findConnector } from './connector-package.ts'
import { settingsOf } from './inputs.ts'
import { askSettings } from './setting-prompts.ts'

export interface RunOptions {
  readonly connector?: string
  readonly settings?: string
  readonly set: readonly string[]
  readonly state?: string
  readonly from?: string
  readonly to?: string
  readonly pages?: number
  readonly allowedHosts?: string
  readonly filesRoot?: string
  readonly json?: boolean
}

type Settings = Record<string, unknown>

export async function runConnector({ world, output }: Run, options: RunOptions, place: string): Promise<ExitCode> {
  const connector = await findConnector(world, place, options.connector)
  const given = options.settings === undefined ? {} : objectOf(await readJsonFile(world, options.settings))
  const set = { ...given, ...settingsOf(options.set) }
  const settings = world.stdin.isTTY === true ? await completed(world, connector, set) : set
  checkSettings(connector.settings.safeParse(settings).error?.issues ?? [])
  const range = rangeOf(options)
  if (range && !connector.isByDate) throw usageError(`${connector.title} does not fetch by dates`)
  const state = await readState(world, options.state)
  const { runLocally } = await import('@millrace/server/pull/local-run')
  const { openOutbound } = await import('@millrace/server/outbound')
  const allowed = options.allowedHosts ?? world.env['MILLRACE_ALLOWED_HOSTS'] ?? ''
  const filesRoot = options.filesRoot ?? world.env['MILLRACE_FILES_ROOT']
  const tell = teller(world, output)
  const done = { rows: 0 }
  const isStopped = await untilStopped(world, async (signal) => {
    await runLocally({
      connector,
      settings,
      state,
      range,
      signal,
      pagesMax: options.pages ?? Number.POSITIVE_INFINITY,
      outbound: openOutbound(allowed.split(',').flatMap((host) => host.trim() || [])),
      ...(filesRoot && { filesRoot: resolve(world.cwd, filesRoot) }),
      log: tell.log,
      async onPage({ drafts }, lines, state) {
        for (const [index, { type, id, time }] of drafts.entries()) {
          const data: unknown = JSON.parse(lines[index]!.toString())
          const at = time === undefined ? {} : { time: new Date(time).toISOString() }
          world.stdout.write(`${jsonLine({ type, ...(id !== undefined && { id }), ...at, data })}\n`)
        }
        done.rows += drafts.length
        if (options.state !== undefined) await writeJson(world, options.state, state)
        tell.state(state)
      },
      onProgress: tell.progress,
      async onSettings(change) {
        tell.changed(Object.keys(change))
        if (options.settings === undefined || options.settings === '-') return
        await writeJson(world, options.settings, Object.assign(given, change))
      },
    })
  })
  output.remark(`${formatNumberOf(done.rows, 'row')}${isStopped ? ', and stopped' : ''}.`)
  return exitCodes.ok
}

/** With what it needs and was not given. */
async function completed(world: World, { settings }: Connector, given: Settings): Promise<Settings> {
  const { describeSettings } = await import('@millrace/server/settings')
  return askSettings(world, describeSettings(settings), given, { isBrief: true })
}

/** What is no row: lines on standard error. */
function teller({ stderr }: World, { isHuman }: Output) {
  const say = (record: object, human: string) => void stderr.write(`${isHuman ? printable(human) : jsonLine(record)}\n`)
  const line =
    (level: string) =>
    (message: string, fields: object = {}) =>
      say(
        { log: level, message, fields },
        `${level.padEnd(8)} ${message} ${Object.keys(fields).length > 0 ? jsonLine(fields) : ''}`,
      )
  return {
    log: { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') },
    state: (state: object) => say({ state }, `state    ${jsonLine(state)}`),
    changed: (names: readonly string[]) => say({ settingsChanged: names }, `settings changed: ${names.join(', ')}`),
    progress(loaded: number | undefined, total: number | undefined, message = '') {
      say({ progress: { loaded, total, message } }, `progress ${loaded ?? '?'} of ${total ?? '?'} ${message}`)
    },
  }
}

function rangeOf({ from, to }: RunOptions): DateRange | undefined {
  if (from === undefined && to === undefined) return undefined
  const isDay = (text: string | undefined) =>
    text !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text)
  if (!isDay(from) || !isDay(to) || from! > to!)
    throw usageError('A range needs --from and --to, days like 2026-02-28, in their order')
  return { start: from!, end: to! }
}

function checkSettings(issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]): void {
  if (issues.length === 0) return
  const faults = issues.map(({ path, message }) => `${path.map(String).join('.') || 'settings'}: ${message}`)
  throw usageError(`The connector does not take these settings: ${faults.join('; ')}`)
}

async function readState({ cwd }: World, file: string | undefined): Promise<Settings> {
  if (file === undefined || !existsSync(resolve(cwd, file))) return {}
  try {
    return objectOf(JSON.parse(await readFile(resolve(cwd, file), 'utf8')))
  } catch (error) {
    throw usageError(`${file} holds no state: ${(error as Error).message}`)
  }
}

function objectOf(value: unknown): Settings {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Settings
  throw usageError('Settings and state are objects of JSON')
}

/** Whole or not at all, and for nobody else: there may be secrets in it. */
async function writeJson({ cwd }: World, file: string, value: object): Promise<void> {
  const place = resolve(cwd, file)
  await writeFile(`${place}.part`, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 })
  await rename(`${place}.part`, place)
}
