/** What every command has in common: the world it runs in, `--json`, and how its failures become exit codes. */
import { type Command, InvalidArgumentError } from 'commander'
import { type ExitCode, exitCodes, exitCodesHelp } from '../failure.ts'
import { type Output, openOutput } from '../output.ts'
import type { World } from '../world.ts'

export interface Run {
  readonly world: World
  readonly output: Output
}

/** Ends with an exit code, 0 where it gives none. */
export type Action<Options, Args extends readonly unknown[]> = (
  run: Run,
  options: Options,
  ...args: Args
) => Promise<ExitCode> | Promise<void>

export interface Program {
  readonly world: World
  /** Told what the command that ran ended with. */
  readonly end: (exitCode: ExitCode) => void
}

/** Makes an action run: opens the output that `--json` asks for, and passes the exit code on. */
export function act<Options extends object, Args extends readonly unknown[]>(
  program: Program,
  command: Command,
  action: Action<Options, Args>,
): Command {
  return command
    .option('--json', 'JSON lines, also on a terminal')
    .option('--debug', 'show where a failure comes from')
    .addHelpText('after', exitCodesHelp)
    .action(async (...received: unknown[]) => {
      const options = command.optsWithGlobals<Options & { json?: boolean }>()
      const output = openOutput(program.world, options.json)
      // Commander hands over the arguments, then the options, then the command.
      const args = received.slice(0, -2) as unknown as Args
      program.end((await action({ world: program.world, output }, options, ...args)) ?? exitCodes.ok)
    })
}

export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`
}

/** Reads a whole number from `min` to `max`. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= min && value <= max) return value
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`)
  }
}
