/** For each test of a file: a folder for spools, what they tell, and that they are closed after it. */
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import type { Spool } from '../platform.ts'
import type { SpoolOptions, StoredEvent } from '../types.ts'
import { openFileSpool } from './spool.ts'

export interface SpoolPlace {
  readonly dir: string
  /** What was lost and what failed, in words. */
  readonly told: readonly string[]
  /** The spool of a client, by its name. */
  open(client: string, options?: SpoolOptions): Spool<string>
  /** What the folder of all clients of the address holds, by name. */
  files(): string[]
  /** As if the process of all clients had ended without a word. */
  disown(): void
}

export function useSpoolPlace(): SpoolPlace {
  let [dir, told, opened]: [string, string[], Spool[]] = ['', [], []]

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'millrace-spool-'))
    told = []
    opened = []
  })
  afterEach(() => {
    for (const spool of opened) spool.close()
    rmSync(dir, { recursive: true, force: true })
  })
  return {
    get dir() {
      return dir
    },
    get told() {
      return told
    },
    open(client, options = {}) {
      const events = {
        lost: (reason: string, count: number) => told.push(`lost ${reason} ${count}`),
        failed: (message: string) => told.push(message),
        found() {},
      }
      const spool = openFileSpool({ options: { dir, ...options }, address: 'a', client, events })
      opened.push(spool)
      return spool
    },
    files: () =>
      readdirSync(dir, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.name !== 'owner')
        .map(({ parentPath, name }) => join(parentPath, name)),
    disown() {
      for (const path of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
        if (path.endsWith('owner')) writeFileSync(join(dir, path), '999999999 elsewhere -')
        if (path.endsWith('owner')) utimesSync(join(dir, path), 1, 1)
      }
    },
  }
}

export const eventOf = (id: string, size = 10): StoredEvent => ({
  stream: 's',
  id,
  time: 1,
  data: JSON.stringify({ text: 'x'.repeat(size) }),
})

export const manyEvents = (count: number, size?: number) =>
  Array.from({ length: count }, (_, index) => eventOf(String(index), size))

export async function idsIn(spool: Spool): Promise<string[]> {
  const ids: string[] = []
  for (let read = [...(await spool.read(256))]; read.length > 0; read = [...(await spool.read(256))]) {
    ids.push(...read.map(({ event }) => event.id))
  }
  return ids
}
