/** `millrace patterns`: rules that derive a value from a text column. */
import {
  createPattern,
  deletePattern,
  editPattern,
  getPatterns,
  type Pattern,
  type PatternPreview,
  type PatternRule,
  previewPattern,
} from '@millrace/client/semantic'
import type { Command } from 'commander'
import { addConnectionOptions, type ConnectionOptions, connect } from '../connection.ts'
import { usageError } from '../failure.ts'
import { readJsonFile } from '../json-file.ts'
import { printable } from '../output.ts'
import { renderTable } from '../table.ts'
import { act, examples, type Program, type Run, wholeNumber } from './command.ts'
import { findByName, made, readPlace, renderObjects } from './semantic-objects.ts'

interface RuleOptions extends ConnectionOptions {
  readonly split?: string
  readonly position: number
  readonly fromEnd?: true
  readonly regex?: string
  readonly group: number
  readonly ignoreCase?: true
  readonly rule?: string
  readonly default?: string
}

interface PreviewOptions extends RuleOptions {
  readonly limit: number
}

interface CreateOptions extends RuleOptions {
  readonly of?: string[]
}

export function patternsCommand(program: Program, parent: Command): void {
  const patterns = parent
    .command('patterns')
    .summary('values derived from texts, as from campaign names')
    .description('Lists, tries, makes and deletes patterns. One is named by its name or its id.')
    .addHelpText(
      'after',
      examples(
        'millrace patterns preview ads.campaign --split _ --position 2',
        `millrace patterns create Region --of ads.campaign --regex '^([A-Z]{2})_' --default other`,
        'millrace patterns create Channel --of ads.campaign --rule channel.json',
        'millrace patterns delete Region',
      ),
    )
  const add = (name: string, description: string) =>
    addConnectionOptions(patterns.command(name).description(description))
  const withRule = (command: Command) =>
    command
      .option('--split <separator>', 'a part of the text between separators')
      .option('--position <n>', 'which part, from 1', wholeNumber(1, 1_000), 1)
      .option('--from-end', 'count parts from the end')
      .option('--regex <expression>', 'what a regular expression (RE2) finds')
      .option('--group <n>', 'which group of it; 0 is all of it', wholeNumber(0, 9), 1)
      .option('--ignore-case', 'letters of the expression are also those of the other case')
      .option('--rule <file>', 'a rule as JSON, as the API takes it; - for standard input')
      .option('--default <text>', 'where nothing is found')

  act<ConnectionOptions, []>(program, add('list', 'Lists the patterns, and whether views show them.'), list)
  act<PreviewOptions, [string]>(
    program,
    withRule(
      add('preview', 'Shows what a rule makes of the values of a column, without saving it.').argument(
        '<table.column>',
        'a text column',
      ),
    ).option('--limit <n>', 'values shown', wholeNumber(1, 1_000), 20),
    preview,
  )
  act<CreateOptions, [string]>(
    program,
    withRule(
      add('create', 'Makes a pattern: a column in the view of each table that it is of.').argument(
        '<name>',
        'its name',
      ),
    ).option('--of <table.column...>', 'text columns, one of each table'),
    create,
  )
  act<ConnectionOptions, [string, string]>(
    program,
    add('rename', 'Gives a pattern another name.')
      .argument('<pattern>', 'name or id')
      .argument('<name>', 'its new name'),
    rename,
  )
  act<ConnectionOptions, [string]>(
    program,
    add('delete', 'Deletes a pattern that nothing else uses.').argument('<pattern>', 'name or id'),
    remove,
  )
}

async function list({ world, output }: Run, options: ConnectionOptions): Promise<void> {
  const patterns = await getPatterns(await connect(world, options))
  output.show(patterns, () => renderObjects(patterns, ['of', sourcesOf], 'There are no patterns yet.'))
}

async function preview({ world, output }: Run, options: PreviewOptions, place: string): Promise<void> {
  const rule = await readRule({ world, output }, options)
  const { limit, default: otherwise = null } = options
  const found = await previewPattern(await connect(world, options), {
    ...{ source: readPlace(place), rule, default: otherwise, limit, rowsMax: 1_000_000 },
  })
  output.show([found], () => renderPreview(found))
}

async function create({ world, output }: Run, options: CreateOptions, name: string): Promise<void> {
  const rule = await readRule({ world, output }, options)
  const draft = { name, sources: (options.of ?? []).map(readPlace), rule, default: options.default ?? null }
  const pattern = await createPattern(await connect(world, options), draft)
  output.show([pattern], () => made('pattern', pattern))
}

async function rename({ world, output }: Run, options: ConnectionOptions, wanted: string, name: string): Promise<void> {
  const client = await connect(world, options)
  const { id } = await findByName(client, getPatterns, wanted, 'pattern')
  const pattern = await editPattern(client, id, { name })
  output.show([pattern], () => made('pattern', pattern))
}

async function remove({ world, output }: Run, options: ConnectionOptions, wanted: string): Promise<void> {
  const client = await connect(world, options)
  const { id, name } = await findByName(client, getPatterns, wanted, 'pattern')
  await deletePattern(client, id)
  output.show([{ deleted: id }], () => `The pattern ${printable(name)} is deleted.`)
}

async function readRule({ world }: Run, options: RuleOptions): Promise<PatternRule> {
  const { split, position, fromEnd, regex, group, ignoreCase, rule } = options
  const given = [split, regex, rule].filter((one) => one !== undefined)
  if (given.length !== 1) throw usageError('A pattern has one rule', 'Give one of --split, --regex and --rule.')
  if (split !== undefined) return { kind: 'split', separator: split, position, from: fromEnd ? 'end' : 'start' }
  if (regex !== undefined) return { kind: 'regex', expression: regex, group, isCaseSensitive: ignoreCase !== true }
  return (await readJsonFile(world, rule!)) as PatternRule
}

function sourcesOf({ sources }: Pattern): string {
  return sources.map(({ table, column, pattern }) => `${table}.${column ?? `pattern ${pattern}`}`).join(', ')
}

function renderPreview({ rows, isWhole, coverage, values, valuesMatched, examples, misses }: PatternPreview): string {
  const percent = (share: number | null) => (share === null ? 'none' : `${(share * 100).toFixed(1)} %`)
  const lines = [
    `${rows} rows${isWhole ? '' : ', not all of them'}: something was found for ${percent(coverage.rows)}.`,
    `${values} values that differ: something was found for ${valuesMatched}, ${percent(coverage.values)}.`,
  ]
  const table = (title: string, found: PatternPreview['examples']) =>
    found.length === 0
      ? []
      : [
          '',
          renderTable(
            [title, 'rows', 'becomes'],
            found.map(({ value, rows, result }) => [value ?? '', rows, result ?? '']),
          ),
        ]
  return [...lines, ...table('value', examples), ...table('nothing found in', misses)].join('\n')
}
