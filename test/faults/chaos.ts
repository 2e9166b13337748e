/** `npm run chaos`: as many rounds of dying servers as you like, and the verdict. */
import { parseArgs } from 'node:util'
import { failpointNames } from './failpoints.ts'
import { type Death, deaths, run } from './rounds.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    rounds: { type: 'string', default: '50' },
    faults: { type: 'string', default: 'kill,terminate,failpoints' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log(`Usage: npm run chaos -- [--seed N] [--rounds N] [--faults kill,terminate,failpoints]

Starts a server again and again and kills it under load, while a producer that is never killed keeps a ledger.
At the end the tables must hold every acknowledged event once, nothing else, and the books must balance.
The same seed gives the same events and the same times of death. Exit code 1 where anything is wrong.`)
  process.exit(0)
}

const seed = Number(values.seed)
const rounds = Number(values.rounds)
const kinds = values.faults.split(',')
if (
  !Number.isSafeInteger(seed) ||
  !Number.isSafeInteger(rounds) ||
  kinds.some((kind) => !/^(kill|terminate|failpoints)$/.test(kind))
) {
  console.error('--seed and --rounds take whole numbers, --faults any of kill, terminate, failpoints')
  process.exit(2)
}

const names = failpointNames()
const planned: Death[] = deaths('kill', rounds, seed).map((death, index) => {
  const kind = kinds[index % kinds.length]!
  if (kind === 'terminate') return { ...death, how: 'terminate' }
  if (kind === 'failpoints')
    return { how: 'kill', afterMs: 2_000, failpoint: `${names[index % names.length]!}:${1 + (index % 3)}` }
  return death
})

console.log(`seed ${seed}, ${rounds} rounds of ${kinds.join(', ')}`)
const verdict = await run({
  seed,
  deaths: planned,
  onRound: ({ death, readyMs, acknowledged }) =>
    console.log(
      `  ${death.failpoint ?? `${death.how} after ${death.afterMs} ms`}: ready in ${Math.round(readyMs)} ms, ${acknowledged} acknowledged so far`,
    ),
})
console.log(`${verdict.acknowledged} events acknowledged; slowest start ${Math.round(verdict.slowestReadyMs)} ms`)
for (const sentence of verdict.wrong) console.error(`WRONG: ${sentence}`)
console.log(verdict.wrong.length === 0 ? '0 lost, 0 doubled; the books balance' : `seed ${seed} found faults`)
process.exitCode = verdict.wrong.length === 0 ? 0 : 1
