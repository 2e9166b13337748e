import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FakeIntake, inputKey, openFakeIntake } from '../fake-intake.ts'
import { type FakeWorld, openFakeWorld } from '../fake-world.ts'

const main = join(import.meta.dirname, '..', 'main.ts')

let intake: FakeIntake
let world: FakeWorld

beforeEach(async () => {
  intake = await openFakeIntake()
  world = await openFakeWorld({ MILLRACE_URL: intake.url, MILLRACE_KEY: inputKey })
})

afterEach(async () => {
  await intake.close()
  await world.remove()
})

const file = async (name: string, content: string | Buffer) => {
  await writeFile(join(world.folder, name), content)
  return name
}

const ids = (count: number) => Array.from({ length: count }, (_, index) => index)
const ndjson = (count: number) =>
  ids(count)
    .map((id) => `{"id":${id}}\n`)
    .join('')
const storedIds = () =>
  intake.rows.map((row) => (JSON.parse(row) as { id: number }).id).sort((one, other) => one - other)

describe('every format', () => {
  it.each([
    ['rows.ndjson', ndjson(3)],
    ['rows.jsonl', ndjson(3)],
    [
      'rows.json',
      JSON.stringify(
        ids(3).map((id) => ({ id })),
        null,
        2,
      ),
    ],
    ['rows.csv', 'id\n0\n1\n2\n'],
    ['rows.tsv', 'id\tx\n0\t\n1\t\n2\t\n'],
    ['rows.ndjson.gz', gzipSync(ndjson(3))],
    ['rows.csv.zst', zstdCompressSync('id\n0\n1\n2\n')],
    ['rows.txt', gzipSync('[{"id":0},{"id":1},{"id":2}]')],
  ])('%s arrives row by row', async (name, content) => {
    const { exitCode, records } = await world.run(['send', await file(name, content), '--type', 'thing'])
    expect(exitCode).toBe(0)
    expect(storedIds()).toEqual([0, 1, 2])
    expect(intake.requests.map(({ path }) => path)).toEqual(['/api/v1/events/thing'])
    expect(records()).toMatchObject([{ event: 'done', rows: 3, accepted: 3, restreamed: 0, unreadable: 0 }])
  })

  it('standard input is told by its first bytes', async () => {
    expect((await world.run(['send', '-', '--type', 'a b/ü'], '{"id":0}\n{"id":1}\n')).exitCode).toBe(0)
    expect((await world.run(['send', '-', '--type', 'x'], 'id\n2\n')).exitCode).toBe(0)
    expect((await world.run(['send', '-', '--type', 'x'], '{\n"id":3}')).exitCode).toBe(0)
    expect(storedIds()).toEqual([0, 1, 2, 3])
    expect(intake.requests[0]?.path).toBe('/api/v1/events/a%20b%2F%C3%BC')
  })

  it('envelopes name their own types', async () => {
    const envelope = '{"type":"x","data":{"id":1}}'
    expect((await world.run(['send', '-'], envelope)).exitCode).toBe(0)
    expect(intake.requests).toMatchObject([{ path: '/api/v1/events', body: `${envelope}\n` }])
  })
})

describe('faults on the way', () => {
  it('each row is stored once, whatever becomes of requests and answers', async () => {
    const fates = [503, 'store', 'lose', 429, 'cut', 'store', 'lose', 502, 'cut', 'store', 504, 'lose'] as const
    intake.fate = (index) => fates[index] ?? 'store'
    const name = await file('rows.ndjson', ndjson(200))
    const { exitCode, records } = await world.run([
      'send',
      name,
      '--type',
      'x',
      '--batch-size',
      '10',
      '--concurrency',
      '3',
    ])
    expect(exitCode).toBe(0)
    expect(storedIds()).toEqual(ids(200))
    expect(records().at(-1)).toMatchObject({ event: 'done', rows: 200, accepted: 200, retries: 9 })
  })

  it('a refused key ends the run at once, with exit code 4', async () => {
    const { exitCode, stderr } = await world.run(['send', '-', '--type', 'x', '--key', 'wrong'], ndjson(10))
    expect(exitCode).toBe(4)
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'unauthenticated', hint: 'Do something.' } })
  })

  it('a server that is not there is given up soon, with exit code 3', async () => {
    await intake.close()
    const { exitCode, stderr } = await world.run(['send', '-', '--type', 'x'], ndjson(1))
    expect(exitCode).toBe(3)
    expect(JSON.parse(stderr).error.message).toContain(intake.url)
    intake = await openFakeIntake()
  })

  it('what the server refuses for good is not repeated', async () => {
    intake.fate = () => 413
    const { exitCode, records } = await world.run(['send', '-', '--type', 'x'], ndjson(1))
    expect(exitCode).toBe(1)
    expect(intake.requests).toHaveLength(1)
    expect(records().at(-1)).toMatchObject({ event: 'stopped', accepted: 0 })
  })

  it('an answer that does not account for every row is a failure', async () => {
    const other = await openFakeIntake()
    other.fate = () => 204
    const { exitCode, stderr } = await world.run(['send', '-', '--type', 'x', '--url', other.url], ndjson(2))
    await other.close()
    expect(exitCode).not.toBe(0)
    expect(JSON.parse(stderr).error.message).toBeTruthy()
  })
})

