/** A server that keeps one guest busy and one spare, until it is killed: `server.fixture.ts <mark> <jailed|bare> <main|thread>`. */
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { defaultTransformLimits } from '../../transform.ts'
import { fixtureProgram } from './guest.fixture.ts'
import { jailsToTry } from './jail.ts'
import { ask, load } from './loaded.ts'
import { GuestProcess } from './process.ts'

const [mark = '', jailing, place] = process.argv.slice(2)
const limits = { ...defaultTransformLimits, chunkMs: 60_000 }

async function keepGuests(): Promise<void> {
  const program = { ...fixtureProgram, nodeFlags: [`--conditions=${mark}`] }
  const jail = jailsToTry().find(({ bubblewrap }) => (bubblewrap === undefined) === (jailing === 'bare'))!
  const guest = new GuestProcess(jail, program, limits.memoryBytes)
  const spare = new GuestProcess(jail, program, limits.memoryBytes)
  await Promise.all([guest.ready, spare.ready])
  await load(guest, { modules: [], order: [], secrets: {}, lookups: {}, limits })
  void ask(
    guest,
    limits,
    { careful: false, inputs: [], types: ['loop'], events: [['id', 0, 0, 0, 0, 0, 0]] },
    Buffer.from('{}'),
  )
  setTimeout(() => {}, 600_000)
}

if (place === 'thread' && isMainThread) {
  const worker = new Worker(new URL(import.meta.url), { argv: process.argv.slice(2) })
  worker.once('message', () => console.log('busy'))
  process.stdin.once('data', () => worker.terminate())
} else {
  await keepGuests()
  if (isMainThread) console.log('busy')
  else parentPort?.postMessage('busy')
}
