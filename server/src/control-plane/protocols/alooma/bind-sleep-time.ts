/** The sleep time of an input (ALOOMA-68): how often a source is run, which counts minutes here. */
import { hasCode } from '../../../errors.ts'
import type { Caller } from '../../operations/operation.ts'
import type { Operations } from '../../operations/operations.ts'
import type { AloomaPort } from './alooma-port.ts'
import { refused } from './route.ts'

const minuteSeconds = 60
/** Of a schedule: 31 days. */
const minutesMax = 31 * 24 * 60

export function bindSleepTime({ sources }: Operations): Pick<AloomaPort, 'sleepTime' | 'setSleepTime'> {
  const find = async (caller: Caller, input: string) => {
    try {
      return await sources.get(caller, input)
    } catch (error) {
      if (hasCode(error, 'not_found')) return undefined
      throw error
    }
  }
  return {
    async sleepTime(caller, input) {
      const schedule = (await find(caller, input))?.schedule
      return schedule && 'everyMinutes' in schedule ? schedule.everyMinutes * minuteSeconds : undefined
    },
    async setSleepTime(caller, input, seconds) {
      const source = await find(caller, input)
      if (source === undefined) return
      const everyMinutes = Math.ceil(seconds / minuteSeconds)
      if (everyMinutes > minutesMax) throw refused(`A source sleeps ${minutesMax * minuteSeconds} seconds at most`)
      const { window } = source.schedule ?? {}
      await sources.schedule(caller, input, { everyMinutes, ...(window && { window }) })
    },
  }
}
