/**
 * Proves the fast hand-over of texts on the DuckDB at hand before any row is trusted to it: it relies on how DuckDB lays out its
 * strings in memory, which another version or machine may do otherwise.
 */
import type { DuckDBConnection } from '@duckdb/node-api'
import type { RowBatch, Table } from '../../../rows.ts'
import type { Logger } from '../../../telemetry.ts'
import type { RowSource } from './row-source.ts'
import { type FillTexts, fillTextsPlainly, vectorRows } from './vectors.ts'

interface Target {
  readonly writer: DuckDBConnection
  readonly rowSource: RowSource
}

/** Uses `fast` from now on where every text arrives as it was sent, the plain way otherwise. */
export async function proveHandOver({ writer, rowSource }: Target, fast: FillTexts, logger: Logger): Promise<void> {
  const texts = sampleTexts()
  rowSource.fillTexts = fast
  try {
    const found = await rowSource.with(batchOf(texts), async (relation) =>
      (await writer.runAndReadAll(`SELECT * FROM ${relation}`)).getRows(),
    )
    const wrong = texts.findIndex((text, row) => found[row]?.[0] !== text)
    if (wrong < 0 && found.length === texts.length) return
    throw new Error(`Row ${wrong} did not arrive as it was sent`)
  } catch (cause) {
    rowSource.fillTexts = fillTextsPlainly
    const reason = cause instanceof Error ? cause : String(cause)
    logger.warn('the fast hand-over to DuckDB failed its test; loading goes on with the plain one, which is slower', {
      reason,
    })
  }
}

/** Every length around the border between short and long, in more than one vector, null and beyond ASCII among them. */
function sampleTexts(): (string | null)[] {
  return Array.from({ length: vectorRows + 100 }, (_, row) =>
    row % 17 === 0 ? null : `${row} ${'žluťoučký kůň '.repeat(3)}`.slice(0, row % 31),
  )
}

const table: Table = { name: 'hand_over_test', columns: [{ name: 'text', type: 'VARCHAR' }] }

function batchOf(texts: readonly (string | null)[]): RowBatch {
  const valid = new Uint8Array(Math.ceil(texts.length / 8))
  const offsets = new Uint32Array(texts.length + 1)
  const pieces = texts.map((text, row) => {
    if (text !== null) valid[row >> 3]! |= 1 << (row & 7)
    const piece = Buffer.from(text ?? '')
    offsets[row + 1] = offsets[row]! + piece.length
    return piece
  })
  return { table, rowCount: texts.length, columns: [{ valid, values: { offsets, bytes: Buffer.concat(pieces) } }] }
}
