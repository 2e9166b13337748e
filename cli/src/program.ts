/** The command line as a whole: which commands there are, and how a run ends. */
import { Command, CommanderError } from 'commander'
import packageFile from '../package.json' with { type: 'json' }
import { archiveCommand } from './commands/archive.ts'
import { auditCommand } from './commands/audit.ts'
import { bucketsCommand } from './commands/buckets.ts'
import { bulkCommand } from './commands/bulk.ts'
import { channelsCommand } from './commands/channels.ts'
import type { Program } from './commands/command.ts'
import { completionCommand } from './commands/completion.ts'
import { configCommand } from './commands/config.ts'
import { connectorCommand } from './commands/connector.ts'
import { doctorCommand } from './commands/doctor.ts'
import { exportCommand } from './commands/export.ts'
import { inputsCommand } from './commands/inputs.ts'
import { jobsCommand } from './commands/jobs.ts'
import { logCommand } from './commands/log.ts'
import { mappingCommand } from './commands/mapping.ts'
import { metadataCommand } from './commands/metadata.ts'
import { metricsCommand } from './commands/metrics.ts'
import { mutesCommand } from './commands/mutes.ts'
import { notificationsCommand } from './commands/notifications.ts'
import { applyCommand, planCommand } from './commands/plan.ts'
import { queryCommand } from './commands/query.ts'
import { restreamCommand } from './commands/restream.ts'
import { samplesCommand } from './commands/samples.ts'
import { dimensionsCommand } from './commands/semantic-dimensions.ts'
import { harmonisedDimensionsCommand, measurementsCommand } from './commands/semantic-measurements.ts'
import { patternsCommand } from './commands/semantic-patterns.ts'
import { sendCommand } from './commands/send.ts'
import { sourcesCommand } from './commands/sources.ts'
import { startCommand } from './commands/start.ts'
import { statusCommand } from './commands/status.ts'
import { eventTypesCommand, tablesCommand } from './commands/tables.ts'
import { tailCommand } from './commands/tail.ts'
import { tokensCommand } from './commands/tokens.ts'
import { transformCommand } from './commands/transform.ts'
import { typesCommand } from './commands/types.ts'
import { usersCommand } from './commands/users.ts'
import { verifyCommand } from './commands/verify.ts'
import { workspacesCommand } from './commands/workspaces.ts'
import { describeFailure, exitCodes, exitCodesHelp } from './failure.ts'
import { openOutput } from './output.ts'
import type { World } from './world.ts'

const commands = [
  startCommand,
  sendCommand,
  queryCommand,
  statusCommand,
  tablesCommand,
  eventTypesCommand,
  dimensionsCommand,
  patternsCommand,
  harmonisedDimensionsCommand,
  measurementsCommand,
  inputsCommand,
  sourcesCommand,
  jobsCommand,
  connectorCommand,
  bulkCommand,
  metadataCommand,
  bucketsCommand,
  transformCommand,
  mappingCommand,
  restreamCommand,
  samplesCommand,
  tailCommand,
  metricsCommand,
  notificationsCommand,
  channelsCommand,
  mutesCommand,
  archiveCommand,
  verifyCommand,
  workspacesCommand,
  usersCommand,
  tokensCommand,
  exportCommand,
  planCommand,
  applyCommand,
  typesCommand,
  auditCommand,
  logCommand,
  configCommand,
  doctorCommand,
  completionCommand,
]

/** Runs what the words behind `millrace` say. Gives the exit code; a failure was told by then. */
export async function run(args: readonly string[], world: World): Promise<number> {
  let exitCode: number = exitCodes.ok
  const root = buildCommands({
    world,
    end: (code) => {
      exitCode = code
    },
  })
  try {
    await root.parseAsync([...args], { from: 'user' })
    return exitCode
  } catch (error) {
    const failure = describeFailure(error)
    const isHelp = error instanceof CommanderError && (error.exitCode === 0 || error.code === 'commander.help')
    if (!isHelp) openOutput(world, args.includes('--json')).fail(failure)
    if (args.includes('--debug') && error instanceof Error) world.stderr.write(`${error.stack}\n`)
    return failure.exitCode
  }
}

export function buildCommands(program: Program): Command {
  const { stdout, stderr } = program.world
  const root = new Command('millrace')
    .description('Events in, typed tables out, nothing lost.')
    .version(packageFile.version, '--version', 'the version')
    .helpOption('--help', 'what a command does and takes')
    .addHelpText(
      'after',
      `
A first event, the last two lines in another terminal:
  millrace start
  echo '{"hello": "world"}' | millrace send - --type greeting
  millrace query "SELECT * FROM greeting"

On a terminal commands speak to people; elsewhere, and with --json, they write JSON lines.
${exitCodesHelp}`,
    )
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      // What went wrong is told once, where all failures are.
      outputError: () => {},
      getOutHelpWidth: () => stdout.columns ?? 100,
      getErrHelpWidth: () => stderr.columns ?? 100,
    })
  for (const add of commands) add(program, root)
  return root
}
