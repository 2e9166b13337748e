/** `millrace types`: what events look like, as TypeScript types or JSON Schema; and whether they still look like that. */
import { readFile, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Client } from '@millrace/client/client'
import { exportConfiguration } from '@millrace/client/configuration'
import {
  driftBetween,
  type EventShapes,
  mappedShapes,
  schemaText,
  seenShapes,
  shapesIn,
  typesText,
} from '@millrace/client/event-shapes'
import { getEventTypes, getFields, type SeenFields } from '@millrace/client/event-types'
import { type Command, Option } from 'commander'
import { addConnectionOptions, type ConnectionOptions, connect } from '../connection.ts'
import { CommandError, exitCodes, usageError } from '../failure.ts'
import { act, examples, type Program, type Run } from './command.ts'

interface TypesOptions extends ConnectionOptions {
  readonly out?: string
  readonly check?: true
  readonly jsonSchema?: true
  readonly from: 'mapping' | 'traffic'
}

export function typesCommand(program: Program, parent: Command): void {
  const command = addConnectionOptions(
    parent
      .command('types')
      .summary('types of events for programs that send them')
      .description(
        'Writes a TypeScript type of the events of each event type, for createClient<Events> of the SDK; or JSON Schema. With --check ' +
          'it writes nothing, and fails where events are not what the file says any more.',
      ),
  )
    .option('--out <file>', 'where to (standard output)')
    .option('--json-schema', 'JSON Schema instead of TypeScript')
    .option('--check', 'fail where the file is not what events are, and name how they differ')
    .addOption(
      new Option('--from <source>', 'whether mappings tell, or all that came, with a column or without')
        .choices(['mapping', 'traffic'])
        .default('mapping'),
    )
    .addHelpText('after', examples('millrace types --out src/events.ts', 'millrace types --out src/events.ts --check'))
  act<TypesOptions, []>(program, command, types)
}

async function types({ world, output }: Run, options: TypesOptions): Promise<void> {
  const { out, check, jsonSchema, from } = options
  if (check && out === undefined) throw usageError('Nothing says which file is checked', 'Name it with --out.')
  const client = await connect(world, options)
  const shapes = from === 'mapping' ? mappedShapes(await exportConfiguration(client)) : await shapesOfTraffic(client)
  const text = jsonSchema ? schemaText(shapes) : typesText(shapes)
  if (out === undefined) return output.write(text)
  const path = resolve(world.cwd, out)
  if (!check) {
    await writeFile(path, text)
    return output.show([{ file: out, eventTypes: shapes.size }], () => `${out}: ${shapes.size} event types`)
  }
  refuseDrift(out, await readFile(path, 'utf8'), shapes)
  output.show([{ file: out, isCurrent: true }], () => `${out} is what events are.`)
}

async function shapesOfTraffic(client: Client): Promise<EventShapes> {
  const seen = new Map<string, SeenFields>()
  for (const { name } of await getEventTypes(client)) {
    const fields = await getFields(client, name).catch((error: { code?: string }) => {
      if (error.code === 'not_found') return undefined
      throw error
    })
    if (fields !== undefined) seen.set(name, fields)
  }
  return seenShapes(seen)
}

/** @throws CommandError whose faults are the differences. */
function refuseDrift(file: string, text: string, now: EventShapes): void {
  const written = shapesIn(text)
  if (written === undefined) throw usageError(`${file} was not written by millrace types`)
  const drift = driftBetween(written, now)
  if (drift.length === 0) return
  const faults = drift.map(({ eventType, field, message }) => ({
    place: field === '' ? eventType : `${eventType}.${field}`,
    message,
  }))
  const what = `Events are not what ${file} says any more: ${faults.map(({ place, message }) => `${place} ${message}`).join('; ')}`
  throw new CommandError(exitCodes.failed, what, 'millrace types without --check writes it anew.', {
    code: 'drift',
    faults,
  })
}
