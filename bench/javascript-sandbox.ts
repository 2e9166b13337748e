/**
 * Users' JavaScript in the jailed isolate, with its limits and each event's errors caught, against the same code called in this process
 * between `JSON.parse` and `JSON.stringify`, bytes to bytes: `node bench/javascript-sandbox.ts`. Both in one run, in turns, the best
 * round of each. In CPU time of the process that runs the code, all its threads; by the clock the way there and back is in it, and the
 * proof of the answer.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { silentLogger } from '../server/src/telemetry.ts'
import type { Guest } from '../server/src/transform/guest.ts'
import { openGuests } from '../server/src/transform/guests.ts'
import { javascript } from '../server/src/transform/sandboxes/javascript.ts'
import { defaultTransformLimits } from '../server/src/transform.ts'
import { makeEvent } from './events.ts'

const rounds = Number(process.argv[2] ?? 9)
const chunks = 60
const chunkEvents = 500

const units = [
  ['events/s of CPU', 'perCpuSecond'],
  ['events/s by the clock', 'perSecond'],
] as const
const rounded = (rate: number) => Math.round(rate).toLocaleString('en').padStart(10)

type Transform = (event: Record<string, unknown>) => unknown

const code = `
export function transform(event) {
  const url = event.url
  const at = url.indexOf('?')
  event.path = at < 0 ? url : url.slice(0, at)
  event.total = event.price * event.quantity
  event.user = event.user.toUpperCase()
  if (event.type === 'search') event.is_search = true
  delete event.referrer
  return event
}
`

interface Case {
  readonly title: string
  readonly code: string
  readonly event: (index: number) => object
}

const cases: readonly Case[] = [
  { title: 'shop events, fields changed and one deleted', code, event: makeEvent },
  {
    title: 'shop events, fields changed',
    code: code.replace('delete event.referrer', ''),
    event: makeEvent,
  },
  { title: 'shop events, as they are', code: 'export function transform(event) { return event }', event: makeEvent },
  {
    title: 'comments with escapes, fields changed',
    code: code.replace('delete event.referrer', ''),
    event: (index) => ({ ...makeEvent(index), comment: `line "${index}"\n\tand another\\ one\n`.repeat(3) }),
  },
  {
    title: 'large integers, fields changed',
    code: code.replace('delete event.referrer', ''),
    event: (index) => ({ ...makeEvent(index), seen_at: 900_719_925_474_099_300n + BigInt(index) }),
  },
]

const guests = await openGuests({ logger: silentLogger })
console.log(`isolation: ${guests.isolation.level}`)
for (const { title, code, event } of cases) {
  const bodies = Array.from({ length: 8 }, (_, part) =>
    Buffer.from(Array.from({ length: chunkEvents }, (_, index) => `${textOf(event(part * 500 + index))}\n`).join('')),
  )
  const guest = await guests.open(javascript, {
    modules: [{ name: 'main', code }],
    order: ['main'],
    secrets: {},
    lookups: {},
    limits: defaultTransformLimits,
  })
  const { transform } = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as { transform: Transform }
  const rates = await measure(
    {
      jailed: (body) => inJail(guest, body),
      plain: async (body) => inThisProcess(transform, body),
    },
    bodies,
  )
  guest.close()
  console.log(`\n${title}: ${Math.round((bodies[0]?.length ?? 0) / chunkEvents)} bytes`)
  const { jailed, plain } = rates
  if (jailed === undefined || plain === undefined) continue
  for (const [unit, key] of units) {
    const ratio = `${((100 * jailed[key]) / plain[key]).toFixed(0)} %`
    console.log(`  ${unit.padEnd(22)}${rounded(jailed[key])} jailed${rounded(plain[key])} plain  ${ratio}`)
  }
}
await guests.close()

/** As JSON, a BigInt as a number. */
function textOf(event: object): string {
  return JSON.stringify(event, (_, value) => (typeof value === 'bigint' ? `${value}n` : value)).replace(
    /"(\d+)n"/,
    '$1',
  )
}

async function inJail(guest: Guest, body: Buffer): Promise<number> {
  const events = Array.from({ length: chunkEvents }, (_, index) => {
    const time = 1_700_000_000_000 + (index >> 6)
    return [`0190c2b5-7d5e-7a51-8f4e-${String(index).padStart(12, '0')}`, 0, index % 5, time, time, 0, 0] as const
  })
  const inputs = [{ id: 'in_1', label: 'Shop', type: 'native' }]
  const types = ['page_view', 'purchase', 'sign_up', 'search', 'add_to_cart']
  return (await guest.run({ careful: false, inputs, types, events }, body)).outputs.length
}

function inThisProcess(transform: Transform, body: Buffer): number {
  const lines = body.toString().split('\n')
  lines.pop()
  return Buffer.from(lines.map((line) => `${JSON.stringify(transform(JSON.parse(line)))}\n`).join('')).length
}

interface Rates {
  readonly perCpuSecond: number
  readonly perSecond: number
}

async function measure(
  contenders: Readonly<Record<string, (body: Buffer) => Promise<number>>>,
  bodies: readonly Buffer[],
): Promise<Record<string, Rates>> {
  const best: Record<string, Rates> = {}
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(contenders)) {
      const cpuSeconds = name === 'jailed' ? cpuSecondsOfChildren : cpuSecondsOfThis
      const [began, cpuBegan] = [performance.now(), cpuSeconds()]
      for (let chunk = 0; chunk < chunks; chunk++) await run(bodies[chunk % bodies.length]!)
      const events = chunks * chunkEvents
      best[name] = {
        perCpuSecond: Math.max(best[name]?.perCpuSecond ?? 0, events / (cpuSeconds() - cpuBegan)),
        perSecond: Math.max(best[name]?.perSecond ?? 0, events / ((performance.now() - began) / 1000)),
      }
    }
  }
  return best
}

function cpuSecondsOfThis(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** Of all processes that come from this one; those that wait take none. */
function cpuSecondsOfChildren(pid = process.pid): number {
  let seconds = 0
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const folder = `/proc/${pid}/task/${thread}`
    if (pid !== process.pid) seconds += Number(readFileSync(`${folder}/schedstat`, 'utf8').split(' ')[0]) / 1e9
    const children = readFileSync(`${folder}/children`, 'utf8').split(' ').filter(Boolean)
    for (const child of children) seconds += cpuSecondsOfChildren(Number(child))
  }
  return seconds
}
