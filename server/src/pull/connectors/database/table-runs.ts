/**
 * Tables read one after the other, in runs. A full reading that broke off goes on where it was; after one that came to its end the next
 * begins anew. A table that cannot be read costs itself: the others are read, and the job then fails with its name.
 */
import { type ConnectorContext, NotRetryable, type Page } from '../../connector.ts'
import { ahead } from './ahead.ts'
import { describe, toolsOf } from './problems.ts'
import type { ReadTools, TablePage } from './table-page.ts'
import type { RunState, TableState } from './table-state.ts'

/** One of the things that are read. */
export interface RunTarget {
  /** What the state calls it. */
  readonly id: string
  /** Rows, as the server guesses; undefined where it does not know. */
  readonly rowsAbout: number | undefined
}

interface Run<T extends RunTarget> {
  readonly targets: readonly T[]
  /** Else by cursors. */
  readonly isFull: boolean
  readonly before: RunState
  readonly context: ConnectorContext
}

type ReadTable<T> = (target: T, state: TableState | undefined, tools: ReadTools) => AsyncIterable<TablePage>

export async function* runTables<T extends RunTarget>(
  { targets, isFull, before, context }: Run<T>,
  readTable: ReadTable<T>,
): AsyncGenerator<Page<RunState>> {
  const isNext = isFull && before.isDone
  const run = isNext ? before.run + 1 : before.run
  let tables = isNext ? {} : before.tables
  const problems: string[] = []
  const tools = toolsOf(context, `${run}`, problems)
  const progress = openRowProgress(context, isFull ? { targets, tables } : undefined)
  for (const target of targets) {
    if (isFull && tables[target.id]?.isDone) continue
    try {
      for await (const { drafts, state } of ahead(readTable(target, tables[target.id], tools))) {
        tables = { ...tables, [target.id]: state }
        yield { drafts, state: { run, isDone: false, tables } }
        progress.add(drafts.length, target.id)
        context.signal.throwIfAborted()
      }
    } catch (error) {
      if (!(error instanceof NotRetryable)) throw error
      problems.push(`${target.id}: ${error.message}`)
      context.log.error('a table cannot be read', { table: target.id, reason: error })
    }
  }
  yield { drafts: [], state: { run, isDone: true, tables } }
  if (problems.length > 0) throw new NotRetryable(describe(problems))
}

/** Counts rows; of a full reading also how many there may be in all. */
function openRowProgress(
  context: ConnectorContext,
  whole: { readonly targets: readonly RunTarget[]; readonly tables: RunState['tables'] } | undefined,
) {
  const total = whole?.targets.reduce((sum, { rowsAbout = Number.NaN }) => sum + rowsAbout, 0) ?? Number.NaN
  let loaded = Object.values(whole?.tables ?? {}).reduce((sum, { rows }) => sum + rows, 0)
  return {
    add(rows: number, table: string) {
      loaded += rows
      context.progress(loaded, total >= loaded ? total : undefined, table)
    },
  }
}
