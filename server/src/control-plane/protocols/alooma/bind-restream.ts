/** The restream queue: what Alooma calls streaming is a run over all that waits. */
import { hasCode } from '../../../errors.ts'
import type { Caller } from '../../operations/operation.ts'
import type { Operations } from '../../operations/operations.ts'
import type { AloomaPort } from './alooma-port.ts'

export function bindRestream({
  restream,
}: Operations): Pick<AloomaPort, 'startRestream' | 'stopRestream' | 'isRestreaming'> {
  /** There is one at most. */
  const running = async (caller: Caller) => {
    const [newest] = await restream.runs(caller, { limit: 1 })
    return newest?.state === 'RUNNING' ? newest : undefined
  }
  return {
    async startRestream(caller) {
      try {
        await restream.startRun(caller, {}, {})
      } catch (error) {
        if (!hasCode(error, 'conflict')) throw error // it streams already
      }
    },
    async stopRestream(caller) {
      const run = await running(caller)
      if (run) await restream.stopRun(caller, run.id)
    },
    async isRestreaming(caller) {
      try {
        return (await running(caller)) !== undefined
      } catch (error) {
        if (hasCode(error, 'forbidden')) return false // who may see the structure may not always see the queue
        throw error
      }
    },
  }
}