describe('rows that cannot go on', () => {
  it('unreadable ones are told with their line, the others sent, and the exit code is 5', async () => {
    const { exitCode, records } = await world.run(['send', '-', '--type', 'x'], '{"id":0}\nnonsense\n{"id":1}\n[]\n')
    expect(exitCode).toBe(5)
    expect(storedIds()).toEqual([0, 1])
    expect(records()).toMatchObject([
      { event: 'unreadable', line: 2 },
      { event: 'unreadable', line: 4, reason: 'not a JSON object: an array' },
      { event: 'done', accepted: 2, unreadable: 2 },
    ])
  })

  it('those that the server sets aside are told with their line too', async () => {
    intake.setAside = 'deep'
    const { exitCode, records } = await world.run(['send', '-', '--type', 'x'], '{"id":0}\n\n{"id":"deep"}\n')
    expect(exitCode).toBe(5)
    expect(records()).toMatchObject([
      { event: 'restreamed', line: 3, reason: 'too deep' },
      { event: 'done', accepted: 1, restreamed: 1 },
    ])
  })

  it.each([
    [['send', '-'], '{"id":1}', 'no envelope'],
    [['send', '-'], 'id\n1\n', 'which event type'],
    [['send', '-', '--type', ' x'], '', 'cannot be an event type'],
    [['send', '-', '--type', 'x', '--resume'], ndjson(1), 'needs a file'],
    [['send', '-', '--type', 'x'], Buffer.from('\uFEFFid', 'utf16le'), 'UTF-16'],
    [['send', '-', '--type', 'x'], gzipSync(ndjson(5000)).subarray(0, 2000), 'cannot be unpacked'],
    [['send', 'nowhere.csv', '--type', 'x'], '', 'does not exist'],
    [['send', '-', '--type', 'x', '--delimiter', '||'], 'id\n1\n', 'not one character'],
  ])('%j is refused with exit code 2 and a reason', async (args, stdin, reason) => {
    const { exitCode, stderr } = await world.run(args, stdin)
    expect(exitCode).toBe(2)
    expect(JSON.parse(stderr).error.message).toContain(reason)
  })
})

