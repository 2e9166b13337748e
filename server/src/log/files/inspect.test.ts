import { expect, test } from 'vitest'
import { silentLogger } from '../../telemetry.ts'
import { openFileLog } from './file-log.ts'
import { checkLog, dumpLog } from './inspect.ts'
import { repairLog } from './repair.ts'
import { SimDisk } from './sim-disk.ts'
import { randomOf } from './sim-disk-faults.ts'

const segmentBytes = 12_288
const segment = (base: number) => `/log/0/${String(base).padStart(20, '0')}.segment`

test('a check tells what every segment holds, and a dump its records', async () => {
  const { disk } = await written()
  const report = await checkLog('/log', disk)
  expect(report.id).toMatch(/^[0-9a-f]{32}$/)
  expect(report.partitions).toMatchObject([{ partition: 0, start: 0n, end: 27n, isTorn: false, damage: undefined }])
  expect(report.partitions[0]!.segments.map(({ base, end, records }) => [base, end, records])).toEqual([
    [0n, 9n, 9],
    [9n, 18n, 9],
    [18n, 27n, 9],
  ])
  expect(await dumped(disk)).toEqual(numbers(0, 27))
  expect(disk.openCount).toBe(0)
})

test.each([
  ['a record in a sealed segment', (disk: SimDisk) => flip(disk, segment(0), recordPlace(disk, segment(0), 4)), [4]],
  ['a record in the last segment', (disk: SimDisk) => flip(disk, segment(18), recordPlace(disk, segment(18), 1)), [19]],
  [
    'records in two places',
    (disk: SimDisk) => {
      flip(disk, segment(0), recordPlace(disk, segment(0), 2))
      flip(disk, segment(0), recordPlace(disk, segment(0), 7))
    },
    [2, 7],
  ],
  [
    'the last record of a sealed segment',
    (disk: SimDisk) => flip(disk, segment(9), recordPlace(disk, segment(9), 8)),
    [17],
  ],
  ['the header of a sealed segment', (disk: SimDisk) => flip(disk, segment(9), 20), []],
  [
    'the header and the first record',
    (disk: SimDisk) => {
      flip(disk, segment(9), 20)
      flip(disk, segment(9), recordPlace(disk, segment(9), 0))
    },
    numbers(9, 18),
  ],
  ['a whole segment', (disk: SimDisk) => disk.remove(segment(9)), numbers(9, 18)],
  ['the first segment', (disk: SimDisk) => disk.damage(segment(0), Buffer.alloc(segmentBytes)), numbers(0, 9)],
  ['the last segment', (disk: SimDisk) => disk.damage(segment(18), Buffer.alloc(segmentBytes)), numbers(18, 27)],
] as const)(
  'a repair passes damage to %s, saves the rest, and never gives an offset twice',
  async (_, damage, lost) => {
    const { disk } = await written()
    await damage(disk)
    const before = await checkLog('/log', disk)
    const repairs = await repairLog('/log', disk)
    if (before.partitions[0]!.damage) expect(repairs[0]?.damage).toEqual(before.partitions[0]!.damage)
    expect(await repairLog('/log', disk)).toEqual([])
    const gone = new Set<number>(lost)
    expect(await dumped(disk)).toEqual(numbers(0, 27).filter((number) => !gone.has(number)))

    const log = await openOn(disk)
    expect(log.status(0).stopped).toBeUndefined()
    const offset = await log.append({ partition: 0, count: 1, body: [Buffer.from('next')] })
    expect(offset).toBeGreaterThanOrEqual(27n)
    const read: bigint[] = []
    for await (const record of log.read(0, log.status(0).start, new AbortController().signal)) {
      read.push(record.offset)
      if (record.offset === offset) break
    }
    expect(read).toEqual([
      ...numbers(0, 27)
        .filter((number) => !gone.has(number))
        .map(BigInt),
      offset,
    ])
    await log.close()
    expect(disk.openCount).toBe(0)
  },
)

function numbers(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index)
}

function flip(disk: SimDisk, path: string, place: number): void {
  const content = Buffer.from(disk.contentOf(path))
  content[place]! ^= 1
  disk.damage(path, content)
}

/** Where the body of the n-th record of a segment stands. */
function recordPlace(disk: SimDisk, path: string, index: number): number {
  const first = Number(path.slice(-28, -8))
  return disk.contentOf(path).indexOf(`record ${first + index} `)
}

async function dumped(disk: SimDisk): Promise<number[]> {
  const { start } = (await checkLog('/log', disk)).partitions[0]!
  const found: number[] = []
  for await (const { offset, body } of dumpLog('/log', 0, start, new AbortController().signal, disk)) {
    expect(Buffer.from(body).toString()).toMatch(new RegExp(`^record ${offset} `))
    found.push(Number(offset))
  }
  return found
}

/** 27 records of one event in groups of three and three segments. */
async function written() {
  const disk = new SimDisk({ random: randomOf(3) })
  const log = await openOn(disk)
  for (let number = 0; number < 27; number += 3)
    await Promise.all(
      [0, 1, 2].map((more) =>
        log.append({ partition: 0, count: 1, body: [Buffer.from(`record ${number + more} `.padEnd(780, '.'))] }),
      ),
    )
  await log.close()
  return { disk }
}

function openOn(disk: SimDisk) {
  const settings = { segmentBytes, diskBudgetBytes: 1_000_000 }
  return openFileLog({
    folder: '/log',
    partitions: 1,
    settings,
    logger: silentLogger,
    disk,
    clock: () => 1_700_000_000_000,
  })
}
