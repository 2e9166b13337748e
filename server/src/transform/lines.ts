/** The JSON of events, put together as it crosses the border of a sandbox and as a batch holds it: one a line. */
import { type FlowEvents, type FlowHead, type FlowInput, lengthOf, type Texts, textsOf } from './flow.ts'

/** Events that code made, in several parts, as one. */
export function joinedEvents(inputs: readonly FlowInput[], parts: readonly FlowEvents[]): FlowEvents {
  const filled = parts.filter(({ count }) => count > 0)
  if (filled.length === 1) return filled[0]!
  const count = filled.reduce((sum, part) => sum + part.count, 0)
  const [input, event] = [new Uint32Array(count), new Uint32Array(count)]
  const heads = new Map<number, FlowHead>()
  let at = 0
  for (const part of filled) {
    input.set(part.input, at)
    event.set(part.event, at)
    for (const [place, head] of part.heads ?? []) heads.set(at + place, head)
    at += part.count
  }
  return { inputs, count, input, event, made: joinedTexts(filled), ...(heads.size > 0 && { heads }) }
}

/** What lies apart, as one. */
export function joinedTexts(parts: readonly FlowEvents[]): Texts {
  const count = parts.reduce((sum, part) => sum + part.count, 0)
  const [starts, ends] = [new Uint32Array(count), new Uint32Array(count)]
  const lines = parts.map((part) => linesOf(part))
  let place = 0
  let start = 0
  for (const part of parts)
    for (let at = 0; at < part.count; at++, place++) {
      starts[place] = start
      ends[place] = start + lengthOf(part, at)
      start = ends[place]! + 1
    }
  return { payload: lines.length === 1 ? lines[0]! : Buffer.concat(lines), starts, ends }
}

const [lineFeed, carriageReturn, space] = [0x0a, 0x0d, 0x20]

/** The events' JSON, one a line. A line break inside of an event is white space between tokens, since a string holds none. */
export function linesOf(events: FlowEvents, room: (bytes: number) => Uint8Array = Buffer.allocUnsafeSlow): Uint8Array {
  const { buffer, byteOffset, byteLength } = room(bytesOfLines(events))
  const lines = Buffer.from(buffer, byteOffset, byteLength)
  let length = 0
  for (let first = 0, next = 0; first < events.count; first = next) {
    const texts = textsOf(events, events.input[first]!)
    const at = (place: number) => (events.made ? place : events.event[place]!)
    next = endOfLines(events, texts, first)
    const [start, end] = [texts.starts[at(first)]!, texts.ends[at(next - 1)]!]
    lines.set(texts.payload.subarray(start, end), length)
    length += end - start
    lines[length++] = lineFeed
  }
  replaceBreaks(lines, events)
  return lines
}

function bytesOfLines(events: FlowEvents): number {
  let bytes = events.count
  for (let place = 0; place < events.count; place++) bytes += lengthOf(events, place)
  return bytes
}

/** The end of those from `first` on that are one a line already. */
function endOfLines(
  { count, input, event, made }: FlowEvents,
  { payload, starts, ends }: Texts,
  first: number,
): number {
  let next = first + 1
  for (; next < count && (made || input[next] === input[first]); next++) {
    const end = ends[made ? next - 1 : event[next - 1]!]!
    if (starts[made ? next : event[next]!] !== end + 1 || payload[end] !== lineFeed) break
  }
  return next
}

/** By a space, where they are not ends of events. */
function replaceBreaks(lines: Buffer, events: FlowEvents): void {
  for (let at = lines.indexOf(carriageReturn); at >= 0; at = lines.indexOf(carriageReturn, at + 1)) lines[at] = space
  let end = -1
  for (let at = -1, place = 0; place < events.count; place++) {
    end += lengthOf(events, place) + 1
    for (at = lines.indexOf(lineFeed, at + 1); at < end; at = lines.indexOf(lineFeed, at + 1)) lines[at] = space
  }
}
