/** Compares what the server holds with what the producer's ledger says. It believes nothing that the server says of itself. */
import { setTimeout as delay } from 'node:timers/promises'
import { eventOf, kindOf, lineOf, numberOf } from './events.ts'
import type { Ledger } from './producer.ts'
import { ask, askWell, rowsOf, sendEvent } from './requests.ts'

/** Everything found wrong, as sentences; empty where all is right. */
export async function judge(url: string, seed: number, ledger: Ledger): Promise<string[]> {
  const wrong: string[] = [...ledger.complaints]
  if (!(await flows(url))) wrong.push('a fresh event did not become a row within 30 s')
  const found = [...(await rowsHeld(url, seed, wrong)), ...(await entriesHeld(url, seed, wrong))]
  compareFates(found, ledger, wrong)
  await booksBalance(url, wrong)
  return shortened(wrong)
}

/** What is wrong with the rows that are there, wanting ones aside. */
export async function judgeRows(url: string, seed: number, ledger: Ledger): Promise<string[]> {
  const wrong: string[] = []
  const found = await rowsHeld(url, seed, wrong)
  compareFates(found, { ...ledger, fates: ledger.fates.map((fate) => (fate === 'refused' ? fate : 'unknown')) }, wrong)
  return shortened(wrong)
}

/** Whether a fresh event becomes a row: then everything before it is through as well. */
export async function flows(url: string, withinMs = 30_000): Promise<boolean> {
  const marker = `marker-${Math.random()}`
  const deadline = Date.now() + withinMs
  let status = 0
  do {
    if (status !== 200) ({ status } = await sendEvent(url, 'chaos_marker', { marker }))
    const rows = await rowsOf(url, 'SELECT 1 FROM chaos_marker WHERE marker = ?', [marker]).catch(() => [])
    if (rows.length === 1) return true
    await delay(50)
  } while (Date.now() < deadline)
  return false
}

/** Numbers of the events in the table, which are compared with what was sent. */
async function rowsHeld(url: string, seed: number, wrong: string[]): Promise<number[]> {
  const held: number[] = []
  const page = 5_000
  const columns = ['n', 'id', 'ratio', 'words', 'happened', 'nested_flag', 'nested_list']
  const [[newest]] = (await rowsOf(url, 'SELECT max(n) FROM chaos').catch(() => [[null]])) as [[unknown]]
  for (let from = 0; newest !== null && from <= Number(newest); from += page) {
    const sql = `SELECT ${columns.join(', ')} FROM chaos WHERE n >= ${from} AND n < ${from + page}`
    for (const values of await rowsOf(url, sql)) {
      const row = Object.fromEntries(columns.map((name, i) => [name, values[i]]))
      const n = Number(row['n'])
      held.push(n)
      if (kindOf(n) === 'good') compareRow(eventOf(seed, n), row, wrong)
      else wrong.push(`event ${n} is ${kindOf(n)}, and a row`)
    }
  }
  return held
}

function compareRow(event: Record<string, unknown>, row: Record<string, unknown>, wrong: string[]): void {
  const { flag, list } = event['nested'] as { flag: boolean; list: number[] }
  const expected: Record<string, unknown> = {
    ...event,
    nested_flag: flag,
    nested_list: JSON.stringify(list),
    happened: Date.parse(event['happened'] as string),
  }
  const found: Record<string, unknown> = { ...row, happened: Date.parse(row['happened'] as string) }
  for (const [name, value] of Object.entries(found))
    if (value !== expected[name])
      wrong.push(`event ${event['n']} has ${name} = ${String(value)}, not ${String(expected[name])}`)
}

/** Numbers of the events in the restream queue, which are compared with what was sent. */
async function entriesHeld(url: string, seed: number, wrong: string[]): Promise<number[]> {
  const held: number[] = []
  let cursor: string | null = null
  do {
    const next: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const page: Page = await askWell<Page>(url, `/api/v1/restream?limit=100${next}`)
    for (const { offset, code } of page.items) {
      const { raw } = await askWell<{ raw: { data: string } }>(url, `/api/v1/restream/${offset}`)
      const n = numberOf(raw.data)
      held.push(n)
      const right = { good: 'none', 'out of range': 'number_range', unreadable: 'invalid_json' }[kindOf(n)]
      if (raw.data !== lineOf(seed, n))
        wrong.push(`event ${n} is not as it was sent in the restream queue: ${raw.data}`)
      if (code !== right) wrong.push(`event ${n} is in the restream queue for ${code}, not ${right}`)
    }
    cursor = page.nextCursor
  } while (cursor !== null)
  return held
}

interface Page {
  readonly items: { readonly offset: string; readonly code: string }[]
  readonly nextCursor: string | null
}

function compareFates(found: readonly number[], { fates }: Ledger, wrong: string[]): void {
  const times = new Map<number, number>()
  for (const n of found) times.set(n, (times.get(n) ?? 0) + 1)
  for (const [n, count] of times) {
    if (fates[n] === undefined) wrong.push(`event ${n} was never sent`)
    else if (fates[n] === 'refused') wrong.push(`event ${n} was refused, and is there`)
    if (count > 1) wrong.push(`event ${n} is there ${count} times`)
  }
  for (const [n, fate] of fates.entries())
    if (fate === 'acknowledged' && !times.has(n)) wrong.push(`event ${n} was acknowledged, and is lost`)
}

async function booksBalance(url: string, wrong: string[]): Promise<void> {
  const { isBalanced, findings } = await verified(url)
  for (const { what, expected, found, isRight } of findings)
    if (!isRight) wrong.push(`the books: ${what}: ${found}, not ${expected}`)
  if (!isBalanced && findings.every(({ isRight }) => isRight)) wrong.push('the books do not balance')
}

interface Check {
  readonly isBalanced: boolean
  readonly findings: { what: string; expected: string; found: string; isRight: boolean }[]
}

/** Asks again where the log was trimmed while it was read. */
async function verified(url: string): Promise<Check> {
  for (let attempt = 1; ; attempt++) {
    const { status, body } = await ask(url, '/api/v1/verify')
    if (status === 200) return body as Check
    if (status !== 410 || attempt === 10) throw new Error(`/api/v1/verify: ${status} ${JSON.stringify(body)}`)
  }
}

/** A broken run has thousands of findings; a reader needs a few. */
function shortened(wrong: readonly string[]): string[] {
  return wrong.length <= 10 ? [...wrong] : [...wrong.slice(0, 10), `… and ${wrong.length - 10} more`]
}
