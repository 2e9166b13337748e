/** Files of a log are damaged at rest: that is found, nothing wrong is told, and what was acknowledged is never cut off. */
import { expect, test } from 'vitest'
import { silentLogger } from '../../telemetry.ts'
import type { Log } from '../log.ts'
import { openFileLog } from './file-log.ts'
import { SimDisk } from './sim-disk.ts'
import { randomOf } from './sim-disk-faults.ts'

/** All of them where as many histories are asked for as in CI. */
const rounds = Number(process.env['MILLRACE_SEEDS']) >= 50_000 ? 10_000 : 1000
const folder = '/log/0'
/** Goes on by a second whenever it is asked, so that the end is noted after every group. */
let now = 1_700_000_000_000

test('damage anywhere is found or harmless after a clean end', { timeout: 300_000 }, async () => {
  const { disk, bodies } = await written('closed')
  await damageManyTimes(disk, bodies, bodies.length)
})

test('damage after a kill costs at most what was acknowledged after the end was noted last', {
  timeout: 300_000,
}, async () => {
  const { disk, bodies, lastGroup } = await written('killed')
  await damageManyTimes(disk, bodies, bodies.length - lastGroup)
})

async function damageManyTimes(disk: SimDisk, bodies: readonly string[], least: number): Promise<void> {
  const outcomes = { whole: 0, found: 0 }
  for (let seed = 1; seed <= rounds; seed++) {
    const random = randomOf(seed)
    const damaged = disk.copy({ random })
    const { path, content } = damage(disk, random)
    damaged.damage(path, content)
    outcomes[await outcome(damaged, bodies, least, `seed ${seed}, ${path}`)]++
  }
  expect(outcomes.whole).toBeGreaterThan(rounds / 20)
  expect(outcomes.found).toBeGreaterThan(rounds / 20)
}

/** One file cut, zeroed or garbled in part, or with one bit flipped; half of the time where a segment has its records. */
function damage(disk: SimDisk, random: () => number): { path: string; content: Buffer } {
  const upTo = (most: number) => Math.floor(random() * most)
  const paths = disk.paths().filter((path) => path.startsWith(`${folder}/`))
  const path = paths[upTo(paths.length)]!
  const content = Buffer.from(disk.contentOf(path))
  const from = upTo(content.length)
  const to = Math.min(content.length, from + 1 + upTo(random() < 0.5 ? 64 : 3000))
  switch (upTo(4)) {
    case 0:
      return { path, content: content.subarray(0, from) }
    case 1:
      return { path, content: content.fill(0, from, to) }
    case 2:
      for (let place = from; place < to; place++) content[place] = upTo(256)
      return { path, content }
    default:
      content[from]! ^= 1 << upTo(8)
      return { path, content }
  }
}

/** Opens the log and reads it: right records from the start, then all of them or `log_corrupt`. */
async function outcome(
  disk: SimDisk,
  bodies: readonly string[],
  least: number,
  where: string,
): Promise<'whole' | 'found'> {
  const log = await openOn(disk)
  const { start, end, stopped } = log.status(0)
  expect(start, where).toBe(0n)
  const read: string[] = []
  let error: unknown
  try {
    const abort = new AbortController()
    if (stopped === undefined && end === 0n) abort.abort()
    for await (const { body } of log.read(0, 0n, abort.signal)) {
      read.push(Buffer.from(body).toString())
      if (stopped === undefined && BigInt(read.length) === end) break
    }
  } catch (caught) {
    error = caught
  }
  expect(read, where).toEqual(bodies.slice(0, read.length))
  if (error === undefined) {
    expect(read.length, where).toBeGreaterThanOrEqual(least)
    expect(await log.append({ partition: 0, count: 1, body: [] }), where).toBe(BigInt(read.length))
  } else {
    expect(error, where).toMatchObject({ code: 'log_corrupt' })
    if (stopped !== undefined) await refuses(log, where)
  }
  await log.close()
  expect(disk.openCount, where).toBe(0)
  return error === undefined ? 'whole' : 'found'
}

async function refuses(log: Log, where: string): Promise<void> {
  await expect(log.append({ partition: 0, count: 1, body: [] }), where).rejects.toMatchObject({ code: 'log_corrupt' })
  expect(log.status(0).stopped, where).toMatch(/damaged at byte \d+/)
}

/** A log of several segments and groups. */
async function written(end: 'closed' | 'killed') {
  const disk = new SimDisk({ random: randomOf(7) })
  const log = await openOn(disk)
  const bodies: string[] = []
  const group = [700, 20, 1500]
  for (let round = 0; round < 10; round++) {
    const texts = group.map((size, index) => `round ${round} record ${index} `.padEnd(size, '.'))
    await Promise.all(
      texts.map((text) => log.append({ partition: 0, count: 1, body: [Buffer.from(text)], tag: Buffer.from('tag') })),
    )
    bodies.push(...texts)
  }
  if (end === 'closed') await log.close()
  return { disk: end === 'closed' ? disk : disk.copy({ random: randomOf(8) }), bodies, lastGroup: group.length }
}

function openOn(disk: SimDisk) {
  const settings = { segmentBytes: 12_288, diskBudgetBytes: 1_000_000 }
  return openFileLog({
    folder: '/log',
    partitions: 1,
    settings,
    logger: silentLogger,
    disk,
    clock: () => (now += 1000),
  })
}
