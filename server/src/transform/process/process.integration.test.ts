import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { copyFile, mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { defaultTransformLimits } from '../../transform.ts'
import { canMakeNamespaces, fixtureProgram } from './guest.fixture.ts'
import { type Jail, jailsToTry } from './jail.ts'
import { ask, load } from './loaded.ts'
import { probe } from './probes.ts'
import { GuestProcess } from './process.ts'

const jails = jailsToTry()
const bare = jails.find(({ bubblewrap }) => bubblewrap === undefined)!
const limits = { ...defaultTransformLimits, chunkMs: 300, memoryBytes: 64 * 1024 * 1024 }

describe.skipIf(!canMakeNamespaces())('in bubblewrap', () => {
  test.each(jails.filter(({ bubblewrap }) => bubblewrap !== undefined).map((jail) => [nameOf(jail), jail] as const))(
    'every way out is shut: %s',
    async (_, jail) => {
      const isolation = await probe(jail, () => {})
      expect(isolation?.probes.filter(({ isHeld }) => !isHeld)).toEqual([])
      expect(isolation?.level).toBe('full')
    },
  )

  test('without the filter of system calls it is told that processes can be started, and the rest holds', async () => {
    const isolation = await probe({ ...jails[0]!, filter: undefined }, () => {})
    expect(isolation?.probes.filter(({ isHeld }) => !isHeld).map(({ name }) => name)).toEqual([
      'new processes',
      'system calls',
    ])
    expect(isolation?.level).toBe('partial')
  })

  test.each(['main', 'thread'])('guests die with a server that is killed with -9, busy or not: %s', async (place) => {
    await expectDeathWithServer('jailed', place, (server) => server.kill('SIGKILL'))
  })

  test('guests die with the thread that started them', async () => {
    await expectDeathWithServer('jailed', 'thread', (server) => server.stdin?.write('end\n'))
  })

  test('guests get none of the descriptors that the server was started with', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-inherited-'))
    const file = await open(join(folder, 'file'), 'w')
    const others = Array<'ignore'>(17).fill('ignore') // far enough from the rest that Node does not look
    const { server, mark } = await startServer('jailed', 'main', [...others, file.fd])
    try {
      expect(descriptorsOf(server.pid!)).toContain(join(folder, 'file'))
      for (const pid of living(mark).filter((pid) => pid !== server.pid)) {
        expect(descriptorsOf(pid)).not.toContain(join(folder, 'file'))
      }
    } finally {
      server.kill('SIGKILL')
      await file.close()
      await rm(folder, { recursive: true })
    }
  })

  test('a guest that works on although nobody asked it is killed', async () => {
    const guest = new GuestProcess(jails[0]!, fixtureProgram, limits.memoryBytes)
    await guest.ready
    await load(guest, { modules: [], order: [], secrets: {}, lookups: {}, limits })
    const request = {
      careful: false,
      inputs: [],
      types: ['work on afterwards'],
      events: [['', 0, 0, 0, 0, 0, 0]],
    } as const
    await ask(guest, { ...limits, chunkMs: 20_000 }, request, Buffer.of())
    await guest.ended
    await expect(ask(guest, limits, request, Buffer.of())).rejects.toMatchObject({ reason: 'time' })
  })

  test('a guest whose own heap is full is told from one that is broken', async () => {
    const program = { ...fixtureProgram, nodeFlags: ['--max-old-space-size=40'] }
    const guest = new GuestProcess(jails[0]!, program, 1024 ** 3)
    await guest.ready
    await load(guest, { modules: [], order: [], secrets: {}, lookups: {}, limits })
    const request = { careful: false, inputs: [], types: ['fill its heap'], events: [['', 0, 0, 0, 0, 0, 0]] } as const
    await expect(ask(guest, { ...limits, chunkMs: 20_000 }, request, Buffer.of())).rejects.toMatchObject({
      reason: 'memory',
    })
  })

  test('a guest that not everybody may read runs as the server, and one that is hidden in /tmp can be read', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-guest-')) // nobody but the owner may look into it
    try {
      for (const name of ['guest.fixture.ts', 'guest-side.ts'])
        await copyFile(join(import.meta.dirname, name), join(folder, name))
      await writeFile(join(folder, 'package.json'), '{"type":"module"}')
      const program = { ...fixtureProgram, entry: join(folder, 'guest.fixture.ts'), readable: [folder] }
      const guest = new GuestProcess(jails[0]!, program, limits.memoryBytes)
      await guest.ready
      guest.kill('crash')
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('a guest that is killed before it is up leaves nothing behind', async () => {
    const program = marked()
    for (let delayMs = 0; delayMs < 30; delayMs += 2) {
      const guest = new GuestProcess(jails[0]!, program, limits.memoryBytes)
      await new Promise((resolve) => setTimeout(resolve, delayMs))
      guest.kill('crash')
      await guest.ended
    }
    await untilGone(program.mark)
  })
})

describe('without bubblewrap', () => {
  test('the probes tell what is not kept in', async () => {
    const isolation = await probe(bare, () => {})
    const notHeld = isolation?.probes.filter(({ isHeld }) => !isHeld).map(({ name }) => name)
    expect(notHeld).toEqual(
      expect.arrayContaining(['files', 'writing', 'processes', 'network', 'new processes', 'system calls']),
    )
    expect(isolation?.probes.filter(({ isHeld }) => isHeld).map(({ name }) => name)).toEqual(
      expect.arrayContaining(['environment', 'time', 'memory']),
    )
    expect(isolation?.level).toBe('none')
  })

  test('what a guest started is killed with it', async () => {
    const program = marked()
    const guest = new GuestProcess(bare, program, limits.memoryBytes)
    await guest.ready
    await load(guest, { modules: [], order: [], secrets: {}, lookups: {}, limits })
    await expect(
      ask(
        guest,
        limits,
        { careful: false, inputs: [], types: ['start processes'], events: [['', 0, 0, 0, 0, 0, 0]] },
        Buffer.of(),
      ),
    ).resolves.toBeDefined()
    expect(living(program.mark).length).toBeGreaterThan(1)
    guest.kill('crash')
    await untilGone(program.mark)
  })

  test.skipIf(bare.setpriv === undefined)('guests die with a server that is killed with -9, busy or not', async () => {
    await expectDeathWithServer('bare', 'main', (server) => server.kill('SIGKILL'))
  })
})

async function expectDeathWithServer(
  jailing: string,
  place: string,
  end: (server: ChildProcess) => unknown,
): Promise<void> {
  const { server, mark } = await startServer(jailing, place)
  try {
    const guests = living(mark).filter((pid) => pid !== server.pid)
    expect(guests.length).toBeGreaterThanOrEqual(2)
    end(server)
    await untilGone(mark, place === 'thread' && server.exitCode === null ? server.pid : undefined)
  } finally {
    server.kill('SIGKILL')
  }
}

/** Its guests are up, and one is busy. */
async function startServer(jailing: string, place: string, descriptors: readonly ('ignore' | number)[] = []) {
  const mark = randomUUID()
  const server = spawn(process.execPath, [join(import.meta.dirname, 'server.fixture.ts'), mark, jailing, place], {
    stdio: ['pipe', 'pipe', 'inherit', ...descriptors],
  })
  expect(String(await once(server.stdout!, 'data'))).toBe('busy\n')
  return { server, mark }
}

function descriptorsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).map((name) => readlinkSync(`/proc/${pid}/fd/${name}`))
}

/** A guest that can be found among all processes of the machine. */
function marked() {
  const mark = randomUUID()
  return { ...fixtureProgram, nodeFlags: [`--conditions=${mark}`], mark }
}

async function untilGone(mark: string, except?: number): Promise<void> {
  await expect.poll(() => living(mark).filter((pid) => pid !== except), { timeout: 5_000, interval: 20 }).toEqual([])
}

function living(mark: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => commandLineOf(pid).includes(mark))
}

/** Empty for one that has ended. */
function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1')
  } catch {
    return ''
  }
}

function nameOf({ hasProc, identity }: Jail): string {
  return `${hasProc ? 'with' : 'without'} /proc, as ${identity ?? 'the server'}`
}
