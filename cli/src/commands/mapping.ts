/** `millrace mapping`: which field of an event type goes to which column, and what becomes of the rest. */
import { type Command, Option } from 'commander'
import { addConnectionOptions, type ConnectionOptions } from '../connection.ts'
import { act, examples, type Program, wholeNumber } from './command.ts'
import { type BackfillOptions, backfill } from './mapping-backfill.ts'
import { discard, type MapOptions, map, rename, unmap } from './mapping-edits.ts'
import { fields } from './mapping-fields.ts'
import { get, type ModeOptions, mode, modes, set } from './mapping-whole.ts'

const charsMax = 512 * 1024
const digitsMax = 38

export function mappingCommand(program: Program, parent: Command): void {
  const mapping = parent
    .command('mapping')
    .summary('fields and columns: get, map, discard, unmap, rename, mode, backfill')
    .description(
      'The mapping of an event type. A field is named by its keys, with dots between: customer.name, ' +
        'or \'["a.b","c"]\' where a key has dots. Each change makes a new version.',
    )
    .addHelpText(
      'after',
      examples(
        'millrace mapping get flight',
        'millrace mapping map flight price price DECIMAL --precision 10 --scale 2',
        'millrace mapping discard flight debug',
        'millrace mapping rename flight from.city origin',
        'millrace mapping backfill flight price',
        'millrace mapping mode STRICT --event-type flight',
        'millrace mapping get flight --json > flight.json; millrace mapping set flight flight.json',
      ),
    )
  const add = (name: string, description: string) =>
    addConnectionOptions(mapping.command(name).description(description))

  act<ConnectionOptions & { at?: number }, [string]>(
    program,
    add('get', 'Shows the mapping of an event type.')
      .argument('<type>')
      .option('--at <version>', 'as it was in this version', wholeNumber(1, 2 ** 31 - 1)),
    get,
  )
  act<ConnectionOptions, [string, string]>(
    program,
    add('set', 'Makes the whole mapping what a file says.')
      .argument('<type>')
      .argument('<file>', 'as get --json prints it, - for standard input'),
    set,
  )
  act<MapOptions, [string, string, string, string]>(
    program,
    add('map', 'Gives a field a column.')
      .argument('<type>')
      .argument('<field>')
      .argument('<column>')
      .argument('<column type>', 'BOOLEAN, BIGINT, DOUBLE, DECIMAL, TIMESTAMP, DATE, VARCHAR or JSON')
      .option('--length <characters>', 'of a VARCHAR', wholeNumber(1, charsMax))
      .option('--truncate', 'cut longer texts; otherwise their events are set aside')
      .option('--precision <digits>', 'of a DECIMAL in all', wholeNumber(1, digitsMax))
      .option('--scale <digits>', 'of a DECIMAL behind the point', wholeNumber(0, digitsMax))
      .option('--non-null', 'events without a value are set aside')
      .option('--whole', 'of a JSON column: an object is one value')
      .option('--metadata', 'what is known of the event: the field is _metadata.@uuid, _metadata.input_label, …'),
    map,
  )
  act<ConnectionOptions, [string, string[]]>(
    program,
    add('discard', 'Drops fields and all below them; without fields, all events of the type.')
      .argument('<type>')
      .argument('[field...]'),
    discard,
  )
  act<ConnectionOptions, [string, string[]]>(
    program,
    add(
      'unmap',
      'Takes fields their columns, or ends that they are discarded: the mode decides. Without fields, lets events in again.',
    )
      .argument('<type>')
      .argument('[field...]'),
    unmap,
  )
  act<ConnectionOptions, [string, string, string]>(
    program,
    add('rename', 'Gives a field another column; the old one stays, with its data.')
      .argument('<type>')
      .argument('<field>')
      .argument('<column>'),
    rename,
  )
  act<BackfillOptions, [string, string[]]>(
    program,
    add(
      'backfill',
      'Fills columns that are null in rows of before from the events that the log still has; without columns, all of them.',
    )
      .argument('<type>')
      .argument('[column...]')
      .option('--list', 'show the last ones instead')
      .option('--stop <id>', 'end one instead; what it has filled stays'),
    backfill,
  )
  act<ModeOptions, [(typeof modes)[number] | undefined]>(
    program,
    add('mode', 'Shows or sets what becomes of fields without a column: of the workspace, or of one event type.')
      .argument('[mode]', `${modes.join(', ')}; default with --event-type: that of the workspace`)
      .addOption(new Option('--event-type <name>', 'of this event type')),
    mode,
  )
  act<ConnectionOptions & { clear?: true }, [string]>(
    program,
    add('fields', 'Shows what was seen in the fields of an event type.')
      .argument('<type>')
      .option('--clear', 'begin to count anew'),
    fields,
  )
}
