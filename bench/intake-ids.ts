/**
 * What it costs to know events by their ids: intake with durable acknowledgement of envelopes with an id of their sender's, against
 * the same without. Events per CPU second of the server's process, the two taking turns.
 */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BenchProcess, median, startProcess } from './child.ts'
import { makeEvent } from './events.ts'
import { openConnection, requestBytes } from './http-load.ts'

const eventsPerRound = Number(process.argv[2] ?? 200_000)
const eventsPerBody = 100
const connectionCount = 32
const rounds = { before: 4, counted: 3 }
const key = 'bench-key'
const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'))

interface Contender {
  readonly title: string
  readonly hasIds: boolean
  readonly server: BenchProcess
  readonly port: number
  readonly rates: number[]
}

try {
  const contenders = [await enter('with ids', true), await enter('without', false)]
  for (let round = 0; round < rounds.before; round++) for (const contender of contenders) await load(contender)
  for (let round = 0; round < rounds.counted; round++) for (const contender of contenders) await measure(contender)
  const [withIds, without] = contenders.map(({ rates }) => median(rates)) as [number, number]
  for (const { title, rates } of contenders) {
    console.log(`${title}: ${rates.map((rate) => `${Math.round(rate / 1000)}k`).join(', ')} events per CPU second`)
  }
  console.log(`envelopes in bodies of ${eventsPerBody}: with ids ${Math.round((100 * withIds) / without)} % of without`)
} finally {
  rmSync(folder, { recursive: true })
}
process.exit(0)

async function enter(title: string, hasIds: boolean): Promise<Contender> {
  const server = startProcess('intake-millrace', [mkdtempSync(join(folder, 'intake-')), key, ''])
  const { port } = await server.answer<{ port: number }>()
  return { title, hasIds, server, port, rates: [] }
}

async function measure(contender: Contender): Promise<void> {
  await contender.server.answer('cpu')
  await load(contender)
  const { cpuSeconds } = await contender.server.answer<{ cpuSeconds: number }>('cpu')
  contender.rates.push(eventsPerRound / cpuSeconds)
}

/** Fresh ids in each round, as nobody sends everything twice. */
async function load({ port, hasIds }: Contender): Promise<void> {
  const round = randomUUID()
  const requests = Array.from({ length: eventsPerRound / eventsPerBody }, (_, body) => {
    const lines = Array.from({ length: eventsPerBody }, (_, event) => {
      const n = body * eventsPerBody + event
      return JSON.stringify({ type: 'event', ...(hasIds && { id: `${round}-${n}` }), data: makeEvent(n) })
    })
    return requestBytes({ port, path: '/api/v1/events', key }, `[${lines.join(',')}]`)
  })
  const connections = await Promise.all(Array.from({ length: connectionCount }, () => openConnection(port)))
  const work = connections.map(async (connection) => {
    for (let request = requests.pop(); request !== undefined; request = requests.pop()) await connection.send(request)
    connection.close()
  })
  await Promise.all(work)
}
