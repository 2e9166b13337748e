/** Cold start to the ready line and resident memory when idle: of an empty folder, and of one with a gigabyte of log. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { median, startProcess } from './child.ts'
import { type Access, feed, loaded, makeBodies } from './feed.ts'

const runs = 5
const eventsEach = 500
const logBytes = 1024 ** 3
const command = join(import.meta.dirname, '../cli/src/main.ts')
const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'))

interface Start {
  readonly seconds: number
  readonly residentMb: number
}

try {
  const empty: Start[] = []
  for (let run = 0; run < runs; run++) empty.push(await start(join(folder, `empty-${run}`)))
  report('empty folder', empty)
  const events = await fill(join(folder, 'full'))
  const full: Start[] = []
  for (let run = 0; run < runs; run++) full.push(await start(join(folder, 'full')))
  report(`1 GB of log, ${events} events`, full)
} finally {
  rmSync(folder, { recursive: true })
}

async function start(data: string): Promise<Start> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, [command, 'start', '--port', '0', '--data', data, '--log-level', 'error'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  for await (const chunk of child.stdout) {
    said += chunk
    if (said.includes('Millrace is ready')) break
  }
  const seconds = (performance.now() - startedAt) / 1000
  await delay(2_000) // what is idle has finished what it does at the start
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))!
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
  return { seconds, residentMb: Number(kilobytes) / 1024 }
}

async function fill(data: string): Promise<number> {
  const server = startProcess('millrace', [data])
  const access = await server.answer<Access>()
  const [sample] = makeBodies(1, eventsEach)
  const bodies = Math.ceil(logBytes / sample!.length)
  await feed(access, makeBodies(bodies, eventsEach), 4)
  await loaded(access, bodies * eventsEach)
  await server.answer('close')
  return bodies * eventsEach
}

function report(what: string, starts: readonly Start[]): void {
  const seconds = starts.map((each) => each.seconds)
  const resident = starts.map(({ residentMb }) => residentMb)
  console.log(
    `${what}: ready in ${median(seconds).toFixed(2)} s (worst of ${runs}: ${Math.max(...seconds).toFixed(2)} s), ${median(resident).toFixed(0)} MB resident when idle`,
  )
}
