/**
 * Singer taps: executables that write what they fetch as lines of JSON (https://hub.meltano.com/singer/spec). Those of a folder that the
 * operator allows are run, with all that the server's user may do. A tap's STATE becomes the source's when the rows before it are durable.
 */
import { createHash } from 'node:crypto'
import { isExactNumber } from '../../exact-json.ts'
import type { Connector, ConnectorContext, DiscoveryContext, Page, PulledDraft } from '../connector.ts'
import { icon } from './icon.ts'
import { choose, readCatalog, resourcesOf, type SingerCatalog } from './singer/catalog.ts'
import { keyMembersOf } from './singer/key-members.ts'
import { openMessages, type SingerMessage } from './singer/messages.ts'
import {
  configOf,
  openHiding,
  type SingerSettings,
  type SingerState,
  singerSettings,
  singerState,
} from './singer/settings.ts'
import { linesOfTap, type TapRun } from './singer/tap-process.ts'

const draftsPerPage = 1_000
const charsPerPage = 4 * 1024 * 1024
const idCharsMax = 128

/** `root`: the folder of executables; '' where none is allowed. */
export function singerTaps(root: string): Connector<typeof singerSettings, typeof singerState> {
  return {
    title: 'Singer tap',
    icon: icon(
      '<path d="M3 9h10a4 4 0 0 1 4 4v1h-4v-1H3zM6 5h6M9 5v4"/><path d="M15 17.5c1 1.5 1.5 2.2 1.5 2.8a1.5 1.5 0 0 1-3 0c0-.6.5-1.300 1.500-2.800z"/>',
    ),
    settings: singerSettings,
    state: singerState,
    isByDate: false,
    read: (settings, state, context) => read(root, settings, state, context),
    async discover(settings, context) {
      return resourcesOf(await hidden(settings, () => discover(root, settings, context)))
    },
  }
}

async function* read(
  root: string,
  settings: SingerSettings,
  { tap: state }: SingerState,
  context: ConnectorContext,
): AsyncGenerator<Page<SingerState>> {
  const hide = openHiding(settings)
  try {
    const files: Record<string, unknown> = { config: configOf(settings) }
    if (settings.discovers)
      files[settings.catalogFlag] = choose(await discover(root, settings, context), settings.streams)
    if (state !== null) files['state'] = state
    const lines = linesOfTap(runOf(root, settings, context, { args: [], files }))
    yield* pagesOf(lines, settings, hiding(context, hide))
  } catch (error) {
    throw without(error, hide)
  }
}

async function* pagesOf(
  lines: AsyncIterable<string>,
  { tablePrefix, replacesByKey }: SingerSettings,
  { log, progress, declareKey }: Pick<ConnectorContext, 'log' | 'progress' | 'declareKey'>,
): AsyncGenerator<Page<SingerState>> {
  const messages = openMessages(log)
  const keys = new Map<string, readonly string[]>()
  const declared = new Set<string>()
  let drafts: PulledDraft[] = []
  let reached: Partial<SingerState> = {}
  let [chars, rows] = [0, 0]
  function take(): Page<SingerState> {
    const page = { drafts, state: reached }
    rows += drafts.length
    ;[drafts, reached, chars] = [[], {}, 0]
    progress(rows, undefined)
    return page
  }
  for await (const line of lines) {
    const message = messages.read(line)
    if (message?.type === 'RECORD') {
      if (!keys.has(message.stream)) log.warn('records came before their schema', { stream: message.stream })
      if (!keys.has(message.stream)) keys.set(message.stream, [])
      drafts.push(draftOf(message, keys.get(message.stream)!, tablePrefix))
      chars += line.length
      if (drafts.length >= draftsPerPage || chars >= charsPerPage) yield take()
    } else if (message?.type === 'STATE') {
      reached = { tap: message.value }
    } else if (message?.type === 'SCHEMA') {
      keys.set(message.stream, message.key_properties ?? [])
      const key = message.key_properties?.join(', ') || 'none: rows may come twice'
      log.info('a stream', { stream: message.stream, table: tablePrefix + message.stream, key })
      const members = replacesByKey ? keyMembersOf(message) : undefined
      // Before its rows: what is there by then was written without a key.
      if (members !== undefined && !declared.has(message.stream)) {
        declared.add(message.stream)
        await declareKey?.(tablePrefix + message.stream, members)
      }
    }
  }
  messages.end()
  if (drafts.length > 0 || 'tap' in reached) yield take()
}

/** A record that has changed since is another event. Without a key, or where it lies about it, a record has no id. */
function draftOf(
  { stream, record }: SingerMessage & { type: 'RECORD' },
  key: readonly string[],
  prefix: string,
): PulledDraft {
  const own = key.map((name) => record[name])
  const type = prefix + stream
  if (own.length === 0 || own.some((value) => value === undefined || value === null)) return { type, data: record }
  const sum = createHash('sha256')
    .update(JSON.stringify([stream, own, record]))
    .digest('base64url')
    .slice(0, 22)
  const readable = `${own.map(keyText).join('/')}@${sum}`
  return { type, data: record, id: readable.length <= idCharsMax && !/\p{Cc}/u.test(readable) ? readable : sum }
}

function keyText(value: unknown): string {
  return isExactNumber(value) ? JSON.stringify(value) : String(value)
}

async function discover(root: string, settings: SingerSettings, context: DiscoveryContext): Promise<SingerCatalog> {
  const files = { config: configOf(settings) }
  let text = ''
  for await (const line of linesOfTap(runOf(root, settings, context, { args: ['--discover'], files })))
    text += `${line}\n`
  return readCatalog(text)
}

function runOf(
  root: string,
  settings: SingerSettings,
  { signal, log }: Pick<ConnectorContext, 'signal' | 'log'>,
  more: Pick<TapRun, 'args' | 'files'>,
): TapRun {
  const hide = openHiding(settings)
  const { tap, silenceMinutesMax } = settings
  const onStderr = (line: string) => log.info(hide(line))
  return { root, tap, silenceMs: silenceMinutesMax * 60_000, signal, onStderr, ...more }
}

/** The log, whose lines may quote what the tap wrote. */
function hiding({ log, progress, declareKey }: ConnectorContext, hide: (text: string) => string) {
  const fieldsOf = (fields: Parameters<typeof log.info>[1] = {}) =>
    Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? hide(value) : value]),
    )
  const line =
    (level: keyof typeof log): typeof log.info =>
    (message, fields) =>
      log[level](message, fieldsOf(fields))
  return {
    progress,
    ...(declareKey && { declareKey }),
    log: { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') },
  }
}

async function hidden<T>(settings: SingerSettings, work: () => Promise<T>): Promise<T> {
  return work().catch((error: unknown) => {
    throw without(error, openHiding(settings))
  })
}

/** The same error, without the secrets that a tap put into its last words. */
function without(error: unknown, hide: (text: string) => string): unknown {
  if (error instanceof Error) error.message = hide(error.message)
  return error
}
