/** Compares what the tables hold with what the producer's ledger says. It believes nothing that the server says of itself. */
import { setTimeout as delay } from 'node:timers/promises'
import { eventOf, type Ledger } from './producer.ts'
import { adminToken, ingestKey } from './server-process.ts'

/** Everything found wrong, as sentences; empty where all is right. */
export async function judge(url: string, seed: number, ledger: Ledger): Promise<string[]> {
  const wrong: string[] = []
  await settled(url, wrong)
  const rows = await allRows(url)
  const seen = new Map<number, number>()
  for (const row of rows) {
    const n = Number(row['n'])
    seen.set(n, (seen.get(n) ?? 0) + 1)
    const fate = ledger.fates[n]
    if (fate === undefined) wrong.push(`event ${n} was never sent`)
    else if (fate === 'refused') wrong.push(`event ${n} was refused, and is there`)
    else compare(eventOf(seed, n), row, wrong)
  }
  for (const [n, fate] of ledger.fates.entries())
    if (fate === 'acknowledged' && !seen.has(n)) wrong.push(`event ${n} was acknowledged, and is lost`)
  for (const [n, count] of seen) if (count > 1) wrong.push(`event ${n} is there ${count} times`)
  await booksBalance(url, wrong)
  return shortened(wrong)
}

/** Waits until the pipeline has loaded the whole log, and a fresh event has become a row. */
async function settled(url: string, wrong: string[]): Promise<void> {
  const marker = `marker-${Date.now()}`
  await call(url, '/api/v1/events/chaos_marker', ingestKey, { marker })
  const deadline = Date.now() + 30_000
  for (;;) {
    const found = await query(url, 'SELECT count(*)::INTEGER FROM chaos_marker WHERE marker = ?', [marker]).catch(
      () => undefined,
    )
    if (found?.rows[0]?.[0] === 1) return
    if (Date.now() > deadline) {
      wrong.push('a fresh event did not become a row within 30 s')
      return
    }
    await delay(50)
  }
}

async function allRows(url: string): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = []
  const page = 5_000
  const columns = ['n', 'id', 'ratio', 'words', 'happened', 'nested_flag', 'nested_list']
  const { rows: newest } = await query(url, 'SELECT coalesce(max(n), -1)::BIGINT FROM chaos').catch(() => ({
    rows: [[-1]],
  }))
  for (let from = 0; from <= Number(newest[0]![0]); from += page) {
    const sql = `SELECT ${columns.join(', ')} FROM chaos WHERE n >= ${from} AND n < ${from + page}`
    const answer = await query(url, sql)
    for (const values of answer.rows) rows.push(Object.fromEntries(columns.map((name, i) => [name, values[i]])))
  }
  return rows
}

function compare(event: Record<string, unknown>, row: Record<string, unknown>, wrong: string[]): void {
  const { flag, list } = event['nested'] as { flag: boolean; list: number[] }
  const expected = {
    ...event,
    nested_flag: flag,
    nested_list: JSON.stringify(list),
    happened: Date.parse(event['happened'] as string),
  }
  const found = { ...row, happened: Date.parse(row['happened'] as string) }
  for (const name of Object.keys(found) as (keyof typeof expected)[])
    if (found[name as keyof typeof found] !== expected[name])
      wrong.push(
        `event ${event['n']} has ${name} = ${String(found[name as keyof typeof found])}, not ${String(expected[name])}`,
      )
}

async function booksBalance(url: string, wrong: string[]): Promise<void> {
  const { isBalanced, findings } = (await call(url, '/api/v1/verify', adminToken)) as {
    isBalanced: boolean
    findings: { what: string; expected: string; found: string; isRight: boolean }[]
  }
  for (const { what, expected, found, isRight } of findings)
    if (!isRight) wrong.push(`the books: ${what}: ${found}, not ${expected}`)
  if (!isBalanced && findings.every(({ isRight }) => isRight)) wrong.push('the books do not balance')
}

async function query(url: string, sql: string, parameters: unknown[] = []) {
  return (await call(url, '/api/v1/query', adminToken, { sql, parameters, limit: 10_000 })) as { rows: unknown[][] }
}

/** A GET without a body, a POST with one. */
async function call(url: string, path: string, bearer: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`)
  return JSON.parse(text)
}

/** A broken run has thousands of findings; a reader needs a few. */
function shortened(wrong: readonly string[]): string[] {
  return wrong.length <= 10 ? [...wrong] : [...wrong.slice(0, 10), `… and ${wrong.length - 10} more`]
}
