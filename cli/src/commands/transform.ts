/** `millrace transform`: code of your own between the log and the tables; deployed, tried, and taken back. */
import { type Command, Option } from 'commander'
import { addConnectionOptions, type ConnectionOptions } from '../connection.ts'
import { act, examples, type Program, wholeNumber } from './command.ts'
import { type DeleteOptions, get, list, remove, type SetOptions, set } from './transform-code.ts'
import { type DryRunOptions, dryRun } from './transform-dry-run.ts'
import { lookupCommands } from './transform-lookups.ts'
import { secretCommands } from './transform-secrets.ts'
import { resume, state, types } from './transform-state.ts'
import { type TestOptions, test } from './transform-test.ts'
import { diff, rollback, versions } from './transform-versions.ts'

const versionMax = 2 ** 31 - 1
const eventsMax = 500

export function transformCommand(program: Program, parent: Command): void {
  const transform = parent
    .command('transform')
    .summary('code of your own: deploy, test, dry-run, versions')
    .description(
      'Code that changes, splits and drops events before they become rows. A file main.ts is the module main.',
    )
    .addHelpText(
      'after',
      examples(
        'millrace transform set main.ts helper.py --message "Totals"',
        'millrace transform test --samples flight --code main.ts --mapping',
        'millrace transform test --sample event.json',
        'millrace transform dry-run --cluster 9f86d081884c7d65 --code main.ts',
        'millrace transform diff 7 --from 5',
        'millrace transform rollback 5',
      ),
    )
  const add = (name: string, description: string) =>
    addConnectionOptions(transform.command(name).description(description))
  const addMessage = (command: Command) =>
    command
      .option('--message <text>', 'why, for those who read the versions')
      .option('--base <version>', 'fail where there is a newer version than this one', wholeNumber(0, versionMax))

  act<ConnectionOptions, []>(program, add('list', 'Lists the modules that are deployed.'), list)
  act<ConnectionOptions, [string]>(
    program,
    add('get', 'Prints the code of a module.').argument('[module]', 'its name', 'main'),
    get,
  )
  act<SetOptions, [string[]]>(
    program,
    addMessage(add('set', 'Deploys files, all or nothing; modules that are not named stay.'))
      .argument('<file...>', 'main.ts, helper.py: the name is that of the module')
      .option('--order <modules>', 'modules that are called, one after the other, separated by commas')
      .option('--only', 'there are to be no modules but these')
      .option('--allow-type-errors', 'mistakes in types are warnings'),
    set,
  )
  act<DeleteOptions, [string]>(
    program,
    addMessage(add('delete', 'Deletes a module.')).argument('<module>', 'its name'),
    remove,
  )
  act<TestOptions, []>(
    program,
    add('test', 'Runs code on a few events and stores nothing. Fails where one event fails.')
      .option(
        '--sample <file...>',
        'events in files, - for standard input: {"type": …, "data": {…}}, an array, or lines',
      )
      .option('--samples <type>', 'events of this type that arrived lately')
      .option('--cluster <fingerprint>', 'events that failed for the same reason')
      .option('--code <file...>', 'code to try; what is deployed without it')
      .option('--mapping', 'also the rows and columns they would make')
      .option('--type <type>', 'type of events in files that say none')
      .option('--limit <events>', 'events at most, of --samples and --cluster', wholeNumber(1, eventsMax), 10),
    test,
  )
  act<DryRunOptions, []>(
    program,
    add('dry-run', 'Runs what waits in the restream queue through other code; stores nothing. Fails where events fail.')
      .option('--cluster <fingerprint>', 'entries of this cluster')
      .option('--reason <code>', 'entries with this reason')
      .option('--event-type <name>', 'entries of this event type')
      .option('--input <label>', 'entries that came by this input')
      .option('--code <file...>', 'code to try; what is deployed without it')
      .option('--mapping <file>', 'a mapping to try, as millrace mapping get --json prints it'),
    dryRun,
  )
  act<ConnectionOptions & { limit: number }, []>(
    program,
    add('versions', 'Lists what was deployed when and by whom, the newest first.').option(
      '--limit <versions>',
      'versions at most',
      wholeNumber(1, 1_000_000),
      20,
    ),
    versions,
  )
  act<ConnectionOptions & { from?: number }, [string]>(
    program,
    add('diff', 'Shows what a version changed, as unified diffs.')
      .argument('<version>')
      .addOption(
        new Option('--from <version>', 'against this version, not the one before').argParser(
          wholeNumber(0, versionMax),
        ),
      ),
    diff,
  )
  act<DeleteOptions, [string]>(
    program,
    addMessage(add('rollback', 'Deploys an old version again, as a new one. Secrets stay as they are today.')).argument(
      '<version>',
    ),
    rollback,
  )
  act<ConnectionOptions, []>(program, add('state', 'Shows whether the code runs. Fails where it is paused.'), state)
  act<ConnectionOptions, []>(program, add('resume', 'Goes on after a pause.'), resume)
  act<ConnectionOptions, []>(
    program,
    add('types', 'Prints declarations of events, secrets and lookups: the text of a .d.ts file.'),
    types,
  )
  secretCommands(program, transform, addMessage)
  lookupCommands(program, transform, addMessage)
}
