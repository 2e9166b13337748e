/** Resident memory under full load: one line a step, so that growth can be seen. `node bench/memory.ts [minutes]` */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startProcess } from './child.ts'
import { type Access, feed, loaded, makeBodies } from './feed.ts'

const minutes = Number(process.argv[2] ?? 10)
const steps = 20
const eventsEach = 500
const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'))

try {
  const server = startProcess('millrace', [join(folder, 'data')])
  const access = await server.answer<Access>()
  const startedAt = Date.now()
  let events = 0
  for (let step = 1; step <= steps; step++) {
    const until = startedAt + (step / steps) * minutes * 60_000
    await feed(access, bodiesUntil(until), 4, () => {
      events += eventsEach
    })
    const { residentBytes } = await server.answer<{ residentBytes: number }>('memory')
    const elapsed = ((Date.now() - startedAt) / 60_000).toFixed(1)
    console.log(`${elapsed} min: ${Math.round(residentBytes / 1024 ** 2)} MB resident, ${events} events acknowledged`)
  }
  await loaded(access, events)
  await server.answer('close')
} finally {
  rmSync(folder, { recursive: true })
}

/** The same bodies again and again: making fresh ones would cost this process more than the server. */
function* bodiesUntil(time: number): Generator<Buffer> {
  const bodies = [...makeBodies(40, eventsEach)]
  for (let i = 0; Date.now() < time; i++) yield bodies[i % bodies.length]!
}
