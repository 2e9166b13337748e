/** S3 retention (ALOOMA-65): the workspace's archive of raw events, in a bucket of Amazon's. */
import { rollDefaults } from '../../../archive.ts'
import { hasCode } from '../../../errors.ts'
import type { Operations } from '../../operations/operations.ts'
import type { AloomaPort } from './alooma-port.ts'

/** What Alooma's settings do not say. */
const region = 'us-east-1'

export function bindRetention({ archive }: Operations): Pick<AloomaPort, 'setRetention' | 'retention'> {
  return {
    async setRetention(caller, retention) {
      if (retention === null) {
        await archive.delete(caller).catch((error: unknown) => {
          if (!hasCode(error, 'not_found')) throw error
        })
        return
      }
      await archive.set(caller, { target: { kind: 's3', region, ...retention }, inputs: null, ...rollDefaults })
    },
    async retention(caller) {
      try {
        const { status } = await archive.get(caller)
        const failure = status?.failure
        return { isRunning: failure === undefined, error: failure?.message ?? null }
      } catch (error) {
        if (hasCode(error, 'not_found')) return { isRunning: false, error: null }
        throw error
      }
    },
  }
}