describe('--resume', () => {
  const send = (name: string, ...more: string[]) =>
    world.run(['send', name, '--type', 'x', '--batch-size', '10', ...more])

  it('goes on where acknowledged batches ended, and what had no answer is stored once', async () => {
    const name = await file('rows.ndjson', ndjson(100))
    intake.fate = (index) => (index === 5 ? 'lose' : index > 5 ? 413 : 'store')
    expect((await send(name, '--concurrency', '2')).exitCode).toBe(1)
    const before = intake.requests.length
    intake.fate = () => 'store'
    const { exitCode, records } = await send(name, '--resume')
    expect(exitCode).toBe(0)
    expect(storedIds()).toEqual(ids(100))
    expect(records().at(-1)).toMatchObject({ event: 'done', accepted: 100 })
    expect(intake.requests.length - before).toBeLessThan(7)
  })

  it('a run that is stopped by a signal finishes what is under way, says so, and can go on', async () => {
    const name = await file('rows.ndjson', ndjson(100))
    intake.fate = (index) => {
      if (index === 3) world.stop()
      return 'store'
    }
    const stopped = await send(name, '--concurrency', '1')
    expect(stopped.exitCode).toBe(5)
    expect(stopped.records().at(-1)).toMatchObject({ event: 'stopped', accepted: 40 })
    expect((await send(name, '--resume')).exitCode).toBe(0)
    expect(storedIds()).toEqual(ids(100))
  })

  it.each([2, 7, 15])('a run that is killed at request %i can go on, and each row is stored once', async (last) => {
    const name = await file('rows.ndjson', ndjson(400))
    const args = ['send', name, '--type', 'x', '--batch-size', '10', '--concurrency', '3']
    const env = {
      ...process.env,
      MILLRACE_URL: intake.url,
      MILLRACE_KEY: inputKey,
      XDG_STATE_HOME: join(world.folder, '.local', 'state'),
    }
    const sender = spawn(process.execPath, [main, ...args], { cwd: world.folder, env, stdio: 'ignore' })
    intake.fate = async (index) => {
      await sleep(30)
      if (index === last) sender.kill('SIGKILL')
      return 'store' as const
    }
    await once(sender, 'exit')
    const stored = intake.rows.length
    intake.fate = () => 'store'
    expect((await world.run([...args, '--resume'])).exitCode).toBe(0)
    expect(stored).toBeLessThan(400)
    expect(storedIds()).toEqual(ids(400))
  })

  it('has nothing left to do after a run that ended well', async () => {
    const name = await file('rows.ndjson', ndjson(20))
    await send(name)
    const { exitCode, records } = await send(name, '--resume')
    expect([exitCode, records()]).toMatchObject([0, [{ event: 'done', rows: 0, accepted: 20 }]])
    expect(intake.requests).toHaveLength(2)
  })

  it('without it the same file is sent once more', async () => {
    const name = await file('rows.ndjson', ndjson(20))
    await send(name)
    await send(name)
    expect(intake.rows).toHaveLength(40)
  })

  it.each([
    ['a file that has changed', async () => file('rows.ndjson', ndjson(101)), [], 'has changed'],
    ['other batches', async () => {}, ['--batch-size', '20'], '--batch-size: 10'],
    ['another format', async () => {}, ['--format', 'json'], '--format: ndjson'],
  ])('%s is refused', async (_name, change, more, reason) => {
    const name = await file('rows.ndjson', ndjson(100))
    intake.fate = (index) => (index > 2 ? 413 : 'store')
    await send(name)
    await change()
    const { exitCode, stderr } = await send(name, '--resume', ...more)
    expect(exitCode).toBe(2)
    expect(JSON.parse(stderr).error.message).toContain(reason)
  })

  it('keeps no key in its progress file', async () => {
    const name = await file('rows.ndjson', ndjson(10))
    await send(name)
    const folder = join(world.folder, '.local', 'state', 'millrace', 'send')
    const files = await readdir(folder)
    expect(files).toHaveLength(1)
    expect(files[0]).not.toContain(inputKey)
    await utimes(join(world.folder, name), 1, 1)
    expect((await send(name, '--resume')).exitCode).toBe(2)
    await rm(folder, { recursive: true })
    expect((await send(name, '--resume')).exitCode).toBe(0)
  })
})

describe('on a terminal', () => {
  it('shows a bar with rate and time left, then a sentence', async () => {
    const terminal = await openFakeWorld({ MILLRACE_URL: intake.url, MILLRACE_KEY: inputKey }, { isTerminal: true })
    await writeFile(join(terminal.folder, 'rows.csv'), `id\n${ids(40).join('\n')}\n"x\n`)
    intake.fate = async () => {
      await sleep(60)
      return 'store' as const
    }
    const args = ['send', 'rows.csv', '--type', 'x', '--batch-size', '10', '--concurrency', '1']
    const { exitCode, stdout, stderr } = await terminal.run(args)
    await terminal.remove()
    expect(exitCode).toBe(5)
    expect(stdout).toMatch(
      /^Sent 40 rows of rows\.csv as x in .* rows\/s\)\.\n1 row could not be read and was not sent\.\n$/,
    )
    expect(stderr).toMatch(/█ 100 % {2}\d+ rows {2}\d+ rows\/s/)
    expect(stderr).toContain('rows.csv:42: a quoted cell is never closed')
  })
})
