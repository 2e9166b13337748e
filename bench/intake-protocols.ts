/**
 * Intake by each protocol against native intake, the same events in bodies of the same number: events per CPU second of the server's
 * process, the protocols taking turns on one server. Initial State's events are small, and
 * Segment's say more than what happened: both have a native side of their own.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { median, startProcess } from './child.ts'
import { openConnection } from './http-load.ts'
import { speakers } from './speakers.ts'

const eventsPerBody = Number(process.argv[3] ?? 100)
const requestsPerRound = Math.ceil(Number(process.argv[2] ?? 200_000) / eventsPerBody)
const connectionCount = 32
/** Rounds until code is compiled and files have been used once, and those that count. */
const rounds = { before: 4, counted: 9 }
const ratioWanted = 0.6

const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
try {
  const server = startProcess('intake-protocols', [folder])
  const { port } = await server.answer<{ port: number }>()
  const contenders = speakers(eventsPerBody).map((speaker) => ({ speaker, rates: [] as number[] }))
  for (let round = 0; round < rounds.before; round++)
    for (const { speaker } of contenders) await load(port, speaker.requests(requestsPerRound))
  for (let round = 0; round < rounds.counted; round++)
    for (const { speaker, rates } of contenders) {
      const requests = speaker.requests(requestsPerRound)
      await server.answer('cpu')
      await load(port, requests)
      const { cpuSeconds } = await server.answer<{ cpuSeconds: number }>('cpu')
      rates.push((requestsPerRound * eventsPerBody) / cpuSeconds)
    }
  const rateOf = (title: string) => median(contenders.find(({ speaker }) => speaker.title === title)!.rates)
  console.log(`bodies of ${eventsPerBody}, events per CPU second, and as a part of native's:`)
  for (const { speaker, rates } of contenders) {
    const part = median(rates) / rateOf(speaker.against)
    const verdict = part < ratioWanted ? `  below ${ratioWanted * 100} %` : ''
    console.log(
      `${speaker.title.padEnd(32)} ${(median(rates) / 1000).toFixed(0).padStart(6)}k ${(part * 100).toFixed(0).padStart(5)} %${verdict}`,
    )
  }
} finally {
  rmSync(folder, { recursive: true })
}
process.exit(0)

async function load(port: number, requests: Buffer[]): Promise<void> {
  const send = async () => {
    const connection = await openConnection(port)
    for (let request = requests.pop(); request !== undefined; request = requests.pop()) await connection.send(request)
    connection.close()
  }
  await Promise.all(Array.from({ length: connectionCount }, send))
}
