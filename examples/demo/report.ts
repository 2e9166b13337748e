/** Shows what became of the demo's records: tables, answers, books. */
import { setTimeout as delay } from 'node:timers/promises'
import CliTable from 'cli-table3'
import type { DemoApi } from './api.ts'

const questions = [
  {
    question: 'How late are flights, by distance?',
    sql: `SELECT distance // 500 * 500 AS miles_from, count(*) AS flights, round(avg(delay), 1) AS minutes_late
          FROM flights GROUP BY 1 ORDER BY 1`,
  },
  {
    question: 'Which repositories do the GitHub events speak of?',
    sql: `SELECT repository_full_name AS repository, count(*) AS pull_requests, max(pull_request_id) AS newest_id
          FROM github_pull_request GROUP BY 1 ORDER BY 2 DESC LIMIT 5`,
  },
  {
    question: 'Which home teams score most?',
    sql: `SELECT home_team, division, sum(home_score) AS goals, min(date) AS since
          FROM football GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 5`,
  },
]

interface TableStatus {
  name: string
  rowCount: number
  columns: { name: string; type: string }[]
}

/** Waits until every record is a row, then prints tables, three answers and the books. */
export async function report(api: DemoApi, { total, startedAt }: { total: number; startedAt: number }): Promise<void> {
  await loaded(api, total)
  const seconds = (performance.now() - startedAt) / 1000
  console.log(`  all of them rows of typed tables after ${seconds.toFixed(1)} s\n`)
  const { items } = (await api.get('/api/v1/tables')) as { items: TableStatus[] }
  printTables(items)
  for (const { question, sql } of questions) {
    const { columns, rows } = await api.query(sql)
    console.log(`${question}\n`)
    printRows(
      columns.map(({ name }) => name),
      rows,
    )
  }
  await printBooks(api)
}

async function loaded(api: DemoApi, total: number): Promise<void> {
  for (;;) {
    const { loaded: rows, restreamed } = await booksOf(api)
    if (rows + restreamed >= total) return
    await delay(100)
  }
}

async function booksOf(api: DemoApi): Promise<Record<'received' | 'loaded' | 'restreamed' | 'dropped', number>> {
  const { partitions } = (await api.get('/api/v1/status')) as { partitions: { books: Record<string, number> }[] }
  return partitions[0]!.books as Awaited<ReturnType<typeof booksOf>>
}

function printTables(tables: readonly TableStatus[]): void {
  const largest = tables.toSorted((a, b) => b.rowCount - a.rowCount).slice(0, 14)
  printRows(
    ['table', 'rows', 'columns', 'for example'],
    largest.map(({ name, rowCount, columns }) => [name, rowCount, columns.length, example(columns)]),
  )
  if (tables.length > largest.length) console.log(`  … and ${tables.length - largest.length} more tables\n`)
}

function example(columns: TableStatus['columns']): string {
  return columns
    .filter(({ name }) => !name.startsWith('_'))
    .slice(0, 3)
    .map(({ name, type }) => `${name} ${type}`)
    .join(', ')
}

function printRows(head: string[], rows: readonly (readonly unknown[])[]): void {
  const table = new CliTable({ head, style: { head: [], border: [] } })
  for (const row of rows)
    table.push(row.map((value) => (typeof value === 'number' ? value.toLocaleString('en') : String(value))))
  console.log(`${table.toString()}\n`)
}

async function printBooks(api: DemoApi): Promise<void> {
  const { isBalanced, findings } = (await api.get('/api/v1/verify')) as {
    isBalanced: boolean
    findings: { what: string; expected: string; found: string; isRight: boolean }[]
  }
  console.log('The books, recomputed from the log and the tables:\n')
  for (const { what, expected, found, isRight } of findings)
    console.log(`  ${isRight ? '✓' : '✗'} ${what}: ${isRight ? found : `${found}, not ${expected}`}`)
  console.log(isBalanced ? '\nThey balance: nothing was lost, nothing was doubled.' : '\nThey do not balance.')
}
