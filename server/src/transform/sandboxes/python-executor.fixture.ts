/** Python that executes what an event says, for tests of what such code might do. */
import { GuestKilled } from '../guest.ts'
import type { openPythonGuests, PythonProgram } from './python.fixture.ts'

/** Wall time of a chunk is twice this: enough for what fills memory on a busy machine. */
export const executorLimits = { eventMs: 1_000, chunkMs: 2_000, memoryBytes: 64 << 20 }

/** Gives back what an event's code made of `result`. */
export const executor = `
kept = []
def transform(event):
    scope = {'result': None, 'event': event, 'kept': kept}
    exec(event['code'], scope)
    return scope['result'] if event.get('raw') else {'result': scope['result']}
`

/** Executes code in one program after another: the next begins where one was stopped. */
export function openExecutor(guests: () => Awaited<ReturnType<typeof openPythonGuests>>) {
  let program: PythonProgram | undefined
  return async function execute(code: string, { raw = false } = {}) {
    program ??= await guests().open(executor, { limits: executorLimits })
    try {
      const { outcomes, printed } = await program.run([{ code, raw }])
      return { outcome: outcomes[0]!, printed }
    } catch (error) {
      program = undefined
      if (error instanceof GuestKilled) return { killed: error.reason }
      throw error
    }
  }
}
