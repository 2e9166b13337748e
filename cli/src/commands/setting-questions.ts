/** What is asked of a type's settings, from the schema that also checks them, and what an answer means. Nothing here reads or writes. */

export interface Schema {
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly default?: unknown
  readonly description?: string
  readonly writeOnly?: boolean
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly oneOf?: readonly Schema[]
}

export interface Question {
  readonly name: string
  readonly schema: Schema
  readonly isNeeded: boolean
}

/** Those of an object's settings that were not given: what is needed first, then the rest. */
export function questionsOf({ properties = {}, required = [] }: Schema, given: Readonly<Record<string, unknown>>) {
  const open = Object.entries(properties).filter(([name, schema]) => !(name in given) && schema.const === undefined)
  const questions = open.map(([name, schema]): Question => ({ name, schema, isNeeded: required.includes(name) }))
  return { needed: questions.filter(({ isNeeded }) => isNeeded), others: questions.filter(({ isNeeded }) => !isNeeded) }
}

/** Settings below a setting, which are asked one by one. */
export function isGroup({ properties }: Schema): boolean {
  return properties !== undefined && Object.keys(properties).length > 0
}

export interface Variants {
  /** The setting that tells them apart, and its values. */
  readonly tag: string
  readonly byValue: ReadonlyMap<string, Schema>
}

/** Of a setting that is one of several objects: `{type: 'basic', …}` or `{type: 'key', …}`. */
export function variantsOf({ oneOf = [] }: Schema): Variants | undefined {
  const first = Object.entries(oneOf[0]?.properties ?? {}).find(([, { const: value }]) => typeof value === 'string')
  if (first === undefined) return undefined
  const [tag] = first
  const entries = oneOf.map((schema) => [schema.properties?.[tag]?.const, schema] as const)
  if (!entries.every((entry): entry is readonly [string, Schema] => typeof entry[0] === 'string')) return undefined
  return { tag, byValue: new Map(entries) }
}

/** `name (what it is) [default]: `, without what a terminal must not be told. */
export function questionText(path: string, schema: Schema): string {
  const notes = [schema.description, choicesOf(schema)?.join(', '), formOf(schema)].filter((note) => note !== undefined)
  const about = notes.length === 0 ? '' : ` (${notes.join('; ')})`
  return `${path}${about}${defaultText(schema)}: `
}

function defaultText({ default: value, writeOnly }: Schema): string {
  if (value === undefined || writeOnly) return ''
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text === '' || text === '{}' || text === '[]' ? ' [none]' : ` [${text}]`
}

function choicesOf({ enum: values, type }: Schema): string[] | undefined {
  return type === 'boolean' ? ['yes', 'no'] : values?.map(String)
}

function formOf(schema: Schema): string | undefined {
  if (isListOfTexts(schema)) return 'with commas between'
  return isJson(schema) ? 'JSON' : undefined
}

/** Texts, perhaps among others. */
function isListOfTexts({ type, items }: Schema): boolean {
  return type === 'array' && [items, ...(items?.anyOf ?? [])].some((item) => item?.type === 'string')
}

function isJson({ type, enum: values }: Schema): boolean {
  return values === undefined && !['string', 'integer', 'number', 'boolean'].includes(String(type))
}

/** What an answer says, or what is wrong with it. */
export function readAnswer(text: string, schema: Schema): { value: unknown } | { fault: string } {
  const { type, enum: values } = schema
  if (values !== undefined) {
    const value = values.find((one) => String(one) === text)
    return value === undefined ? { fault: `One of ${values.join(', ')}` } : { value }
  }
  if (type === 'string') return { value: text }
  if (type === 'boolean') return readYesNo(text)
  if (type === 'integer' || type === 'number') return readNumber(text, type)
  if (isListOfTexts(schema) && !text.startsWith('[')) return { value: text.split(',').map((part) => part.trim()) }
  try {
    return { value: JSON.parse(text) }
  } catch {
    return type === undefined ? { value: text } : { fault: 'That is no JSON' }
  }
}

function readYesNo(text: string): { value: boolean } | { fault: string } {
  if (/^(y|yes|true)$/i.test(text)) return { value: true }
  return /^(n|no|false)$/i.test(text) ? { value: false } : { fault: 'yes or no' }
}

function readNumber(text: string, type: 'integer' | 'number'): { value: number } | { fault: string } {
  const value = Number(text)
  if (Number.isFinite(value) && (type === 'number' || Number.isInteger(value))) return { value }
  return { fault: type === 'integer' ? 'A whole number' : 'A number' }
}
