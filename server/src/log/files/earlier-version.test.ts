/** Segments that an earlier version wrote are read, appended to and repaired. */
import { inflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { silentLogger } from '../../telemetry.ts'
import type { Log } from '../log.ts'
import { openFileLog } from './file-log.ts'
import { checkLog } from './inspect.ts'
import { repairLog } from './repair.ts'
import { SimDisk } from './sim-disk.ts'
import { randomOf } from './sim-disk-faults.ts'

/** Two segments of 4 KiB as they were written when the records' checksum was CRC-32C. */
const firstVersion = {
  '00000000000000000000.segment':
    'eJzz9QkKdnX3DWFkgACzy4cclepMY8MecuX6rzS5DBVm+O7YPxcsf0TiA8MoGDYAFK93l76MaWNkYGBClsh4er6bkZmBdZnaL0Ys+koS09Myi4pLFPLTFErK8xVGOQPEQYrHMyZmnawMDAyg+GJCiUcGcDxii//i3MScHGonqlEwCkbBKBgFo2AUjIJRMApGwaAEAPt6sU4=',
  '00000000000000000003.segment':
    'eJzz9QkKdnX3DWFkgACzy4cclepMY8MecuX6rzS5zAwVb6oTMwLRiZFhCxlGwbABoHjt7EgqD+FmYADFNSy+GTKenu9mZGDQi3lynwFZHAoqRsEoGAWjYBSMglEwCkbBKBgFFAG6N/6h7f+5jn9PiTIwMID6gGwwCXD7n4VBH9r+Z0PTl5NYXJKZp1CSkapQnJqcn5eiUJyanpuaV0J3H4wCSgAA2sR3Mg==',
}
/** As they were written when no two groups overlapped. */
const secondVersion = {
  '00000000000000000000.segment':
    'eNrz9QkKdnX3DWFigICtOe/mb/j29WKe76ntUybPl4QKM0w7lpABomfdUb3FMAqGDQDF6+feG51tjAwMjMgSGU/PdzMyM9Qx75jGiEVfSWJ6WmZRcYlCfppCSXm+wihngDhI8Xiye3EFKwMkHhlR4pEBHI/Y4r84NzEnZzQbjIJRMApGwSgYBaNgFIyCUTAiAAAe0rUc',
  '00000000000000000002.segment':
    'eNrz9QkKdnX3DWFigICtOe/mb/j29WKe76ntUybPl4SJ//AQywDR55+tN2QYBcMGgOL1FUP1whBuBgZGBgYGWHwzZDw9383IwMCbaK7EgCwOBRWjYBSMglEwCkbBKBgFo2AUjAKKwEC1/2//rzgoysDAwMLAwMCM1v7ng7b/mdH0ZeYplGSkKhSnJufnpSgUp6bnpuaVjHanhhwAADo3eIE=',
}
const folder = '/log/0'

test.each([
  ['1', firstVersion],
  ['2', secondVersion],
])('segments of version %s are read, and the last of them takes more', async (_, files) => {
  const disk = await earlierDisk(files)
  const log = await openOn(disk)
  expect(await texts(log)).toEqual(['first of two '.repeat(30), 'small', 'x'.repeat(2900), 'in the second segment'])
  expect(await append(log, 'one more')).toBe(7n)
  expect(await append(log, 'y'.repeat(2000))).toBe(8n)
  await log.close()
  const again = await openOn(disk.powerCycle({ random: randomOf(1) }))
  expect((await texts(again)).slice(-2)).toEqual(['one more', 'y'.repeat(2000)])
  await again.close()
})

test('a header of version 1 is written again by a repair', async () => {
  const disk = await earlierDisk(firstVersion)
  const path = `${folder}/00000000000000000003.segment`
  const content = Buffer.from(disk.contentOf(path))
  content[20]! ^= 1
  disk.damage(path, content)
  expect((await checkLog('/log', disk)).partitions[0]!.damage?.reason).toMatch(/header/)
  expect(await repairLog('/log', disk)).toMatchObject([{ resumesAt: 3n }])
  expect((await checkLog('/log', disk)).partitions[0]).toMatchObject({ end: 7n, damage: undefined })
})

async function earlierDisk(files: Record<string, string>): Promise<SimDisk> {
  const disk = new SimDisk({ random: randomOf(1) })
  await disk.makeFolder(folder)
  for (const [name, content] of Object.entries(files)) {
    const path = `${folder}/${name}`
    await (await disk.open(path, 'create')).close()
    disk.damage(path, inflateSync(Buffer.from(content, 'base64')))
  }
  return disk
}

function openOn(disk: SimDisk): Promise<Log> {
  const settings = { segmentBytes: 4096, diskBudgetBytes: 1_000_000 }
  return openFileLog({ folder: '/log', partitions: 1, settings, logger: silentLogger, disk })
}

function append(log: Log, text: string): Promise<bigint> {
  return log.append({ partition: 0, count: 1, body: [Buffer.from(text)] })
}

async function texts(log: Log): Promise<string[]> {
  const { start, end } = log.status(0)
  const read: string[] = []
  for await (const { offset, count, body } of log.read(0, start, new AbortController().signal)) {
    read.push(Buffer.from(body).toString())
    if (offset + BigInt(count) >= end) break
  }
  return read
}
