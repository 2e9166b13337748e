/** Types of events: what is written of them, that it can be read again, and how a later state is told apart. */
import { expect, it } from 'vitest'
import { driftBetween, mappedShapes, schemaText, seenShapes, shapesIn, typesText } from './event-shapes.ts'

const field = (path: string[], type: string, more: object = {}) => ({ path, column: path.join('_'), type, ...more })
const mapped = (fields: { path: string[]; isDiscarded?: boolean }[], name = 'sale') =>
  mappedShapes({ eventTypes: [{ name, mapping: { table: 'sales', primaryKey: [], fields } }] })

const shapes = mapped([
  field(['price'], 'DECIMAL', { precision: 10, scale: 2 }),
  field(['id'], 'BIGINT', { nonNull: true }),
  field(['user', 'name'], 'VARCHAR'),
  field(['user', "it's \u2028"], 'JSON'),
  field(['_metadata', '@uuid'], 'VARCHAR', { isMetadata: true }),
  { path: ['debug'], isDiscarded: true },
])

it('is TypeScript, in the order of names', () => {
  expect(typesText(shapes)).toContain(`export type Events = {
  sale: {
    id: number
    price?: number | null
    user?: {
      'it\\'s \\u2028'?: unknown
      name?: string | null
    } | null
  }
}`)
})

it('is JSON Schema', () => {
  expect(JSON.parse(schemaText(shapes)).$defs).toEqual({
    sale: {
      type: 'object',
      required: ['id'],
      properties: {
        id: { type: 'number' },
        price: { type: ['number', 'null'] },
        user: {
          type: ['object', 'null'],
          properties: { "it's \u2028": {}, name: { type: ['string', 'null'] } },
        },
      },
    },
  })
})

it('is read again from either, and from nothing else', () => {
  for (const text of [typesText(shapes), schemaText(shapes)]) {
    expect(driftBetween(shapesIn(text)!, shapes)).toEqual([])
    expect(text.split('\n').some((line) => line.includes('\u2028') && line.startsWith('//'))).toBe(false)
  }
  for (const text of ['', '{}', 'export type Events = {}', '// millrace types: {'])
    expect(shapesIn(text)).toBeUndefined()
})

it('tells each field that differs', () => {
  const now = mapped([field(['id'], 'VARCHAR'), field(['user', 'name'], 'VARCHAR'), field(['new'], 'BOOLEAN')])
  const told = driftBetween(
    mapped([field(['id'], 'BIGINT'), field(['user', 'name'], 'VARCHAR'), field(['old'], 'DATE')]),
    now,
  )
  expect(told.map(({ field, message }) => `${field} ${message}`)).toEqual([
    'id was number and is string',
    'old is gone',
    'new is new: boolean',
  ])
  expect(driftBetween(now, mapped([], 'other'))).toEqual([
    { eventType: 'sale', field: '', message: 'is gone' },
    { eventType: 'other', field: '', message: 'is new' },
  ])
})

it('is of what was seen, in all its types', () => {
  const node = { count: 1, isExact: true, samples: [], firstSeenAt: 1, lastSeenAt: 1, fields: [] }
  const n = { ...node, name: 'n', path: ['n'], types: { VARCHAR: 1, BIGINT: 2, DOUBLE: 1 } }
  const below = { ...node, name: 'a', path: ['o', 'a'], types: { BOOLEAN: 1 } }
  const o = { ...node, name: 'o', path: ['o'], types: {}, fields: [below] }
  const seen = seenShapes(new Map([['click', { count: 1, firstSeenAt: 1, lastSeenAt: 1, fields: [n, o] }]]))
  expect(typesText(seen)).toContain(
    '    n?: number | string | null\n    o?: {\n      a?: boolean | null\n    } | null\n',
  )
})
