/**
 * Large groups of the log overlap, in one segment and from one to the next: a process that is killed meanwhile, at random moments and at
 * named points between their syncs, loses nothing that was acknowledged, and what it cuts stays cut.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { openFileLog } from '../../server/src/log/files/file-log.ts'
import { silentLogger } from '../../server/src/telemetry.ts'
import { mulberry } from './events.ts'
import { failpointNames } from './failpoints.ts'
import { settings } from './large-records.ts'
import { LogLedger } from './log-ledger.ts'

/** Longer runs: `MILLRACE_KILLS=300 npm test`. */
const kills = Number(process.env['MILLRACE_KILLS'] ?? 30)
const points = failpointNames().filter((name) => /^log\.(append|rotate|seal|trim|recycle)\./.test(name))
/** How long a process is given to reach a point, ms. */
const patienceMs = 5_000

it(`large records survive ${kills} kills of the process that appends them`, async () => {
  const home = mkdtempSync(join(tmpdir(), 'millrace-overlap-'))
  const [folder, ledgerFile] = [join(home, 'log'), join(home, 'ledger')]
  const random = mulberry(17)
  const lines: string[] = []
  const hit = new Set<string>()
  try {
    for (let round = 0; round < kills; round++) {
      // Each third at a random moment.
      const name = round % 3 === 0 ? undefined : points[Math.floor((round * 2) / 3) % points.length]!
      const times = 1 + Math.floor(random() ** 2 * (name?.startsWith('log.append') ? 40 : 4))
      const failpoint = name === undefined ? undefined : `${name}:${times}`
      const life = { args: [folder, ledgerFile, String(round)], failpoint, afterMs: 10 + random() * 300 }
      if ((await liveAndDie(life, lines)) && name !== undefined) hit.add(name)
    }
    expect(lines.filter((line) => line !== 'ready' && line !== 'cut')).toEqual([])
    expect(lines.filter((line) => line === 'cut').length).toBeGreaterThan(0)
    expect(points.filter((name) => !hit.has(name))).toEqual([])
    await expectWhole(folder, new LogLedger(ledgerFile))
  } finally {
    rmSync(home, { recursive: true })
  }
})

interface Life {
  readonly args: readonly string[]
  readonly failpoint: string | undefined
  /** When it is killed from outside, where it does not come to a failpoint. */
  readonly afterMs: number
}

/** Whether it died at its failpoint; what it says goes to `lines`, and how it ended where nobody killed it. */
async function liveAndDie({ args, failpoint, afterMs }: Life, lines: string[]): Promise<boolean> {
  const program = join(import.meta.dirname, 'large-records.ts')
  const child = spawn(process.execPath, ['--import', join(import.meta.dirname, 'instrument.ts'), program, ...args], {
    env: { PATH: process.env['PATH'], MILLRACE_FAILPOINT: failpoint },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited: Promise<unknown[]> = once(child, 'exit')
  const ready = told(child, lines)
  await Promise.race([ready, exited])
  const died = await Promise.race([exited, delay(failpoint === undefined ? afterMs : patienceMs)])
  child.kill('SIGKILL')
  const [code, signal] = await exited
  if (signal !== 'SIGKILL') lines.push(`it ended by itself with ${code}`)
  return died !== undefined
}

/** Resolves when it says that it is ready. */
async function told(child: ChildProcess, lines: string[]): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  createInterface({ input: child.stdout! }).on('line', (line) => {
    lines.push(line)
    if (line === 'ready') resolve()
  })
  await promise
}

async function expectWhole(folder: string, ledger: LogLedger): Promise<void> {
  const log = await openFileLog({ folder, partitions: 1, settings, logger: silentLogger })
  expect(await ledger.judge(log)).toEqual([])
  expect(ledger.acknowledged).toBeGreaterThan(kills * 20)
  await log.close()
  ledger.close()
}
