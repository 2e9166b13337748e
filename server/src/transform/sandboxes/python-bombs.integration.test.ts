/** Python that does harm is stopped in time, or refused, and the next program runs as ever. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { MillraceError } from '../../errors.ts'
import { GuestKilled, type KillReason } from '../guest.ts'
import { collectStops } from '../process/stops.fixture.ts'
import { openPythonGuests } from './python.fixture.ts'
import { executor, executorLimits, openExecutor } from './python-executor.fixture.ts'

const limits = executorLimits
/** For what never ends. */
const shortLimits = { ...limits, eventMs: 300, chunkMs: 500 }

const stops = collectStops()
let guests: Awaited<ReturnType<typeof openPythonGuests>>

beforeAll(async () => {
  guests = await openPythonGuests(stops.logger)
})
afterAll(() => guests.close())

const execute = openExecutor(() => guests)

/** What bombs before it left behind, or a busy machine, may bring it to a limit first: then a new process shows what becomes of it. */
async function executeAgain(...asked: Parameters<typeof execute>): Promise<unknown> {
  const executed = (await execute(...asked)) as { killed?: string }
  return executed.killed === 'time' || executed.killed === 'memory' ? await execute(...asked) : executed
}

describe('what never ends is stopped from outside, in time:', () => {
  it.concurrent.each<[string, string]>([
    ['an endless loop', 'while True: pass'],
    ['an integer that is squared and squared', 'x = 3\nwhile True: x = x * x % (1 << 2_000_000)'],
    ['a regular expression that tries everything', "import re\nre.match(r'(a+)+$', 'a' * 40 + 'b')"],
    ['an event that never comes', 'import asyncio\nasync def f(): await asyncio.Event().wait()\nasyncio.run(f())'],
    ['a long sleep', 'import time\ntime.sleep(1e6)'],
    ['a comparison that never ends', 'class A:\n  def __lt__(s, o):\n    while True: pass\nsorted([A(), A()])'],
    ['an exception that is never told', 'class E(Exception):\n  def __str__(s):\n    while True: pass\nraise E'],
    ['an endless generator', 'sum(iter(int, 1))'],
    ['all exceptions caught for ever', 'while True:\n  try: raise SystemExit\n  except BaseException: pass'],
  ])('%s', async (_, code) => {
    const { guest, run } = await guests.open(executor, { limits: shortLimits })
    await expect(run([{ code }])).rejects.toMatchObject({ reason: 'time' })
    await expect(run([{ code: 'result = 1' }])).rejects.toThrow(GuestKilled)
    guest.close()
    await stops.expectInTime(1)
  })

  it('in one event, which is named where events are run with care', async () => {
    const careful = await guests.open(executor, { limits: shortLimits })
    const events = ['result = 1', 'while True: pass', 'result = 2'].map((code) => ({ code }))
    await expect(careful.run(events, { careful: true })).rejects.toMatchObject({ reason: 'time', index: 1 })
    await stops.expectInTime(1)
  })
})

describe('a bomb', () => {
  afterEach(async () => {
    expect(await executeAgain('result = 1')).toMatchObject({ outcome: ['{"result":1}'] })
  })

  it.each<[string, string, KillReason]>([
    ['depth that the interpreter cannot hold', 'v = []\nfor _ in range(1_000_000): v = [v]\nresult = v', 'crash'],
    ['its own end', 'import os\nos._exit(0)', 'crash'],
    ['an abort', 'import os\nos.abort()', 'crash'],
    ['memory read where there is none', 'import ctypes\nctypes.string_at(0xfffffff0, 100)', 'crash'],
  ])('ends its process: %s', async (_, code, killed) => {
    expect(await execute(code)).toEqual({ killed })
  })

  it.each<[string, string, RegExp]>([
    ['bytes upon bytes', 'while True: kept.append(bytearray(1 << 20))', /^MemoryError/],
    ['text of one gigabyte', "'x' * (1 << 30)", /^MemoryError/],
    ['text that doubles', "x = 'x'\nwhile True: x += x", /^MemoryError/],
    ['lists that grow', 'x = []\nwhile True: x.append([0] * 1000)', /^MemoryError/],
    ['a dict that grows', 'x = {}\nwhile True: x[len(x)] = str(len(x))', /^MemoryError/],
    [
      'rings that are never collected',
      'import gc\ngc.disable()\nwhile True:\n  a = [0] * 100\n  a.append(a)',
      /^MemoryError/,
    ],
    ['an array of events', 'result = [event] * 500_000_000', /^MemoryError/],
  ])('is told that memory ends, and lets go of it: %s', async (_, code, message) => {
    const { outcome } = (await executeAgain(`${code}\n`)) as { outcome: { code: string; message: string } }
    expect(outcome).toMatchObject({ code: 'transform_memory', module: 'main' })
    expect(outcome.message).toMatch(message)
    await execute('kept.clear()')
  })

  it.each<[string, string, string, RegExp]>([
    ['recursion', 'def f(): f()\nf()', 'transform_error', /^RecursionError/],
    ['recursion through sorting', 'def f(_): return sorted([1], key=f)\nf(1)', 'transform_error', /^RecursionError/],
    [
      'files without end',
      "f = open('/tmp/x', 'wb')\nwhile True: f.write(bytes(1 << 20)); f.flush()",
      'transform_error',
      /^OSError.*space/,
    ],
    ['a program', "import subprocess\nsubprocess.run(['id'])", 'transform_error', /^OSError.*processes/],
    ['a fork', 'import os\nos.fork()', 'transform_error', /./],
    ['threads', 'import threading\nthreading.Thread(target=print).start()', 'transform_error', /^RuntimeError/],
  ])('is refused by the interpreter: %s', async (_, code, fault, message) => {
    expect(await executeAgain(code)).toMatchObject({
      outcome: { code: fault, message: expect.stringMatching(message) },
    })
    await execute("import os\nos.path.exists('/tmp/x') and os.remove('/tmp/x')")
  })

  it.each([
    ['a hundred megabytes of events', "result = {'x': 'é' * 8_000_000}", /bytes as JSON/],
    ['a million events', 'result = [{}] * 1_000_000', /^One event became 1000000 events/],
    ['a dict that lies', 'class D(dict):\n  def items(s): return 1 / 0\nresult = {"a": D(x=1)}', /./],
  ])('is not what an event may become: %s', async (_, code, message) => {
    const { outcome } = (await executeAgain(code, { raw: true })) as { outcome: { code: string; message: string } }
    if (Array.isArray(outcome)) expect(outcome).toEqual(['{"a":{"x":1}}'])
    else expect(outcome.message).toMatch(message)
  })

  it('of lines printed is cut', async () => {
    const { printed } = (await executeAgain('for i in range(200_000): print(i)')) as { printed: string }
    expect(Buffer.byteLength(printed)).toBeLessThanOrEqual(64 * 1024)
    expect(printed).toMatch(/bytes more were printed$/)
  })

  it.each([
    ['while True: pass\n', 'time'],
    ['import os\nos._exit(3)\n', 'crash'],
  ])('that goes off when it is loaded is a mistake in the code: %j', async (code) => {
    const opening = guests.open(`${code}def transform(event):\n    return event\n`, { limits: shortLimits })
    await expect(opening).rejects.toThrow(MillraceError)
    await expect(opening).rejects.toMatchObject({ code: 'invalid_code' })
  })
})
