/** `millrace transform state`, `resume` and `types`. */
import { bodyOf } from '@millrace/client/client'
import { type ConnectionOptions, connect } from '../connection.ts'
import { type ExitCode, exitCodes } from '../failure.ts'
import { printable, styler } from '../output.ts'
import type { Run } from './command.ts'

export async function state({ world, output }: Run, options: ConnectionOptions): Promise<ExitCode> {
  const client = await connect(world, options)
  const answer = await bodyOf(client.GET('/api/v1/transforms/state'))
  const style = styler(world.stdout, world.env)
  output.show([answer], () => {
    const { state, version, newestVersion, reason, isolation, printed } = answer
    const stateText = state === 'paused' ? style('red', 'paused: events wait in the log') : style('green', said[state])
    const open = isolation.probes.filter(({ isHeld }) => !isHeld).map(({ name }) => name)
    const lines = [
      ['state', stateText],
      ...(reason === null ? [] : [['reason', printable(reason)]]),
      ['version', newestVersion === version ? `${version ?? 'none'}` : `${version ?? 'none'}, newest ${newestVersion}`],
      ['isolation', open.length === 0 ? isolation.level : `${isolation.level}: not kept from ${open.join(', ')}`],
      ...(printed ? [['printed', lastLines(printed)]] : []),
    ]
    return lines.map(([name = '', text = '']) => `${name.padEnd(10)}${text}`).join('\n')
  })
  return answer.state === 'paused' ? exitCodes.failed : exitCodes.ok
}

const linesMax = 10

/** Scripts get all of it. */
function lastLines(text: string): string {
  const lines = text.trimEnd().split('\n')
  const shown = lines.slice(-linesMax)
  const head = shown.length < lines.length ? `the last ${shown.length} of ${lines.length} lines (--json has all)` : ''
  return [head, ...shown.map((line) => `  ${printable(line)}`)].join('\n')
}

const said = { none: 'no code: events go on as they came', running: 'running' } as const

export async function resume({ world, output }: Run, options: ConnectionOptions): Promise<void> {
  const client = await connect(world, options)
  await client.POST('/api/v1/transforms/resume')
  output.show([{ resumed: true }], () => 'The code goes on.')
}

export async function types({ world, output }: Run, options: ConnectionOptions & { json?: boolean }): Promise<void> {
  const client = await connect(world, options)
  const answer = await bodyOf(client.GET('/api/v1/transforms/types'))
  if (options.json) output.show([answer], () => '')
  else output.write(answer.declarations)
}
