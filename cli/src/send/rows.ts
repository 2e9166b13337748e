/** What a file is made of: rows that can be sent, and rows that cannot, each with the line it starts at. */
import { limits } from '@millrace/event/limits'

export type Row = ReadableRow | UnreadableRow

export interface ReadableRow {
  /** Where the row starts, counted from 1. */
  readonly line: number
  /** One JSON object without line breaks, as the file has it: numbers keep every digit. */
  readonly json: string
}

export interface UnreadableRow {
  readonly line: number
  /** Why it cannot be sent. */
  readonly fault: string
}

export const rowBytesMax = limits.eventBytesMax

export const tooLargeFault = `larger than ${rowBytesMax} bytes, the limit of one event`

/** A row from the text of a JSON value. Line breaks between its tokens become blanks; a string cannot hold any. */
export function rowOfJson(line: number, text: string): Row {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return { line, fault: `not JSON: ${(error as Error).message}` }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return {
      line,
      fault: `not a JSON object: ${Array.isArray(value) ? 'an array' : value === null ? 'null' : typeof value}`,
    }
  }
  return { line, json: text.replace(/[\r\n]+/g, ' ') }
}

/** Whether a row is an envelope of `POST /api/v1/events`: `{ type, data, id?, time? }`. */
export function isEnvelope(json: string): boolean {
  const { type, data } = JSON.parse(json) as { type?: unknown; data?: unknown }
  return typeof type === 'string' && typeof data === 'object' && data !== null && !Array.isArray(data)
}
