/** Changes as rows: the columns of the table as they are now, what happened to it (`_op`), and where in the log (`_lsn`, `_seq`). */
import type { ConnectorContext, PulledDraft } from '../../connector.ts'
import { JsonLines } from '../database/json-lines.ts'
import { openRowPages } from '../database/row-pages.ts'
import { type ChangedRelation, type ChangedValue, lsnDigits, lsnOf, lsnText, readMessage } from './pgoutput.ts'
import { typesOf, type Wanted } from './relations.ts'
import type { Session } from './session.ts'
import type { PostgresState } from './settings.ts'
import { kindOf, type ValueKind, writeValue } from './values.ts'

type Changes = NonNullable<PostgresState['changes']>
type Operation = 'insert' | 'update' | 'delete' | 'truncate'

interface ChangePage {
  readonly drafts: PulledDraft[]
  readonly changes: Changes
}

interface ChangeTools {
  /** Behind what changes are wanted. */
  readonly from: Changes
  readonly wanted: readonly Wanted[]
  /** For looking up types. */
  readonly types: Session
  readonly log: ConnectorContext['log']
  readonly problems: string[]
}

interface Layout {
  readonly eventType: string
  readonly columns: readonly {
    readonly index: number
    readonly prefix: Buffer
    readonly kind: ValueKind
    readonly isKey: boolean
  }[]
}

const rowBytesMax = 10 * 1024 * 1024
const newline = 0x0a
const brace = Buffer.from('{')

/** `copied`: of one column, with one message on each line, as `bytea` in hex. */
export async function* readChangeRows(copied: AsyncIterable<Buffer>, tools: ChangeTools): AsyncGenerator<ChangePage> {
  const { from, wanted, types, problems } = tools
  const layouts = new Map<number, Layout | undefined>()
  const lines = new JsonLines()
  const pages = openRowPages()
  let changes = from
  let [lsn, committedAt, seq, isKnown, isOpen] = [0n, 0, 0, false, false]

  function add(
    relation: number,
    operation: Operation,
    row: readonly ChangedValue[],
    before?: readonly ChangedValue[],
    keyOnly = false,
  ): void {
    const number = seq++
    const layout = layouts.get(relation)
    if (layout === undefined || isKnown) return
    if (changes.within === lsnText(lsn) && number < changes.count) return
    const id = `${from.slot}:${lsnDigits(lsn)}:${number}`
    if (row.reduce((sum, value) => sum + (value?.length ?? 0), 0) > rowBytesMax) {
      problems.push(`${layout.eventType}: a change of more than 10 MiB is left out, ${id}`)
      return
    }
    lines.begin()
    lines.raw(brace)
    for (const { index, prefix, kind, isKey } of layout.columns) {
      const value = row[index] === undefined ? before?.[index] : row[index]
      if (value === undefined || (keyOnly && !isKey)) continue
      lines.raw(prefix)
      if (value === null) lines.null()
      else writeValue(lines, kind, value, 0, value.length)
      lines.comma()
    }
    lines.raw(Buffer.from(`"_op":"${operation}","_lsn":"${lsnDigits(lsn)}","_seq":${number + 1}`))
    pages.add(layout.eventType, id, lines.end(), committedAt)
  }

  async function take(bytes: Buffer): Promise<void> {
    const message = readMessage(bytes)
    switch (message.type) {
      case 'begin':
        ;({ lsn, committedAt } = message)
        seq = 0
        isOpen = true
        isKnown = lsn < lsnOf(changes.lsn)
        return
      case 'commit':
        isOpen = false
        if (!isKnown) changes = { slot: from.slot, lsn: lsnText(message.end), within: null, count: 0 }
        return
      case 'relation':
        layouts.set(message.relation.oid, await layoutOf(message.relation, wanted, types))
        return
      case 'insert':
        return add(message.relation, 'insert', message.row)
      case 'update': {
        const { relation, row = [], before } = message
        // Its key is another one: who knows rows by their keys has to hear that the old one is gone.
        if (before && !before.isWhole) add(relation, 'delete', before.row, undefined, true)
        return add(relation, 'update', row, before?.isWhole ? before.row : undefined)
      }
      case 'delete':
        return add(message.relation, 'delete', message.before!.row, undefined, !message.before!.isWhole)
      case 'truncate':
        for (const relation of message.relations) add(relation, 'truncate', [])
    }
  }

  for await (const message of messagesIn(copied)) {
    await take(message)
    if (!pages.isFull) continue
    if (isOpen && !isKnown) changes = { ...changes, within: lsnText(lsn), count: Math.max(seq, changes.count) }
    yield { drafts: pages.take(), changes }
  }
  yield { drafts: pages.take(), changes }
}

async function layoutOf(
  relation: ChangedRelation,
  wanted: readonly Wanted[],
  types: Session,
): Promise<Layout | undefined> {
  const { schema, name, columns } = relation
  const one = wanted.find(({ relation: { schema: s, name: n } }) => s === schema && n === name)
  if (one === undefined) return undefined
  const found = await typesOf(types, columns)
  const chosen = one.settings.columns
  return {
    eventType: one.eventType,
    columns: columns
      .map((column, index) => ({
        index,
        prefix: Buffer.from(`${JSON.stringify(column.name)}:`),
        kind: kindOf(found[index]!),
        isKey: column.isKey,
        name: column.name,
      }))
      .filter(({ name, isKey }) => chosen === undefined || isKey || chosen.includes(name)),
  }
}

async function* messagesIn(copied: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let left: Buffer[] = []
  for await (const piece of copied) {
    const last = piece.lastIndexOf(newline)
    if (last < 0) {
      left.push(piece)
      continue
    }
    const whole = Buffer.concat([...left, piece.subarray(0, last + 1)])
    left = [piece.subarray(last + 1)]
    for (let start = 0; start < whole.length; ) {
      const end = whole.indexOf(newline, start)
      // `\\x` and digits: the backslash is written twice.
      yield Buffer.from(whole.toString('latin1', start + 3, end), 'hex')
      start = end + 1
    }
  }
}
