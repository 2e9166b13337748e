/** `millrace start`: the server, in this process, until it is told to stop. */
import type { Command } from 'commander'
import { describeFailure, exitCodes } from '../failure.ts'
import { act, type Program, type Run } from './command.ts'
import { addProcessFlags, type ProcessFlags, pickFlags } from './process-config.ts'

export function startCommand(program: Program, parent: Command): void {
  const command = addProcessFlags(
    parent
      .command('start')
      .summary('start the server')
      .description(
        'Starts the server and keeps it running. SIGINT and SIGTERM end it when what was accepted is safe; a second one\nends it at once, which loses nothing either.',
      ),
  )
  act<ProcessFlags, []>(program, command, start)
}

async function start({ world, output }: Run, options: ProcessFlags): Promise<void> {
  const { readConfig } = await import('@millrace/server/config')
  const config = await readConfig({ flags: pickFlags(options), env: world.env, cwd: world.cwd })
  const stopped = Promise.withResolvers<void>()
  let signals = 0
  const detach = world.onStop(() => {
    if (++signals > 1) process.exit(exitCodes.failed)
    stopped.resolve()
  })
  try {
    const { startServer } = await import('@millrace/server/main')
    const server = await startServer(config, {
      isAlone: true,
      print: (line) => world.stdout.write(`${line}\n`),
      onFatal(reason) {
        output.fail(describeFailure(reason))
        process.exit(exitCodes.failed) // what was acknowledged is on disk; nothing more can be
      },
    })
    await stopped.promise
    await server.close()
  } finally {
    detach()
  }
}
