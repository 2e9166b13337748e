/** `millrace restream`: what could not go on, seen, sent through again or thrown away. */
import type { Command } from 'commander'
import { addConnectionOptions, type ConnectionOptions } from '../connection.ts'
import { act, examples, type Program, wholeNumber } from './command.ts'
import { cluster } from './restream-cluster.ts'
import type { ChoiceOptions, PageOptions } from './restream-filter.ts'
import { clusters, type ListOptions, list, show } from './restream-look.ts'
import { purge } from './restream-purge.ts'
import { runs, type SendOptions, send, stop } from './restream-run.ts'

export function restreamCommand(program: Program, parent: Command): void {
  const restream = parent
    .command('restream')
    .summary('what could not go on: clusters, list, show, send again, purge')
    .description(
      'Events that could not go on are kept whole, with the reason. Fix the cause, then send them through again.',
    )
    .addHelpText(
      'after',
      examples(
        'millrace restream clusters',
        'millrace restream cluster 9f86d081884c7d65',
        'millrace restream list --cluster 9f86d081884c7d65',
        'millrace restream show 4711',
        'millrace restream send --code number_range',
        'millrace restream send --all --rate 500',
        'millrace restream purge --event-type test --yes',
      ),
    )
  const add = (name: string, description: string) =>
    addConnectionOptions(restream.command(name).description(description))
  const addFilter = (command: Command) =>
    command
      .option('--cluster <fingerprint>', 'those of this cluster')
      .option('--code <code>', 'those with this reason')
      .option('--event-type <name>', 'those of this event type')
      .option('--input <label>', 'those that came by this input')

  const addLimit = (command: Command, what: string, count: number) =>
    command.option(`--limit <${what}>`, `${what} at most`, wholeNumber(1, 1_000_000), count)

  act<PageOptions, []>(
    program,
    addLimit(add('clusters', 'Lists what failed for the same reason as one line, the largest first.'), 'clusters', 50),
    clusters,
  )
  act<ConnectionOptions, [string]>(
    program,
    add('cluster', 'Shows one of them: where it fails, when, and with which events.').argument('<fingerprint>'),
    cluster,
  )
  act<ListOptions, []>(program, addLimit(addFilter(add('list', 'Lists the entries by offset.')), 'entries', 100), list)
  act<ConnectionOptions, [string]>(
    program,
    add('show', 'Shows an entry and the event as it arrived.').argument('<offset>'),
    show,
  )
  act<SendOptions, [string[]]>(
    program,
    addFilter(add('send', 'Sends entries through the pipeline again, in the background; shows how far it is.'))
      .argument('[offset...]')
      .option('--all', 'every entry')
      .option('--rate <events>', 'events per second at most; as new events allow without it', wholeNumber(1, 1_000_000))
      .option('--no-wait', 'start it and leave'),
    send,
  )
  act<PageOptions, []>(program, addLimit(add('runs', 'Lists what was sent, the newest first.'), 'runs', 20), runs)
  act<ConnectionOptions, [string]>(
    program,
    add('stop', 'Ends a run; what it has not sent goes on waiting.').argument('<run>'),
    stop,
  )
  act<ChoiceOptions & { yes?: true }, [string[]]>(
    program,
    addFilter(add('purge', 'Throws entries away for good. Asks twice.'))
      .argument('[offset...]')
      .option('--all', 'every entry')
      .option('--yes', 'do not ask'),
    purge,
  )
}
