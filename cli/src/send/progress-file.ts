/**
 * How far a run has come, kept where the next one finds it. Batches are counted, not bytes: the same file in the same
 * batches is the same everywhere. The file is replaced in one step and synced, so that a crash leaves the one before.
 */
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { usageError } from '../failure.ts'
import type { Batch } from './batches.ts'
import type { Receipt } from './deliver.ts'

/** What the batches of a run depend on. A run goes on only where all of it is the same. */
export interface RunSettings {
  /** Absolute path of the file that is sent. */
  readonly path: string
  readonly fingerprint: string
  readonly format: string
  readonly batchSize: number
  readonly delimiter: string
  readonly allText: boolean
}

export interface Totals {
  accepted: number
  restreamed: number
  unreadable: number
}

interface Saved {
  readonly settings: RunSettings
  readonly run: string
  /** Batches from the first on that are acknowledged without a gap. */
  acknowledged: number
  /** Batches behind those that are acknowledged already. */
  ahead: number[]
  totals: Totals
  isFinished: boolean
}

export interface Progress {
  readonly run: string
  readonly totals: Readonly<Totals>
  /** Whether an earlier run had sent everything. */
  readonly isFinished: boolean
  /** First batch that is not acknowledged. */
  readonly acknowledged: number
  isDone(index: number): boolean
  note(batch: Batch, receipt: Receipt): void
  /** Makes what was noted durable. */
  save(): Promise<void>
  finish(): Promise<void>
}

/** Where the progress of a file lies: it belongs to the file, the input's key and the event type. */
export function progressPath(stateFolder: string, path: string, key: string, type: string | undefined): string {
  const name = createHash('sha256')
    .update(JSON.stringify([path, key, type ?? null]))
    .digest('hex')
    .slice(0, 32)
  return join(stateFolder, 'millrace', 'send', `${name}.json`)
}

/** The folder for the state of programs (XDG Base Directory Specification). */
export function stateFolderOf(env: Readonly<Record<string, string | undefined>>, home: string): string {
  return env['XDG_STATE_HOME'] || join(home, '.local', 'state')
}

/** A run of its own; it takes the place of an earlier one of the same file. */
export function startProgress(place: string | undefined, settings: RunSettings | undefined): Progress {
  const totals = { accepted: 0, restreamed: 0, unreadable: 0 }
  const saved = { run: randomUUID(), acknowledged: 0, ahead: [], totals, isFinished: false }
  return openProgress(place === undefined || settings === undefined ? undefined : { place, settings }, saved)
}

/** The run that ended early, or a first one. @throws CommandError where the file or the settings are no longer the same. */
export async function resumeProgress(place: string, settings: RunSettings): Promise<Progress> {
  const saved = await readSaved(place)
  if (saved === undefined) return startProgress(place, settings)
  if (saved.settings.fingerprint !== settings.fingerprint) {
    throw usageError(
      `${settings.path} has changed since the run that --resume would go on with`,
      'Without --resume it is sent from its beginning.',
    )
  }
  const changed = Object.entries(settings).find(([name, value]) => saved.settings[name as keyof RunSettings] !== value)
  if (changed !== undefined) {
    const [name] = changed as [keyof RunSettings, unknown]
    throw usageError(
      `The run that --resume would go on with had another ${flagOf[name]}: ${saved.settings[name]}`,
      'Give the same, or leave out --resume.',
    )
  }
  return openProgress({ place, settings }, saved)
}

/** The run that an earlier command left unfinished, where there is one. */
export async function findUnfinished(place: string): Promise<Totals | undefined> {
  const saved = await readSaved(place)
  return saved && !saved.isFinished && saved.acknowledged + saved.ahead.length > 0 ? saved.totals : undefined
}

const flagOf: Readonly<Record<keyof RunSettings, string>> = {
  path: 'path',
  fingerprint: 'content',
  format: '--format',
  batchSize: '--batch-size',
  delimiter: '--delimiter',
  allText: '--text',
}

function openProgress(
  kept: { place: string; settings: RunSettings } | undefined,
  state: Omit<Saved, 'settings'>,
): Progress {
  const ahead = new Set(state.ahead)
  let { acknowledged, isFinished } = state
  const { run, totals } = state
  let saving = Promise.resolve()
  const write = async () => {
    if (kept === undefined) return
    const saved: Saved = { settings: kept.settings, run, acknowledged, ahead: [...ahead], totals, isFinished }
    await replaceFile(kept.place, `${JSON.stringify(saved, null, 2)}\n`)
  }
  const save = () => {
    saving = saving.then(write)
    return saving
  }
  return {
    run,
    totals,
    isFinished,
    get acknowledged() {
      return acknowledged
    },
    isDone: (index) => index < acknowledged || ahead.has(index),
    note(batch, receipt) {
      totals.accepted += receipt.accepted
      totals.restreamed += receipt.restreamed
      totals.unreadable += batch.unreadable.length
      ahead.add(batch.index)
      while (ahead.delete(acknowledged)) acknowledged++
    },
    save,
    finish() {
      isFinished = true
      return save()
    },
  }
}

async function readSaved(place: string): Promise<Saved | undefined> {
  const text = await readFile(place, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as Saved
  } catch {
    throw usageError(
      `${place} cannot be read, so nobody knows where the last run ended`,
      'Without --resume the file is sent from its beginning.',
    )
  }
}

async function replaceFile(place: string, text: string): Promise<void> {
  await mkdir(dirname(place), { recursive: true, mode: 0o700 })
  const next = `${place}.next`
  const file = await open(next, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.datasync()
  } finally {
    await file.close()
  }
  await rename(next, place)
}
