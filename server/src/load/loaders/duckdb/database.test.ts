import { spawnSync } from 'node:child_process'
import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { emptyBooks, type Table } from '../../../rows.ts'
import { fakeBatch } from '../../fake-batch.ts'
import { duckdb } from '../duckdb.ts'
import { fakeFolder, rememberingLogger } from './fake-folder.ts'

const table: Table = { name: 'events', columns: [{ name: 'id', type: 'BIGINT' }] }
const { signal } = new AbortController()

const open = (path: string, logger = rememberingLogger()) =>
  duckdb.open(duckdb.settings.parse({ path }), signal, logger)

/** Files as a power cut leaves them: 10 rows in the last checkpoint, 10 more in the write-ahead log only. */
async function killedFile() {
  const folder = await fakeFolder()
  const path = join(folder, 'a.duckdb')
  const first = await open(path)
  await first.claim(0)
  await first.evolve(table)
  await first.write([rows(0, 10)], { partition: 0, start: 0n, end: 10n }, { ...emptyBooks, received: 10, loaded: 10 })
  await first.close()
  const second = await open(path)
  await second.claim(0)
  await second.write(
    [rows(10, 20)],
    { partition: 0, start: 10n, end: 20n },
    { ...emptyBooks, received: 10, loaded: 10 },
  )
  const copy = join(folder, 'killed.duckdb')
  await copyFile(path, copy)
  await copyFile(`${path}.wal`, `${copy}.wal`)
  await second.close()
  return { folder, path: copy }
}

function rows(from: number, to: number) {
  return fakeBatch(
    table,
    Array.from({ length: to - from }, (_, index) => [BigInt(from + index)]),
  )
}

async function state(path: string, logger = rememberingLogger()) {
  const destination = await open(path, logger)
  const position = await destination.claim(0)
  const durable = await destination.durablePosition(0)
  const { rows: ids } = await destination.query({ sql: 'SELECT id FROM events', rowsMax: 100, timeoutMs: 5000 })
  await destination.close()
  return { position, durable, rowCount: ids.length }
}

describe('a file whose process was killed', () => {
  it('is opened with everything that was committed, and durable from then on', async () => {
    const { path } = await killedFile()
    expect(await state(path)).toEqual({ position: 20n, durable: 20n, rowCount: 20 })
  })
})

describe('a damaged write-ahead log', () => {
  const damages: { what: string; damage: (wal: Buffer) => Buffer }[] = [
    { what: 'a tail of zeros', damage: (wal) => wal.fill(0, wal.length - 60) },
    { what: 'a tail of noise', damage: (wal) => wal.fill('\x9fq\x11', wal.length - 60) },
    { what: 'zeros behind it', damage: (wal) => Buffer.concat([wal, Buffer.alloc(4096)]) },
    { what: 'a flipped bit in its middle', damage: (wal) => flip(wal, wal.length >> 1) },
  ]

  it.each(damages)('is set aside, and the position falls back to the checkpoint: $what', async ({ damage }) => {
    const { folder, path } = await killedFile()
    const damaged = damage(await readFile(`${path}.wal`))
    await writeFile(`${path}.wal`, damaged)
    const logger = rememberingLogger()
    expect(await state(path, logger)).toEqual({ position: 10n, durable: 10n, rowCount: 10 })
    const [aside] = (await readdir(folder)).filter((name) =>
      /^killed\.duckdb\.wal\.quarantine-\d{8}T\d{9}Z$/.test(name),
    )
    expect(await readFile(join(folder, aside!))).toEqual(damaged)
    expect(logger.lines).toEqual([
      {
        message: expect.stringContaining('write-ahead log damaged'),
        fields: expect.objectContaining({ quarantine: join(folder, aside!) }),
      },
    ])
  })

  it.each([
    { what: 'cut in its middle', damage: (wal: Buffer) => wal.subarray(0, wal.length >> 1) },
    { what: 'cut to a few bytes', damage: (wal: Buffer) => wal.subarray(0, 10) },
    { what: 'a flipped bit at its start', damage: (wal: Buffer) => flip(wal, 9) },
    { what: 'emptied', damage: (wal: Buffer) => wal.subarray(0, 0) },
    { what: 'nothing but noise', damage: (wal: Buffer) => wal.fill(7) },
  ])('leaves rows and position of one moment, and takes rows again: $what', async ({ damage }) => {
    const { path } = await killedFile()
    await writeFile(`${path}.wal`, damage(await readFile(`${path}.wal`)))
    const destination = await open(path)
    const position = await destination.claim(0)
    expect(position === 10n || position === 20n).toBe(true)
    const next = Number(position)
    await destination.write([rows(next, next + 5)], { partition: 0, start: position, end: position + 5n }, emptyBooks)
    await destination.close()
    expect(await state(path)).toEqual({ position: position + 5n, durable: position + 5n, rowCount: next + 5 })
  })
})

function flip(wal: Buffer, at: number): Buffer {
  wal[at]! ^= 4
  return wal
}

describe('a file that cannot be opened', () => {
  it.each([
    { what: 'no database', bytes: Buffer.alloc(20_000, 'A') },
    { what: 'cut short', bytes: undefined },
  ])('is refused and left as it is: $what', async ({ bytes }) => {
    const { path } = await killedFile()
    const content = bytes ?? (await readFile(path)).subarray(0, 5000)
    await writeFile(path, content)
    await expect(open(path)).rejects.toMatchObject({ code: 'destination_refused' })
    expect(await readFile(path)).toEqual(content)
    expect((await readFile(`${path}.wal`)).length).toBeGreaterThan(0)
  })

  it('is refused for the time that another process has it', async () => {
    const { path } = await killedFile()
    const destination = await open(path)
    const loader = new URL('../duckdb.ts', import.meta.url).href
    const script = `
      const { duckdb } = await import(${JSON.stringify(loader)})
      await duckdb.open({ path: ${JSON.stringify(path)}, memoryLimitMb: 256 }, new AbortController().signal)
        .then(() => console.log('opened'), (error) => console.log(error.code))`
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script])
    expect(stdout.toString().trim()).toBe('destination_unavailable')
    await destination.close()
  })
})
