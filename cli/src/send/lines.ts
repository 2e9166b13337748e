/** NDJSON: one JSON object a line. A bad line costs only itself; memory is bounded by the limit of one event. */
import { isUtf8 } from 'node:buffer'
import { type Row, rowBytesMax, rowOfJson, tooLargeFault } from './rows.ts'

const lineFeed = 0x0a

export async function* readLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Row> {
  let line = 1
  let pieces: Buffer[] = []
  let byteCount = 0
  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
      const piece = chunk.subarray(start, end)
      const row =
        byteCount === 0 ? rowOf(line, [piece], piece.length) : rowOf(line, [...pieces, piece], byteCount + piece.length)
      if (row) yield row
      pieces = []
      byteCount = 0
      line++
      start = end + 1
    }
    byteCount += chunk.length - start
    // Of a line that is too long nothing is kept but its length.
    if (byteCount > rowBytesMax) pieces = []
    else if (start < chunk.length) pieces.push(chunk.subarray(start))
  }
  const last = rowOf(line, pieces, byteCount)
  if (last) yield last
}

function rowOf(line: number, pieces: readonly Buffer[], byteCount: number): Row | undefined {
  if (byteCount > rowBytesMax) return { line, fault: tooLargeFault }
  const bytes = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
  if (!isUtf8(bytes)) return { line, fault: 'not UTF-8' }
  const text = withoutMark(line, bytes.toString()).trim()
  return text === '' ? undefined : rowOfJson(line, text)
}

/** A byte order mark may stand before the first line. */
function withoutMark(line: number, text: string): string {
  return line === 1 && text.startsWith('\uFEFF') ? text.slice(1) : text
}
