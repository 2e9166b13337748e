/** Cuts a batch into chunks that are read at a time: small enough to stay in the processor's caches, a multiple of 8 rows but for the last. */
import type { ExtractionPart } from './extraction.ts'

/** Rows that follow one another closely enough to be copied at once. */
interface Run {
  readonly payload: Uint8Array
  readonly start: number
  end: number
  /** Where it goes in the input. */
  readonly at: number
}

export interface Chunk {
  readonly rowCount: number
  /** Where each row starts in the input: valid until the next chunk. */
  readonly starts: Uint32Array
  readonly runs: readonly Run[]
  readonly byteLength: number
}

export function* chunksOf(parts: readonly ExtractionPart[], rowsMax: number): Generator<Chunk> {
  const starts = new Uint32Array(rowsMax)
  let runs: Run[] = []
  let rowCount = 0
  let byteLength = 0
  for (const { payload, starts: firsts, ends, rows } of parts) {
    let run: Run | undefined
    for (let place = 0; place < (rows ?? firsts).length; place++) {
      if (rowCount === rowsMax || (byteLength >= CHUNK_BYTES && rowCount % 8 === 0)) {
        yield { rowCount, starts: starts.subarray(0, rowCount), runs, byteLength }
        runs = []
        run = undefined
        rowCount = 0
        byteLength = 0
      }
      const record = rows ? rows[place]! : place
      const start = firsts[record]!
      const end = ends[record]!
      if (!run || start < run.end || start - run.end > GAP_BYTES_MAX) {
        run = { payload, start, end, at: byteLength }
        runs.push(run)
      }
      run.end = end
      starts[rowCount++] = run.at + start - run.start
      byteLength = run.at + end - run.start
    }
  }
  if (rowCount > 0) yield { rowCount, starts: starts.subarray(0, rowCount), runs, byteLength }
}

const CHUNK_BYTES = 256 * 1024
/** White space, commas and left out rows that are not worth a copy of their own. */
const GAP_BYTES_MAX = 256
