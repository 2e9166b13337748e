/** A JSON array of any length, element by element, or JSON values one behind the other: no more of it than one element is held. */
import { crc32 } from 'node:zlib'
import type { Json } from '@millrace/event/event'
import { parseExactly } from '../../../exact-json.ts'
import { UnreadableFile } from './file-bytes.ts'
import { dataOf } from './ndjson.ts'
import { type RowReader, type Rows, rowsAtOnceMax } from './row.ts'
import { headOf, shapeOf, textFrom } from './text.ts'

const elementBytesMax = 64 * 1024 * 1024

export const readJson: RowReader = async function* (part, settings, { row: skipped }) {
  const shape = shapeOf(await headOf(part), settings.encoding)
  const splitter = openSplitter()
  let number = 0
  let lines: string[] = []
  let tags: string[] = []
  const add = (element: Buffer) => {
    if (++number <= skipped) return
    lines.push(JSON.stringify(dataOf(parse(element, number))), '\n')
    tags.push(crc32(element).toString(36))
  }
  const take = (): Rows => {
    const rows = { payload: Buffer.from(lines.join('')), count: tags.length, last: number, tags, end: 0 }
    lines = []
    tags = []
    return rows
  }
  for await (const chunk of textFrom(part, shape, 0)) {
    try {
      for (const element of splitter.split(chunk)) {
        add(element)
        if (tags.length >= rowsAtOnceMax) yield take()
      }
    } catch (error) {
      number -= 1 // what comes before it counts
      yield take()
      throw error
    }
    yield take()
  }
  const last = splitter.end()
  if (last !== undefined) add(last)
  yield take()
}

function parse(element: Buffer, number: number): Json {
  try {
    return parseExactly(element.toString()) as Json
  } catch (error) {
    throw new UnreadableFile(`value ${number} of it is no JSON: ${(error as Error).message.slice(0, 200)}`)
  }
}

/** Finds where elements begin and end; whether they are JSON is for the parser to say. */
export function openSplitter() {
  /** Whether the values are elements of one array; unknown before the first byte. */
  let inArray: boolean | undefined
  let isClosed = false
  let depth = 0
  let inString = false
  let isEscaped = false
  let held: Buffer[] = []
  let heldBytes = 0

  function take(chunk: Buffer, from: number, to: number): Buffer | undefined {
    const element = Buffer.concat([...held, chunk.subarray(from, to)])
    held = []
    heldBytes = 0
    return element.every(isSpace) ? undefined : element
  }

  function* split(chunk: Buffer): Generator<Buffer> {
    let from = 0
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!
      if (inString) {
        if (isEscaped) isEscaped = false
        else if (byte === 0x5c) isEscaped = true
        else if (byte === 0x22) inString = false
        continue
      }
      if (isClosed && !isSpace(byte)) throw new UnreadableFile('there is something behind the end of its array')
      if (inArray === undefined && !isSpace(byte)) {
        inArray = byte === 0x5b
        if (inArray) {
          from = at + 1
          continue
        }
      }
      if (byte === 0x22) inString = true
      else if (byte === 0x7b || byte === 0x5b) depth++
      else if (byte === 0x7d || byte === 0x5d) {
        isClosed = depth === 0 && inArray === true && byte === 0x5d
        if (depth > 0) depth--
        else if (!isClosed) throw new UnreadableFile('a bracket in it is closed that was never opened')
        const ends = isClosed || (depth === 0 && !inArray)
        if (!ends) continue
        const element = take(chunk, from, isClosed ? at : at + 1)
        from = at + 1
        if (element) yield element
      } else if (byte === 0x2c && depth === 0 && inArray) {
        const element = take(chunk, from, at)
        from = at + 1
        if (!element) throw new UnreadableFile('there is nothing between two commas of its array')
        yield element
      }
    }
    if (isClosed) return
    held.push(Buffer.from(chunk.subarray(from))) // its memory may be used for the next
    heldBytes += chunk.length - from
    if (heldBytes > elementBytesMax) throw new UnreadableFile(`a value of it is larger than ${elementBytesMax} bytes`)
  }

  return {
    split,
    /** What is left: a value that needs no bracket to end. @throws UnreadableFile: half an array, half a value. */
    end(): Buffer | undefined {
      if ((inArray && !isClosed) || depth > 0 || inString) throw new UnreadableFile('it ends in the middle of a value')
      return isClosed ? undefined : take(Buffer.alloc(0), 0, 0)
    },
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}
