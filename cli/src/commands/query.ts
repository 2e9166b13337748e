/** `millrace query`: one read-only statement, its rows as a table, JSON lines or CSV. */
import { text } from 'node:stream/consumers'
import { bodyOf } from '@millrace/client/client'
import { csvLine } from '@millrace/client/csv'
import type { Command } from 'commander'
import { addConnectionOptions, type ConnectionOptions, connect } from '../connection.ts'
import { formatCount, formatNumberOf } from '../quantities.ts'
import { type Cell, renderTable } from '../table.ts'
import { act, examples, type Program, type Run, wholeNumber } from './command.ts'

interface QueryOptions extends ConnectionOptions {
  readonly csv?: true
  readonly raw?: true
  readonly limit: number
}

const rowsMax = 10_000

export function queryCommand(program: Program, parent: Command): void {
  const command = addConnectionOptions(
    parent
      .command('query')
      .summary('ask the tables with SQL')
      .description('Runs one read-only SQL statement in the destination and shows its rows.')
      .argument('<sql>', 'the statement, or - to read it from standard input')
      .option('--csv', 'CSV with a header; cells that a spreadsheet would run as a formula begin with a quote')
      .option('--raw', 'with --csv: cells as they are, for programs')
      .option('--limit <rows>', 'rows at most', wholeNumber(1, rowsMax), 1000),
  ).addHelpText(
    'after',
    examples(
      'millrace query "SELECT origin, count(*) AS flights FROM flight GROUP BY origin ORDER BY 2 DESC"',
      'millrace query "SHOW TABLES" --json',
      'millrace query - --csv < report.sql > report.csv',
    ),
  )
  act<QueryOptions, [string]>(program, command, query)
}

async function query({ world, output }: Run, options: QueryOptions, statement: string): Promise<void> {
  const sql = statement === '-' ? await text(world.stdin) : statement
  const client = await connect(world, options)
  const { columns, rows, truncated } = await bodyOf(
    client.POST('/api/v1/query', { body: { sql, limit: options.limit } }),
  )
  const names = uniqueNames(columns.map(({ name }) => name))
  if (options.csv) {
    const isGuarded = options.raw !== true
    output.write([names, ...rows].map((row) => csvLine(row, { isGuarded })).join(''))
  } else {
    const records = rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]])))
    output.show(
      records,
      () =>
        `${renderTable(
          names,
          rows.map((row) => row.map(cellOf)),
        )}\n${formatNumberOf(rows.length, 'row')}`,
    )
  }
  if (truncated) output.warn(`There are more rows: these are the first ${formatCount(rows.length)} (--limit).`)
}

function cellOf(value: unknown): Cell {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : (value as Cell)
}

/** SQL may name two columns alike, a JSON object may not. */
export function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>()
  return names.map((name) => {
    let unique = name
    for (let count = 2; taken.has(unique); count++) unique = `${name}_${count}`
    taken.add(unique)
    return unique
  })
}
