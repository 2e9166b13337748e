/**
 * The form of the one call there is, SQS's `SendMessage` in its query protocol. Nearly all of the body is `MessageBody`, which is left
 * to be decoded by its bytes; the SDK does not encode the other fields, so a `+` in them may be one or a space.
 */
import { MillraceError } from '../../../errors.ts'

export interface SendMessage {
  /** Where the message is in the body, encoded. */
  readonly start: number
  readonly end: number
  readonly attributes: ReadonlyMap<string, Attribute>
}

export interface Attribute {
  readonly dataType: string
  readonly text: string
}

/** @throws MillraceError `invalid_request`. */
export function readSendMessage(body: Buffer): SendMessage {
  return readAsLast(body) ?? readFields(body)
}

interface Frame {
  /** Up to the value of `MessageBody`, and what follows it. */
  readonly before: Buffer
  readonly after: Buffer
  readonly attributes: ReadonlyMap<string, Attribute>
}

/** A client writes the same around each message. */
let last: Frame | undefined

function readAsLast(body: Buffer): SendMessage | undefined {
  if (last === undefined) return undefined
  const { before, after, attributes } = last
  if (body.length < before.length + after.length || before.compare(body, 0, before.length) !== 0) return undefined
  const end = fieldEnd(body, before.length)
  if (after.compare(body, end) !== 0) return undefined
  return { start: before.length, end, attributes }
}

function readFields(body: Buffer): SendMessage {
  const others: string[] = []
  const messages: { start: number; end: number }[] = []
  for (let at = 0; at < body.length; ) {
    const end = fieldEnd(body, at)
    if (body.subarray(at, at + messageField.length).equals(messageField))
      messages.push({ start: at + messageField.length, end })
    else if (others.length < fieldsMax) others.push(body.toString('latin1', at, Math.min(end, at + fieldCharsMax)))
    at = end + 1
  }
  const named = new Map<string, string>()
  for (const field of others) addField(named, field)
  if (named.get('Action') !== 'SendMessage') throw invalid('The one Action that is taken here is SendMessage')
  const place = messages.at(-1)
  if (place === undefined) throw invalid('The form has no field MessageBody')
  const { start, end } = place
  const attributes = attributesOf(named)
  if (messages.length === 1 && body.length - (end - start) <= fieldCharsMax)
    last = { before: Buffer.from(body.subarray(0, start)), after: Buffer.from(body.subarray(end)), attributes }
  return { start, end, attributes }
}

function fieldEnd(body: Buffer, at: number): number {
  const ampersand = body.indexOf(AMPERSAND, at)
  return ampersand < 0 ? body.length : ampersand
}

function addField(fields: Map<string, string>, field: string): void {
  const equals = field.indexOf('=')
  if (equals < 0) return
  const [name, value] = [field.slice(0, equals), field.slice(equals + 1)]
  if (!/[%+]/.test(field)) {
    fields.set(name, value)
    return
  }
  try {
    fields.set(decodeURIComponent(name), decodeURIComponent(value.replaceAll('+', ' ')))
  } catch {
    fields.set(name, value) // a "%" that is meant as it stands
  }
}

/** By name. The numbers in the fields' names only tell which belong together. */
function attributesOf(fields: ReadonlyMap<string, string>): Map<string, Attribute> {
  const attributes = new Map<string, Attribute>()
  for (const [field, name] of fields) {
    const number = /^MessageAttribute\.(\d{1,4})\.Name$/.exec(field)?.[1]
    if (number === undefined) continue
    const value = `MessageAttribute.${number}.Value`
    const dataType = fields.get(`${value}.DataType`) ?? 'String'
    attributes.set(name, { dataType, text: fields.get(`${value}.StringValue`) ?? '' })
  }
  return attributes
}

function invalid(message: string): MillraceError {
  return new MillraceError('invalid_request', message)
}

const messageField = Buffer.from('MessageBody=')
/** SQS has ten attributes, of three fields each. */
const fieldsMax = 64
const fieldCharsMax = 4096
const AMPERSAND = 0x26
