/** Asks before something is lost for good. */
import { createInterface } from 'node:readline/promises'
import { CommandError, exitCodes, usageError } from '../failure.ts'
import { printable } from '../output.ts'
import type { World } from '../world.ts'

/**
 * Asks twice: whether, and then for the name of what will be lost, so that no habit answers it. `--yes` answers both.
 * @throws CommandError where the answer is no, or nobody is there to answer.
 */
export async function confirm(world: World, question: string, name: string, yes: true | undefined): Promise<void> {
  if (yes) return
  if (world.stdin.isTTY !== true) throw usageError('Nobody can be asked here whether this is meant', 'Add --yes.')
  const lines = createInterface({ input: world.stdin, terminal: false })[Symbol.asyncIterator]()
  const ask = async (text: string) => {
    world.stderr.write(text)
    const { value } = await lines.next()
    return String(value ?? '').trim()
  }
  try {
    const answer = await ask(`${printable(question)} [y/N] `)
    if (/^y(es)?$/i.test(answer) && (await ask(`There is no way back. Type ${printable(name)} to go on: `)) === name)
      return
  } finally {
    await lines.return?.()
  }
  throw new CommandError(exitCodes.failed, 'Nothing was done')
}
