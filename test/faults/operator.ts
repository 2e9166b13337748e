/** What people do with a server meanwhile: they send the restream queue through again, look at it, and ask the tables. */
import { setTimeout as delay } from 'node:timers/promises'
import { mulberry } from './events.ts'
import { ask } from './requests.ts'

export interface Operator {
  stop(): Promise<void>
}

const chores: readonly ((url: string) => Promise<unknown>)[] = [
  (url) => ask(url, '/api/v1/restream/runs', {}),
  (url) => ask(url, '/api/v1/restream/runs', { code: 'number_range' }),
  (url) => ask(url, '/api/v1/restream?limit=50'),
  (url) => ask(url, '/api/v1/restream/clusters?limit=50'),
  (url) => ask(url, '/api/v1/query', { sql: 'SELECT count(*), sum(n) FROM chaos' }),
]

/** One chore after the other, at random from a seed; what fails is repeated soon enough by another. */
export function startOperator(seed: number, url: () => string): Operator {
  const random = mulberry(seed)
  let isStopping = false
  const work = (async () => {
    while (!isStopping) {
      await chores[Math.floor(random() * chores.length)]!(url()).catch(() => {})
      await delay(random() * 300)
    }
  })()
  return {
    async stop() {
      isStopping = true
      await work
    },
  }
}
