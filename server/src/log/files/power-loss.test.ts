/**
 * Power is cut, or the process killed, at any operation of a random history; the log that is opened again must hold what was
 * acknowledged and nothing that was not asked for. `MILLRACE_SEEDS` says how many histories, `MILLRACE_SEED` runs a single one.
 */
import { expect, test } from 'vitest'
import { silentLogger } from '../../telemetry.ts'
import { openFileLog } from './file-log.ts'
import { LogModel } from './log-model.ts'
import { SimDisk } from './sim-disk.ts'
import { randomOf } from './sim-disk-faults.ts'

const seeds = Number(process.env['MILLRACE_SEEDS'] ?? 2000)
const only = process.env['MILLRACE_SEED']

interface Load {
  /** Appends at the same time, at most. */
  readonly burst: number
  readonly segmentBytes: number
  readonly groupBytesMax: number
  readonly isUneven: boolean
}

const groupsInTurn: Load = { burst: 4, segmentBytes: 8192, groupBytesMax: 2500, isUneven: false }
/** Several groups are on their way at the same time, and the disk does them in any order. */
const groupsAtOnce: Load = { burst: 24, segmentBytes: 32_768, groupBytesMax: 4400, isUneven: true }

test('what was acknowledged survives power cuts and kills at any moment', { timeout: 1_800_000 }, () =>
  liveAll(groupsInTurn),
)

test('so it does where several groups are on their way', { timeout: 1_800_000 }, () => liveAll(groupsAtOnce))

async function liveAll(load: Load): Promise<void> {
  const failures: string[] = []
  const [first, last] = only ? [Number(only), Number(only)] : [1, seeds]
  for (let seed = first; seed <= last && failures.length < 5; seed++) {
    await live(seed, load).catch((error: Error) => failures.push(`MILLRACE_SEED=${seed}: ${error.stack}`))
  }
  expect(failures.join('\n\n')).toBe('')
}

/** One history: three lives of a log, each ended by a cut or a kill in its middle, and a last look. */
async function live(seed: number, load: Load): Promise<void> {
  const random = randomOf(seed)
  const model = new LogModel()
  let disk = new SimDisk(dyingAt(random, load))
  for (let life = 0; life < 3; life++) {
    await liveOn(disk, model, random, load)
    const next = life === 2 ? { random } : dyingAt(random, load)
    disk = random() < 0.3 ? disk.restart(next) : disk.powerCycle(next)
  }
  const log = await openOn(disk, load)
  await model.check(log)
  await model.append(log, 100, 1, true)
  await model.check(log)
  await log.close()
  expect(disk.openCount).toBe(0)
}

function dyingAt(random: () => number, { isUneven }: Load) {
  const last = 1 + Math.floor(random() * 150)
  const fault = (_: string, count: number) => (count === last ? ('power' as const) : undefined)
  return { random, isUneven, fault }
}

async function liveOn(disk: SimDisk, model: LogModel, random: () => number, load: Load): Promise<void> {
  const upTo = (most: number) => Math.floor(random() * most)
  try {
    let log = await openOn(disk, load)
    await model.check(log)
    for (let step = 0; step < 30; step++) {
      const burst = Array.from({ length: 1 + upTo(load.burst) }, () =>
        model.append(log, upTo(6) === 0 ? 3000 : upTo(700), 1 + upTo(3), upTo(2) === 0),
      )
      await Promise.all(burst)
      if (upTo(5) === 0) await model.trim(log, BigInt(upTo(Number(model.end) + 1)))
      if (upTo(12) === 0) {
        await log.close()
        log = await openOn(disk, load)
        await model.check(log)
      }
    }
  } catch (error) {
    if (!disk.isOff) throw error
  }
}

function openOn(disk: SimDisk, { segmentBytes, groupBytesMax }: Load) {
  const settings = { segmentBytes, groupBytesMax, diskBudgetBytes: 1_000_000, retentionBytes: 0 }
  return openFileLog({
    folder: '/data/log',
    partitions: 1,
    settings,
    logger: silentLogger,
    disk,
    clock: () => 1_700_000_000_000,
  })
}
