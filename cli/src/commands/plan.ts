/** `millrace plan` and `millrace apply`: what a config would change, and making it so. */
import { configFile } from '@millrace/client/config-text'
import { type AppliedConfiguration, applyConfiguration, planConfiguration } from '@millrace/client/configuration'
import type { Command } from 'commander'
import { loadDocument } from '../config-module.ts'
import { addConnectionOptions, type ConnectionOptions, connect } from '../connection.ts'
import { CommandError, type ExitCode, exitCodes, usageError } from '../failure.ts'
import { printable, styler } from '../output.ts'
import { countsText, planText } from '../plan-text.ts'
import type { World } from '../world.ts'
import { act, examples, type Program, type Run } from './command.ts'

interface PlanOptions extends ConnectionOptions {
  readonly prune?: true
  readonly exitCode?: true
}

interface ApplyOptions extends ConnectionOptions {
  readonly prune?: true
  readonly yes?: true
  readonly showKeys?: true
}

const pruneHelp = 'delete what the workspace has and the config does not name'
const secretsHelp = `
Secrets: secret('NAME') is the variable NAME of the environment. One that is not there stays as the server has it.`

export function planCommand(program: Program, parent: Command): void {
  const command = addConnectionOptions(
    parent
      .command('plan')
      .summary('what a config would change')
      .description('Compares a config with the workspace and checks all of it; changes nothing.')
      .argument('[file]', `the config (${configFile})`),
  )
    .option('--prune', pruneHelp)
    .option('--exit-code', 'end with 2 where there is something to change, or the workspace has drifted')
    .addHelpText('after', secretsHelp)
    .addHelpText('after', examples('millrace plan', 'millrace plan --exit-code --prune --json'))
  act<PlanOptions, [string | undefined]>(program, command, plan)
}

export function applyCommand(program: Program, parent: Command): void {
  const command = addConnectionOptions(
    parent
      .command('apply')
      .summary('make a workspace what a config says')
      .description('Makes the workspace what the config says, all of it or nothing. Applying it again changes nothing.')
      .argument('[file]', `the config (${configFile})`),
  )
    .option('--prune', pruneHelp)
    .option('--yes', 'without asking')
    .option('--show-keys', 'print keys of inputs that are made, also where nobody looks')
    .addHelpText('after', secretsHelp)
    .addHelpText('after', examples('millrace apply', 'millrace apply --yes --prune config/millrace.config.ts'))
  act<ApplyOptions, [string | undefined]>(program, command, apply)
}

async function plan({ world, output }: Run, options: PlanOptions, file?: string): Promise<ExitCode> {
  const { prune = false, exitCode } = options
  const document = await loadDocument(world, file)
  const planned = await planConfiguration(await connect(world, options), document, { prune })
  output.show([planned], () => planText(planned, styler(world.stdout, world.env)))
  return exitCode && planned.changes.length > 0 ? exitCodes.usage : exitCodes.ok
}

async function apply({ world, output }: Run, options: ApplyOptions, file?: string): Promise<void> {
  const { prune = false, yes, showKeys } = options
  const document = await loadDocument(world, file)
  const client = await connect(world, options)
  const planned = await planConfiguration(client, document, { prune })
  if (planned.changes.length > 0 && !yes) {
    if (output.isHuman) world.stderr.write(`${planText(planned, styler(world.stderr, world.env))}\n`)
    await ask(world)
  }
  const { baseVersion } = planned
  const applied = await applyConfiguration(client, document, { prune, baseVersion })
  const keys = showKeys || output.isHuman ? applied.keys : applied.keys.map(({ object }) => ({ object, isMade: true }))
  output.show([{ ...applied, keys }], () => appliedText(applied))
  for (const warning of applied.warnings) output.warn(warning)
}

function appliedText({ changes, keys }: AppliedConfiguration): string {
  if (changes.length === 0) return countsText(changes)
  const lines = changes.map(({ action, kind, name }) =>
    `${{ create: 'made', update: 'changed', delete: 'deleted' }[action]} ${kind} ${name}`.trim(),
  )
  const told = keys.flatMap(({ object, key, credentials }) => [
    ...(key === null ? [] : [`The key of ${object}, shown this once: ${key}`]),
    ...Object.entries(credentials).map(([name, value]) => `${name} of ${object}, shown this once: ${value}`),
  ])
  return [...lines, ...told].map(printable).join('\n')
}

async function ask({ stdin, stderr }: World): Promise<void> {
  if (stdin.isTTY !== true) throw usageError('Nobody can be asked here whether this is meant', 'Add --yes.')
  const { createInterface } = await import('node:readline/promises')
  const lines = createInterface({ input: stdin, terminal: false })[Symbol.asyncIterator]()
  stderr.write('Apply this? [y/N] ')
  const { value } = await lines.next()
  await lines.return?.()
  if (!/^y(es)?$/i.test(String(value ?? '').trim())) throw new CommandError(exitCodes.failed, 'Nothing was done')
}
