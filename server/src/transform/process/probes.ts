/** Measures how well a jail keeps guests in: hostile programs are started in it and try to get out, to go on for ever, to hold too much. */
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod'
import { defaultTransformLimits, type TransformLimits } from '../../transform.ts'
import { GuestKilled, type Isolation } from '../guest.ts'
import type { GuestProgram } from '../sandbox.ts'
import type { Outside } from './escape.ts'
import type { Jail } from './jail.ts'
import { ask, load } from './loaded.ts'
import { GuestProcess } from './process.ts'

const mebibyte = 1024 * 1024
const entry = join(import.meta.dirname, 'escape.ts')
const escapeProgram: GuestProgram = {
  entry,
  nodeFlags: [],
  readable: [entry, join(import.meta.dirname, 'guest-side.ts')],
  processLimits: () => [],
  overheadBytes: 150 * mebibyte,
}
const generous: TransformLimits = { ...defaultTransformLimits, memoryBytes: 64 * mebibyte, chunkMs: 10_000 }
const short: TransformLimits = { ...generous, chunkMs: 100 }

/** What the system's filter alone keeps: without it the rest still holds. */
const filterProbes = ['new processes', 'system calls']

/** Nothing where a guest does not even start in this jail; `complaint` is told why. */
export async function probe(jail: Jail, complaint: (text: string) => void): Promise<Isolation | undefined> {
  const [attempts, time, memory] = await Promise.all([
    withOutside((outside) => attemptsIn(jail, outside, complaint)),
    isStopped(jail, 'loop', short, 'time'),
    isStopped(jail, 'allocate', generous, 'memory'),
  ])
  if (attempts === undefined) return undefined
  const probes = Object.entries({ ...attempts, time, memory }).map(([name, isHeld]) => ({ name, isHeld }))
  return { level: levelOf(probes), probes }
}

function levelOf(probes: Isolation['probes']): Isolation['level'] {
  const out = probes.filter(({ isHeld }) => !isHeld).map(({ name }) => name)
  if (out.length === 0) return 'full'
  return out.every((name) => filterProbes.includes(name)) ? 'partial' : 'none'
}

async function attemptsIn(
  jail: Jail,
  outside: Outside,
  complaint: (text: string) => void,
): Promise<Record<string, boolean> | undefined> {
  let guest: GuestProcess | undefined
  try {
    guest = new GuestProcess(jail, escapeProgram, generous.memoryBytes)
    const { answer } = await deedOf(guest, 'escape', generous, Buffer.from(JSON.stringify(outside)))
    return z.record(z.string(), z.boolean()).parse(JSON.parse(answer.printed))
  } catch (error) {
    complaint(guest?.complaint || (error as Error).message)
    return undefined
  } finally {
    guest?.kill('crash')
  }
}

async function isStopped(
  jail: Jail,
  deed: string,
  limits: TransformLimits,
  expected: GuestKilled['reason'],
): Promise<boolean> {
  let guest: GuestProcess | undefined
  try {
    guest = new GuestProcess(jail, escapeProgram, limits.memoryBytes)
    await deedOf(guest, deed, limits)
    return false
  } catch (error) {
    return error instanceof GuestKilled && error.reason === expected
  } finally {
    guest?.kill('crash')
  }
}

async function deedOf(guest: GuestProcess, deed: string, limits: TransformLimits, body: Buffer = Buffer.alloc(0)) {
  await guest.ready
  await load(guest, { modules: [], order: [], secrets: {}, lookups: {}, limits: generous })
  return ask(guest, limits, { careful: false, inputs: [], types: [deed], events: [['', 0, 0, 0, 0, 0, 0]] }, body)
}

/** A port that answers and a file that everybody may read, for as long as they are tried. */
async function withOutside<T>(attempt: (outside: Outside) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-outside-'))
  const server = createServer((socket) => socket.destroy())
  try {
    const file = join(folder, 'file')
    await writeFile(file, 'outside')
    await Promise.all([chmod(folder, 0o755), chmod(file, 0o644)])
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    const source = join(import.meta.dirname, '..', 'guests.ts')
    return await attempt({ readable: [folder, file, source], pid: process.pid, port })
  } finally {
    server.close()
    await rm(folder, { recursive: true })
  }
}
