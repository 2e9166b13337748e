/** `millrace doctor`: whether this machine can run Millrace well, and what to do where it cannot. */
import type { Command } from 'commander'
import type { Check } from '../doctor/check.ts'
import { type ExitCode, exitCodes } from '../failure.ts'
import { type Style, styler } from '../output.ts'
import { act, type Program, type Run } from './command.ts'
import { addProcessFlags, type ProcessFlags, pickFlags } from './process-config.ts'

export function doctorCommand(program: Program, parent: Command): void {
  const command = addProcessFlags(
    parent
      .command('doctor')
      .summary('whether this machine can run Millrace well')
      .description('Checks what a server started here would need. Fails where something must be done first.'),
  )
  act<ProcessFlags, []>(program, command, doctor)
}

async function doctor({ world, output }: Run, options: ProcessFlags): Promise<ExitCode> {
  const { readConfig } = await import('@millrace/server/config')
  const config = await readConfig({ flags: pickFlags(options), env: world.env, cwd: world.cwd })
  const { runChecks } = await import('../doctor/checks.ts')
  const style = styler(world.stdout, world.env)
  let hasFailed = false
  for await (const check of runChecks(config, world.env)) {
    hasFailed ||= check.state === 'fail'
    output.show([check], () => renderCheck(check, style))
  }
  return hasFailed ? exitCodes.failed : exitCodes.ok
}

const colours = { ok: 'green', warn: 'yellow', fail: 'red' } as const

function renderCheck({ name, state, found, advice }: Check, style: Style): string {
  const line = `${style(colours[state], state.padEnd(5))} ${name.padEnd(17)} ${found}`
  return advice === undefined ? line : `${line}\n${' '.repeat(24)}${advice}`
}
