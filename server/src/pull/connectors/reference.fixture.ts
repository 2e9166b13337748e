/** The reference page of connectors, written of their settings: what the API, the command line and a form know of them, too. */
import { z } from 'zod'
import type { Connector } from '../connector.ts'

interface Schema {
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly default?: unknown
  readonly description?: string
  readonly writeOnly?: boolean
  readonly minimum?: number
  readonly maximum?: number
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
}

const farBounds = 1e12

/** As Markdown. Names in the order in which the settings declare them; those of parts behind a dot, of lists behind `[]`. */
export function referenceOf(connectors: Readonly<Record<string, Connector>>): string {
  const parts = Object.entries(connectors).map(([name, { title, settings, isByDate }]) => {
    const schema = z.toJSONSchema(settings, { io: 'input', unrepresentable: 'any' }) as Schema
    const rows = rowsOf(schema, '')
    const head = '| setting | what it takes | without it | what it is |\n|---|---|---|---|'
    const by = isByDate ? 'Its jobs may have ranges of days.' : 'Its jobs go on from its state.'
    return `## ${title}\n\n\`"type": "${name}"\`. ${by}\n\n${head}\n${rows.join('\n')}\n`
  })
  return `# Settings of connectors\n\nWritten of the connectors themselves. What they do with them: [Connectors](../guides/connectors.md).\n\n${parts.join('\n')}`
}

function rowsOf(schema: Schema, before: string): string[] {
  const required = new Set(schema.required)
  return Object.entries(schema.properties ?? {}).flatMap(([key, one]) => {
    const name = before + key
    const without = one.default !== undefined ? `\`${JSON.stringify(one.default)}\`` : required.has(key) ? 'needed' : ''
    const secret = one.writeOnly ? 'Secret. ' : ''
    return [
      `| \`${name}\` | ${kindOf(one)} | ${cell(without)} | ${cell(secret + (one.description ?? ''))} |`,
      ...inner(one, name),
    ]
  })
}

/** Of parts, what is in them; of several forms, of each. A member that all forms have by another value tells them apart. */
function inner(one: Schema, name: string): string[] {
  if (one.properties) return rowsOf(one, `${name}.`)
  if (one.items) return inner(one.items, `${name}[]`)
  const forms = (one.oneOf ?? one.anyOf ?? []).filter(({ properties }) => properties)
  return forms.flatMap((form) => {
    const [mark] = Object.entries(form.properties!).filter(([, { const: value }]) => value !== undefined)
    const { [mark?.[0] ?? '']: _, ...properties } = form.properties!
    return rowsOf({ ...form, properties }, mark ? `${name}(${mark[1].const}).` : `${name}.`)
  })
}

function kindOf(one: Schema): string {
  const { type, enum: values, items, minimum, maximum } = one
  if (values) return values.map((value) => `\`${value}\``).join(', ')
  const forms = one.oneOf ?? one.anyOf
  if (forms) return [...new Set(forms.map(formOf))].join(', or ')
  if (type === 'array') return `a list: ${items ? kindOf(items) : 'of anything'}`
  if (type === 'object') return 'an object'
  if (type === 'boolean') return '`true`, `false`'
  if (type !== 'integer' && type !== 'number') return type === 'string' ? 'a text' : 'anything'
  const told = (bound: number | undefined) => (bound === undefined || Math.abs(bound) > farBounds ? '' : `${bound}`)
  const [least, most] = [told(minimum), told(maximum)]
  const range =
    least !== '' && most !== '' ? `, ${least} to ${most}` : least !== '' ? `, from ${least}` : most && `, up to ${most}`
  return (type === 'integer' ? 'a whole number' : 'a number') + range
}

function formOf(form: Schema): string {
  const mark = Object.entries(form.properties ?? {}).find(([, { const: value }]) => value !== undefined)
  return mark ? `\`${mark[0]}\` \`${mark[1].const}\`` : kindOf(form)
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}
