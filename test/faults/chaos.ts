/** `npm run chaos`: as many rounds of dying servers as you like, and the verdict. */
import { parseArgs } from 'node:util'
import { makeBuild } from './build.ts'
import { diskDeaths } from './disk-deaths.ts'
import { failpointNames, namedDeaths } from './failpoints.ts'
import { type Death, deaths, type Round, run } from './rounds.ts'
import { mountSmallDisk } from './small-disk.ts'
import { walDeaths } from './wal-damage.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    rounds: { type: 'string', default: '50' },
    faults: { type: 'string', default: 'kill,terminate,points,wal' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log(`Usage: npm run chaos -- [--seed N] [--rounds N] [--faults kill,terminate,points,wal,full]

Starts a server again and again and lets it die under load, while a producer that is never killed keeps a ledger.
At the end the tables and the restream queue must hold every acknowledged event once and nothing else, and the books balance.

  kill       SIGKILL at a random moment
  terminate  SIGTERM at a random moment; it must end with 0
  points     it kills itself at a named point of its own code
  wal        SIGKILL, then the write-ahead log of its tables is damaged
  full       its disk, 512 MiB that are mounted for it, runs full and is freed, then SIGKILL

The same seed gives the same events and the same times of death. Exit code 1 where anything is wrong, 2 where it cannot begin.`)
  process.exit(0)
}

const planners: Record<string, (count: number, seed: number) => Death[]> = {
  kill: (count, seed) => deaths('kill', count, seed),
  terminate: (count, seed) => deaths('terminate', count, seed),
  points: (count, seed) =>
    Array.from({ length: Math.ceil(count / 40) }, (_, i) => namedDeaths(failpointNames(), i + 1, seed + i)).flat(),
  wal: walDeaths,
  full: diskDeaths,
}

const [seed, rounds, kinds] = [Number(values.seed), Number(values.rounds), values.faults.split(',')]
if (!Number.isSafeInteger(seed) || !(rounds > 0) || kinds.some((kind) => !(kind in planners)))
  stop(`--seed and --rounds take whole numbers, --faults any of ${Object.keys(planners).join(', ')}`)
const disk = kinds.includes('full') ? mountSmallDisk(512) : undefined
if (kinds.includes('full') && disk === undefined) stop('full needs the right to mount a file system')

const plans = kinds.map((kind) => planners[kind]!(rounds, seed))
const planned = Array.from({ length: rounds }, (_, index) => {
  const plan = plans[index % plans.length]!
  return plan[Math.floor(index / plans.length) % plan.length]!
})

console.log(`seed ${seed}, ${rounds} rounds of ${kinds.join(', ')}`)
using _ = await makeBuild()
let done = 0
const readyTimes: number[] = []
const onRound = ({ death, readyMs, acknowledged }: Round) => {
  if (readyMs !== undefined) readyTimes.push(readyMs)
  const round = String(++done).padStart(String(rounds).length)
  const ready = readyMs === undefined ? 'died as it started' : `ready in ${Math.round(readyMs)} ms`
  console.log(`${round}  ${nameOf(death).padEnd(42)} ${ready.padEnd(19)} ${acknowledged} acknowledged so far`)
}
try {
  const { wrong, acknowledged } = await run({
    seed,
    deaths: planned,
    onRound,
    // On a small disk the log leaves the tables room for what it holds.
    ...(disk === undefined ? {} : { place: disk.folder, env: { MILLRACE_LOG_BYTES_MAX: '64MiB' } }),
  })
  const late = readyTimes.filter((ms) => ms > 5_000).length
  console.log(`${acknowledged} events acknowledged; ready within ${Math.round(Math.max(...readyTimes))} ms`)
  if (late > 0) console.log(`${late} of ${rounds} starts took longer than 5 s`)
  for (const sentence of wrong) console.error(`WRONG: ${sentence}`)
  console.log(wrong.length === 0 ? '0 lost, 0 doubled; the books balance' : `seed ${seed} found faults`)
  process.exitCode = wrong.length === 0 ? 0 : 1
} finally {
  disk?.unmount()
}

function nameOf({ about, failpoint, how, afterMs }: Death): string {
  return about ?? (failpoint === undefined ? `${how} after ${afterMs} ms` : `dies at ${failpoint}`)
}

function stop(message: string): never {
  console.error(message)
  process.exit(2)
}
