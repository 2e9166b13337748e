/**
 * Users' Python in its sandbox, chunks of 500 events to a guest in the jail, against one native CPython (`python3` of the PATH) that reads
 * and writes JSON lines by the same transform. Events per CPU second of the processes that run Python, and by the clock, in rounds that
 * take turns.
 *
 *   node bench/python-sandbox.ts [events] [rounds]
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { silentLogger } from '@millrace/server/telemetry'
import { chunkEventsMax, defaultTransformLimits } from '@millrace/server/transform'
import { outputCount } from '@millrace/server/transform/guest'
import { openGuests } from '@millrace/server/transform/guests'
import { python } from '@millrace/server/transform/sandboxes/python'
import { median } from './child.ts'
import { makeEvent } from './events.ts'

const eventCount = Number(process.argv[2] ?? 100_000)
const rounds = Number(process.argv[3] ?? 5)
const processes = join(import.meta.dirname, 'processes')
const ticksPerSecond = 100

interface Measured {
  readonly perCpuSecond: number
  readonly perSecond: number
}

const lines = Array.from({ length: eventCount }, (_, index) => `${JSON.stringify(makeEvent(index))}\n`)
const chunks = Array.from({ length: Math.ceil(eventCount / chunkEventsMax) }, (_, index) =>
  lines.slice(index * chunkEventsMax, (index + 1) * chunkEventsMax),
).map((part) => ({ count: part.length, body: Buffer.from(part.join('')) }))

await python.compile([], []) // the interpreter's state is kept from the first time on
const guests = await openGuests({ logger: silentLogger })
const opening = performance.now()
const guest = await guests.open(python, {
  modules: [{ name: 'main', code: readFileSync(join(processes, 'python_transform.py'), 'utf8') }],
  order: ['main'],
  secrets: {},
  lookups: {},
  limits: { ...defaultTransformLimits, chunkMs: 60_000 },
})
console.log(`a guest was ready with its code after ${Math.round(performance.now() - opening)} ms`)
await inSandbox() // compiled meanwhile

const results: { sandbox: Measured; native: Measured }[] = []
for (let round = 0; round < rounds; round++) results.push({ native: await natively(), sandbox: await inSandbox() })
await guests.close()

const shown = (value: number) => Math.round(value).toLocaleString('en').padStart(9)
for (const key of ['perCpuSecond', 'perSecond'] as const) {
  const ratios = results.map(({ sandbox, native }) => sandbox[key] / native[key])
  console.log(
    `events ${key === 'perSecond' ? 'a second      ' : 'a CPU second  '} sandbox ${shown(median(results.map(({ sandbox }) => sandbox[key])))}` +
      `  native ${shown(median(results.map(({ native }) => native[key])))}` +
      `  ${Math.round(100 * median(ratios))} % (${ratios.map((ratio) => Math.round(100 * ratio)).join(', ')})`,
  )
}

async function inSandbox(): Promise<Measured> {
  const cpuBefore = guestCpuSeconds()
  const startedAt = performance.now()
  for (const { count, body } of chunks) {
    const { answer } = await guest.run(
      {
        careful: false,
        inputs: [{ id: 'bench', label: 'bench', type: 'native' }],
        types: ['bench'],
        events: Array.from({ length: count }, (_, index) => [`id-${index}`, 0, 0, 1.7e12, 1.7e12, 0, 0]),
      },
      body,
    )
    if (outputCount(answer.outputs) !== count)
      throw new Error(`Not all events came back: ${JSON.stringify(answer.faults[0])}`)
  }
  const seconds = (performance.now() - startedAt) / 1000
  return { perCpuSecond: eventCount / (guestCpuSeconds() - cpuBefore), perSecond: eventCount / seconds }
}

async function natively(): Promise<Measured> {
  const child = spawn('python3', [join(processes, 'python-lines.py')], { stdio: ['pipe', 'pipe', 'inherit'] })
  const startedAt = performance.now()
  const before = childrenCpuSeconds()
  let outputLines = 0
  child.stdout.on('data', (chunk: Buffer) => {
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) outputLines++
  })
  for (const { body } of chunks) if (!child.stdin.write(body)) await once(child.stdin, 'drain')
  child.stdin.end()
  await once(child, 'close')
  if (outputLines !== eventCount) throw new Error(`Native Python wrote ${outputLines} lines`)
  const seconds = (performance.now() - startedAt) / 1000
  return { perCpuSecond: eventCount / (childrenCpuSeconds() - before), perSecond: eventCount / seconds }
}

/** Of all guests; those that wait for work take none. */
function guestCpuSeconds(): number {
  let ticks = 0
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
      if (command.includes(python.guest.entry) && command[0] === process.execPath)
        ticks += sum(statOf(pid).slice(11, 13))
    } catch {
      // It ended meanwhile.
    }
  }
  return ticks / ticksPerSecond
}

/** Of the children of this process that have ended. */
function childrenCpuSeconds(): number {
  return sum(statOf('self').slice(13, 15)) / ticksPerSecond
}

/** Fields of `/proc/<pid>/stat` from the third, the state, on. */
function statOf(pid: string): string[] {
  return readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
}

function sum(values: readonly string[]): number {
  return values.reduce((total, value) => total + Number(value), 0)
}
