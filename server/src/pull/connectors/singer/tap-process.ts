/**
 * A tap as a process: with nothing of the server's environment, with files that only this user may read and that are gone afterwards,
 * and ended, with all that it began, when it is not wanted or says nothing for too long.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { constants } from 'node:fs'
import { access, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { MillraceError } from '../../../errors.ts'
import { NotRetryable, sourceUnavailable } from '../../connector.ts'

export interface TapRun {
  /** The folder of MILLRACE_SINGER_TAPS; '' where none is set. */
  readonly root: string
  readonly tap: string
  readonly args: readonly string[]
  /** By flag: `config` becomes `--config FILE`. */
  readonly files: Readonly<Record<string, unknown>>
  readonly silenceMs: number
  readonly signal: AbortSignal
  onStderr(line: string): void
}

/** A line may have so many bytes: a record is an event, which may have far fewer. */
const lineBytesMax = 64 * 1024 * 1024
const killAfterMs = 5_000
const lastWordsMax = 300

/** Lines of its standard output. @throws NotRetryable, MillraceError `forbidden`, `source_unavailable`; the signal's reason. */
export async function* linesOfTap(run: TapRun): AsyncGenerator<string> {
  const executable = await executableOf(run)
  const folder = await mkdtemp(join(tmpdir(), 'millrace-tap-'))
  try {
    const args = [...run.args]
    for (const [flag, value] of Object.entries(run.files)) {
      const file = join(folder, `${flag}.json`)
      await writeFile(file, JSON.stringify(value), { mode: 0o600 })
      args.push(`--${flag}`, file)
    }
    const env = { PATH: process.env['PATH'] ?? '', HOME: folder, LANG: 'C.UTF-8', TZ: 'UTC' }
    // A group of its own: what the tap begins is ended with it.
    const tap = spawn(executable, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    yield* untilEnd(tap, run)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function* untilEnd(tap: ChildProcessByStdio<null, Readable, Readable>, run: TapRun): AsyncGenerator<string> {
  const ended = Promise.withResolvers<string | undefined>()
  tap.once('error', (error) => ended.resolve(`cannot be run: ${error.message}`))
  tap.once('close', (code, signal) =>
    ended.resolve(code === 0 ? undefined : `ended with ${signal ?? `exit code ${code}`}`),
  )
  let lastWords = ''
  let heardAt = performance.now()
  const errors = openLines()
  tap.stderr.on('data', (bytes: Buffer) => {
    heardAt = performance.now()
    for (const line of errors.take(bytes)) {
      lastWords = line.trim() || lastWords
      run.onStderr(line)
    }
  })
  const output = openLines()
  const chunks = tap.stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  try {
    for (;;) {
      heardAt = performance.now() // only what is waited for can be late
      const chunk = await unlessSilent(chunks.next(), () => heardAt, run)
      if (chunk.done) break
      run.signal.throwIfAborted()
      yield* output.take(chunk.value)
    }
    const rest = output.rest()
    const failure = await ended.promise
    if (failure !== undefined)
      throw new Error(`The tap ${run.tap} ${failure}${lastWords && `: ${lastWords.slice(0, lastWordsMax)}`}`)
    if (rest !== '') yield rest
  } finally {
    await endGroup(tap, ended.promise)
  }
}

async function unlessSilent<T>(
  next: Promise<T>,
  heardAt: () => number,
  { silenceMs, signal, tap }: TapRun,
): Promise<T> {
  next.catch(() => {}) // told by the race, or of no interest any more
  const waiting = new AbortController()
  const aborted = AbortSignal.any([signal, waiting.signal])
  const silence = async (): Promise<never> => {
    for (;;) {
      const leftMs = heardAt() + silenceMs - performance.now()
      if (leftMs <= 0) throw sourceUnavailable(`The tap ${tap} wrote nothing for ${silenceMs / 60_000} minutes`)
      await delay(leftMs, undefined, { signal: aborted })
    }
  }
  try {
    return await Promise.race([next, silence()])
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    waiting.abort()
  }
}

async function endGroup(tap: ChildProcessByStdio<null, Readable, Readable>, ended: Promise<unknown>): Promise<void> {
  tap.stdout.destroy()
  const kill = (name: NodeJS.Signals) => {
    try {
      if (tap.pid !== undefined) process.kill(-tap.pid, name)
    } catch {
      // All of them are gone.
    }
  }
  kill('SIGTERM')
  const giveUp = new AbortController()
  await Promise.race([ended, delay(killAfterMs, undefined, { signal: giveUp.signal }).catch(() => {})])
  giveUp.abort()
  kill('SIGKILL')
}

async function executableOf({ root, tap }: TapRun): Promise<string> {
  if (root === '')
    throw new MillraceError('forbidden', 'No Singer taps are allowed on this server', {
      hint: 'An operator can allow those of a folder: MILLRACE_SINGER_TAPS.',
    })
  const file = join(root, tap)
  try {
    if (!(await stat(file)).isFile()) throw new Error('no file')
    await access(file, constants.X_OK)
    return file
  } catch {
    throw new NotRetryable(`There is no executable ${JSON.stringify(tap)} in the folder of MILLRACE_SINGER_TAPS`)
  }
}

/** Bytes as lines, whatever pieces they come in. @throws NotRetryable: a line is too long. */
function openLines() {
  let pieces: Buffer[] = []
  let bytes = 0
  return {
    *take(chunk: Buffer): Generator<string> {
      let from = 0
      for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, from)) {
        const line = Buffer.concat([...pieces, chunk.subarray(from, end)]).toString('utf8')
        ;[pieces, bytes, from] = [[], 0, end + 1]
        yield line
      }
      pieces.push(chunk.subarray(from))
      bytes += chunk.length - from
      if (bytes > lineBytesMax) throw new NotRetryable(`A tap wrote a line of more than ${lineBytesMax} bytes`)
    },
    rest: () => Buffer.concat(pieces).toString('utf8').trim(),
  }
}
