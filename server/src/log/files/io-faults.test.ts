/** Every operation of a script fails once, and from there on for good, in every way a disk can: told, never acknowledged, never hung. */
import { expect, test } from 'vitest'
import { MillraceError } from '../../errors.ts'
import { silentLogger } from '../../telemetry.ts'
import type { Log } from '../log.ts'
import { openFileLog } from './file-log.ts'
import { LogModel } from './log-model.ts'
import { SimDisk } from './sim-disk.ts'
import { type Fault, type Operation, randomOf } from './sim-disk-faults.ts'

/** The whole sweep where as many histories are asked for as in CI, a part of it else. */
const isWhole = Number(process.env['MILLRACE_SEEDS']) >= 50_000
const kinds = ['EIO', 'ENOSPC', 'EMFILE', 'short'] as const

interface Load {
  /** Of what is appended at the same time, bytes. */
  readonly burst: readonly number[]
  readonly segmentBytes: number
  readonly groupBytesMax: number
  readonly isUneven: boolean
  /** Each so many operations one fails. */
  readonly step: number
}

const groupsInTurn: Load = {
  burst: [300, 2000, 40],
  segmentBytes: 8192,
  groupBytesMax: 2500,
  isUneven: false,
  step: isWhole ? 1 : 3,
}
/** Several groups are on their way at the same time, and the disk does them in any order. */
const groupsAtOnce: Load = {
  burst: Array(14).fill(900),
  segmentBytes: 16_384,
  groupBytesMax: 4400,
  isUneven: true,
  step: isWhole ? 1 : 11,
}

test(
  'any operation that fails is told, costs nothing that was acknowledged, and blocks nothing',
  {
    timeout: 600_000,
  },
  () => failEach(groupsInTurn),
)

test('so it is where several groups are on their way', { timeout: 600_000 }, () => failEach(groupsAtOnce))

async function failEach(load: Load): Promise<void> {
  const calm = new SimDisk({ random: randomOf(1) })
  await script(calm, new LogModel(), load)
  const operations = calm.count
  expect(operations).toBeGreaterThan(200)
  const failures: string[] = []
  for (let at = 1; at <= operations; at += load.step)
    for (const kind of kinds)
      for (const lasts of ['once', 'for good'] as const)
        await fail(at, kind, lasts, load).catch((error: Error) =>
          failures.push(`operation ${at} ${kind} ${lasts}: ${error.stack}`),
        )
  expect(failures.slice(0, 5).join('\n\n')).toBe('')
}

async function fail(at: number, kind: Fault, lasts: 'once' | 'for good', load: Load): Promise<void> {
  const random = randomOf(at)
  let failedSync = false
  const fault = (operation: Operation, count: number) => {
    if (lasts === 'once' ? count !== at : count < at) return undefined
    if (kind !== 'short' && (operation === 'sync' || operation === 'syncFolder')) failedSync = true
    return kind
  }
  const disk = new SimDisk({ random, fault, isUneven: load.isUneven })
  const model = new LogModel()
  await script(disk, model, load, () => failedSync)
  const log = await openOn(disk.powerCycle({ random }), load)
  await model.check(log)
  await model.append(log, 100, 1, false)
  await model.check(log)
  await log.close()
}

/** Two lives of a log with appends over several segments, trims, tags and reads. Whatever it throws must be one of ours. */
async function script(disk: SimDisk, model: LogModel, load: Load, hasFailedSync = () => false): Promise<void> {
  for (let life = 0; life < 2; life++) {
    const log = await ours(openOn(disk, load))
    if (log === undefined) continue
    const isReadable = await ours(model.check(log).then(() => true))
    for (let burst = 0; isReadable && burst < 8; burst++) {
      const wasFailed = hasFailedSync()
      const end = model.end
      await Promise.all(load.burst.map((size) => model.append(log, size, 2, true)))
      if (wasFailed && log.status(0).stopped !== undefined)
        expect(model.end, 'acknowledged after a failed sync').toBe(end)
      if (burst % 3 === 2) await ours(model.trim(log, model.end))
    }
    await ours(readSome(log))
    await ours(log.close())
  }
}

async function readSome(log: Log): Promise<void> {
  const { start, end } = log.status(0)
  for await (const tag of log.recentTags(0, 0)) expect(tag.count).toBe(2)
  if (start === end) return
  for await (const { offset } of log.read(0, start, new AbortController().signal)) if (offset === end - 2n) break
}

async function ours<T>(work: Promise<T>): Promise<T | undefined> {
  return await work.catch((error: unknown) => {
    if (!(error instanceof MillraceError)) throw error
    return undefined
  })
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
