/** F28: ten times as much as the server can take. It sheds what is too much, keeps its memory flat, and loads all that it took. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { flows } from './oracle.ts'
import { type Answers, sendLoad } from './overload.ts'
import { rowsOf } from './requests.ts'
import { startServerProcess } from './server-process.ts'

const eventsPerBody = 500
const text = 'overload '.repeat(220)
const body = Buffer.from(Array.from({ length: eventsPerBody }, (_, n) => JSON.stringify({ n, text })).join('\n'))

it('ten times the load it can take is shed, with memory flat and everything accepted loaded', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-faults-'))
  // Room for what is loaded in a few seconds: more has to wait outside.
  const env = { MILLRACE_LOG_LEVEL: 'error', MILLRACE_SMALL: '', MILLRACE_LOG_BYTES_MAX: '256MiB' }
  const server = await startServerProcess({ folder, env })
  try {
    const { url } = server
    const bearable = await sendLoad({ url, body, perSecond: 1e6, underWayMax: 4, durationMs: 2_000 })
    const perSecond = (10 * (bearable.get('200') ?? 0)) / 2
    const memory = watchMemory(server.pid)
    const answers = await sendLoad({ url, body, perSecond, underWayMax: 400, durationMs: 10_000 })
    const { early, late } = memory.stop()

    const { 200: accepted = 0, ...refused } = Object.fromEntries(answers)
    expect(accepted).toBeGreaterThan(0)
    expect(Object.keys(refused).length, JSON.stringify(refused)).toBeGreaterThan(0)
    for (const refusal of Object.keys(refused)) expect(['503 overloaded', '503 storage_full']).toContain(refusal)
    expect(late - early).toBeLessThan(150)
    expect(await flows(url, 60_000), server.output()).toBe(true)
    expect(await rowsOf(url, 'SELECT count(*) FROM overload')).toEqual([
      [eventsPerBody * acceptedOf(bearable, answers)],
    ])
  } finally {
    server.signal('SIGKILL')
    await server.exited
    rmSync(folder, { recursive: true, force: true })
  }
})

function acceptedOf(...answers: Answers[]): number {
  return answers.reduce((sum, counts) => sum + (counts.get('200') ?? 0), 0)
}

/** The most resident memory, in MiB, in the middle third of the time that is watched, and in the last. */
function watchMemory(pid: number) {
  const samples: number[] = []
  let isStopped = false
  void (async () => {
    for (; !isStopped; await delay(100)) samples.push(residentMib(pid))
  })()
  return {
    stop() {
      isStopped = true
      const third = Math.floor(samples.length / 3)
      return { early: Math.max(...samples.slice(third, 2 * third)), late: Math.max(...samples.slice(2 * third)) }
    },
  }
}

function residentMib(pid: number): number {
  const [, kibibytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kibibytes) / 1024
}
