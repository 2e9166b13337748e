/** `millrace connector`: writing connectors of one's own. Nothing of it needs a server. */
import type { Command } from 'commander'
import { act, examples, type Program, wholeNumber } from './command.ts'
import { type NewOptions, newConnector } from './connector-new.ts'
import { type RunOptions, runConnector } from './connector-run.ts'
import { type TestOptions, testConnectors } from './connector-test.ts'

export function connectorCommand(program: Program, parent: Command): void {
  const connector = parent
    .command('connector')
    .description('Writing connectors: sources of one’s own.')
    .addHelpText('after', examples('millrace connector new exchange-rates', 'millrace connector test ./exchange-rates'))
  act<NewOptions, [string]>(
    program,
    connector
      .command('new')
      .description('Writes a package with a connector that works, a source to check it against, and what to do next.')
      .argument('<folder>', 'it must not be there yet, or be empty')
      .option('--name <name>', 'of the connector; otherwise that of the folder')
      .addHelpText('after', examples('millrace connector new exchange-rates')),
    newConnector,
  )
  act<TestOptions, [string | undefined]>(
    program,
    connector
      .command('test')
      .description('Checks what a connector must do, whatever it fetches, against the source of its fixture.')
      .argument('[package]', 'its folder or name', '.')
      .option('--fixture <file>', 'exports `open`, which gives a connector and settings to check it with', 'fixture.ts')
      .addHelpText('after', examples('millrace connector test', 'millrace connector test ./exchange-rates')),
    testConnectors,
  )
  act<RunOptions, [string]>(program, addRunOptions(connector), runConnector)
}

function addRunOptions(connector: Command): Command {
  return connector
    .command('run')
    .description(
      'Runs a connector here, without a server: rows as JSON lines on standard output; state, progress and log on standard\nerror. Nothing is stored but the state, where --state names a file: the next run goes on from there.',
    )
    .argument('[connector]', 'folder or name of a package, or one that comes along: http-json, files', '.')
    .option('--connector <name>', 'which one, of a package with several')
    .option(
      '--settings <file>',
      'JSON; - is standard input. Settings that the connector changes are written back to it',
    )
    .option('--set <name=value...>', 'single settings, as of inputs create', [])
    .option('--state <file>', 'where to go on, and where that is kept')
    .option('--from <day>', 'first day of a range')
    .option('--to <day>', 'its last day')
    .option('--pages <number>', 'stop after so many pages', wholeNumber(1, 1_000_000))
    .option('--allowed-hosts <list>', 'private hosts that it may reach, separated by commas (MILLRACE_ALLOWED_HOSTS)')
    .option('--files-root <folder>', 'below it local files may be read (MILLRACE_FILES_ROOT)')
    .addHelpText(
      'after',
      examples(
        'millrace connector run --settings settings.json --state state.json',
        'millrace connector run http-json --set url=https://api.example.com/orders table=order --pages 1',
      ),
    )
}
