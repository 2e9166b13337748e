/**
 * How far an archive is, in `archive.json` of the workspace's folder; replaced whole, and durable when a write returns.
 *
 * `end` is written before the first object of a round is put: whoever comes after a crash makes the same objects again, over those that
 * are there. `position` follows when all of them are durable.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { MillraceError } from '../errors.ts'

export interface ArchiveState {
  /** Of the log that the offsets are of. */
  readonly logId: string
  /** First offset that is not archived. */
  readonly position: bigint
  /** Behind the round that is under way; undefined: none is. */
  readonly end: bigint | undefined
  /** What was archived, and what was lost before it could be. */
  readonly events: number
  readonly objects: number
  readonly bytes: number
  readonly lost: number
  /** ms since 1970 UTC. */
  readonly archivedAt: number | undefined
}

const offset = z.string().regex(/^\d+$/).transform(BigInt)
const stored = z.object({
  logId: z.string(),
  position: offset,
  end: offset.optional(),
  events: z.int(),
  objects: z.int(),
  bytes: z.int(),
  lost: z.int(),
  archivedAt: z.int().optional(),
})

export function stateFileIn(folder: string): string {
  return join(folder, 'archive.json')
}

/** Undefined: there was no archive yet. @throws MillraceError `internal`: it is no such file. */
export function readState(path: string): ArchiveState | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined
    throw error
  }
  try {
    const { end, archivedAt, ...rest } = stored.parse(JSON.parse(text))
    return { ...rest, end, archivedAt }
  } catch (cause) {
    throw new MillraceError('internal', `${path} cannot be read: how far the archive is, is not known`, {
      cause,
      hint: 'Put the file back, or remove it: the archive then begins anew at the start of the log, over objects that are there.',
    })
  }
}

/** @throws MillraceError `storage_full`. */
export function writeState(path: string, state: ArchiveState): void {
  const text = JSON.stringify(state, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))
  try {
    const file = openSync(`${path}.new`, 'w', 0o600)
    try {
      writeSync(file, `${text}\n`)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    // failpoint: archive.state.written
    renameSync(`${path}.new`, path)
    const folder = openSync(dirname(path), 'r')
    try {
      fsyncSync(folder)
    } finally {
      closeSync(folder)
    }
  } catch (cause) {
    if ((cause as { code?: string }).code !== 'ENOSPC') throw cause
    throw new MillraceError('storage_full', 'There is no room to note how far the archive is', { cause })
  }
}
