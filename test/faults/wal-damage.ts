/** Damages the write-ahead log of the tables, as a power cut or a bad disk might. */
import { globSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { mulberry } from './events.ts'
import type { Death } from './rounds.ts'

type Damage = (wal: Buffer, random: () => number) => Buffer

export const damages: Readonly<Record<string, Damage>> = {
  'cut short': (wal, random) => wal.subarray(0, Math.floor(random() * wal.length)),
  'with zeros at its end': (wal, random) => wal.fill(0, Math.floor(random() * wal.length)),
  'with a bit flipped': (wal, random) => {
    wal[Math.floor(random() * wal.length)]! ^= 1 << Math.floor(random() * 8)
    return wal
  },
  'with garbage behind its end': (wal, random) =>
    Buffer.concat([wal, Buffer.from(Array.from({ length: 1 + Math.floor(random() * 5000) }, () => random() * 256))]),
  'with garbage inside': (wal, random) => {
    const from = Math.floor(random() * wal.length)
    for (let place = from; place < Math.min(wal.length, from + 200); place++) wal[place] = random() * 256
    return wal
  },
}

/** Kills after which the write-ahead log is damaged, in each way in turn. */
export function walDeaths(count: number, seed: number): Death[] {
  const random = mulberry(seed)
  return Array.from({ length: count }, (_, index) => {
    const [about, damage] = Object.entries(damages)[index % Object.keys(damages).length]!
    return {
      how: 'kill',
      afterMs: 300 + Math.floor(random() * 300),
      about: `write-ahead log ${about}`,
      whenDead: (folder) => damageWal(folder, (wal) => damage(wal, random)),
    }
  })
}

/** Tells how many bytes the log had. */
export function damageWal(folder: string, damage: (wal: Buffer) => Buffer): number {
  const path = join(folder, globSync('workspaces/*/warehouse.duckdb', { cwd: folder })[0]!)
  const size = statSync(`${path}.wal`, { throwIfNoEntry: false })?.size ?? 0
  if (size > 0) writeFileSync(`${path}.wal`, damage(readFileSync(`${path}.wal`)))
  return size
}
