/** What the commands of patterns, harmonised dimensions and calculated measurements have in common. */
import type { Client } from '@millrace/client/client'
import { usageError } from '../failure.ts'
import { printable } from '../output.ts'
import { renderTable } from '../table.ts'

export interface SemanticObject {
  readonly id: string
  readonly name: string
  readonly state: 'valid' | 'invalid'
  readonly reasons: readonly { readonly message: string }[]
  readonly views: readonly string[]
}

/** By its name, whatever its case, or its id. */
export async function findByName<T extends SemanticObject>(
  client: Client,
  list: (client: Client) => Promise<T[]>,
  wanted: string,
  noun: string,
): Promise<T> {
  const all = await list(client)
  const found = all.find(({ id, name }) => id === wanted || name.toLowerCase() === wanted.toLowerCase())
  if (found !== undefined) return found
  throw usageError(`There is no ${noun} ${JSON.stringify(wanted)}`, `See millrace ${commandOf[noun]} list.`)
}

const commandOf: Readonly<Record<string, string>> = {
  pattern: 'patterns',
  'harmonised dimension': 'harmonised-dimensions',
  'calculated measurement': 'measurements',
}

/** @param told what else there is to tell of one. */
export function renderObjects<T extends SemanticObject>(
  objects: readonly T[],
  [header, told]: readonly [string, (object: T) => string],
  none: string,
): string {
  if (objects.length === 0) return none
  return renderTable(
    ['name', header, 'views', 'state', 'id'],
    objects.map((object) => {
      const { id, name, views, state, reasons } = object
      const why = reasons.map(({ message }) => message).join('. ')
      return [name, told(object), views.join(', '), why === '' ? state : `${state}: ${why}`, id]
    }),
  )
}

/** `ads.campaign`: a table, and a column or a pattern of it. The name of a table may have points, that of a column too. */
export function readPlace(text: string): { table: string; column: string } {
  const at = text.indexOf('.')
  if (at < 1 || at === text.length - 1) throw usageError(`${JSON.stringify(text)} is no column`, 'Write table.column.')
  return { table: text.slice(0, at), column: text.slice(at + 1) }
}

export function made(noun: string, { name, views }: SemanticObject): string {
  const where = views.length === 0 ? '' : ` It is in ${views.map(printable).join(', ')}.`
  return `The ${noun} ${printable(name)} is there.${where}`
}
