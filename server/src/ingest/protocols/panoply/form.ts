/**
 * The form of the one call there is, SQS's `SendMessage` in its query protocol. Nearly all of the body is `MessageBody`, which is
 * decoded by its bytes; the SDK does not encode the other fields, so a `+` in them may be one or a space.
 */
import { openUnescaper } from '@millrace/json/unescape'
import { MillraceError } from '../../../errors.ts'

export interface SendMessage {
  /** Decoded, in its place in the body. */
  readonly message: Uint8Array
  readonly attributes: ReadonlyMap<string, Attribute>
}

export interface Attribute {
  readonly dataType: string
  readonly text: string
}

/** Changes the body. @throws MillraceError `invalid_request`. */
export function readSendMessage(body: Buffer): SendMessage {
  const others: string[] = []
  let message: Uint8Array | undefined
  for (let at = 0; at < body.length; ) {
    const ampersand = body.indexOf(AMPERSAND, at)
    const end = ampersand < 0 ? body.length : ampersand
    if (body.subarray(at, at + messageField.length).equals(messageField))
      message = unescaper.field(body, at + messageField.length, end)
    else if (others.length < fieldsMax) others.push(body.toString('latin1', at, Math.min(end, at + fieldCharsMax)))
    at = end + 1
  }
  const { action, attributes } = readOthers(others)
  if (action !== 'SendMessage') throw invalid('The one Action that is taken here is SendMessage')
  if (message === undefined) throw invalid('The form has no field MessageBody')
  return { message, attributes }
}

interface OtherFields {
  readonly action: string | undefined
  readonly attributes: ReadonlyMap<string, Attribute>
}

/** A client writes the same beside each message. */
let lastOthers: { readonly text: string; readonly fields: OtherFields } | undefined

function readOthers(others: readonly string[]): OtherFields {
  const text = others.join('&')
  if (lastOthers?.text === text) return lastOthers.fields
  const named = new Map<string, string>()
  for (const field of others) addField(named, field)
  const fields = { action: named.get('Action'), attributes: attributesOf(named) }
  if (text.length <= fieldCharsMax) lastOthers = { text, fields }
  return fields
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

const unescaper = openUnescaper()
const messageField = Buffer.from('MessageBody=')
/** SQS has ten attributes, of three fields each. */
const fieldsMax = 64
const fieldCharsMax = 4096
const AMPERSAND = 0x26
