import { describe, expect, it } from 'vitest'
import {
  discardField,
  findField,
  findFieldOfColumn,
  type Mapping,
  mapField,
  renameField,
  unmapField,
  withEventsDiscarded,
  withMode,
} from './mapping.ts'

const mapping: Mapping = {
  mode: 'AUTO_MAP',
  usesDefaultMode: true,
  isDiscarded: false,
  table: 'flight',
  onConflict: 'widen',
  primaryKey: ['code'],
  fields: [
    { path: ['code'], column: 'code', type: 'VARCHAR', origin: 'auto' },
    { path: ['from', 'city'], column: 'from_city', type: 'VARCHAR', origin: 'auto' },
  ],
}

it('a field is found by its path, or by its column whatever its case', () => {
  expect(findField(mapping, 'from.city')?.column).toBe('from_city')
  expect(findField(mapping, ['from', 'city'])?.column).toBe('from_city')
  expect(findField(mapping, ['from.city'])).toBeUndefined()
  expect(findFieldOfColumn(mapping, 'FROM_CITY')?.path).toEqual(['from', 'city'])
})

describe('an edit gives a new mapping and leaves the old one', () => {
  it('map: a new field comes last, one that is there stays in its place', () => {
    const made = mapField(mapping, 'price', { column: 'price', type: 'DECIMAL', precision: 10, scale: 2 })
    expect(made.fields.at(-1)).toEqual({ path: ['price'], column: 'price', type: 'DECIMAL', precision: 10, scale: 2 })
    const changed = mapField(mapping, 'code', { column: 'code', type: 'VARCHAR', length: 3 })
    expect(changed.fields[0]).toEqual({ path: ['code'], column: 'code', type: 'VARCHAR', length: 3 })
    expect(changed.fields).toHaveLength(2)
    expect(mapping.fields[0]).not.toHaveProperty('length')
  })

  it('map: a new child of a parent that is there', () => {
    const made = mapField(mapping, 'from.airport.name', { column: 'airport', type: 'VARCHAR' })
    expect(findField(made, ['from', 'airport', 'name'])?.column).toBe('airport')
    expect(findField(made, 'from.city')).toBeDefined()
  })

  it('rename: the same type, and the primary key goes along', () => {
    const made = renameField(mapping, 'code', 'flight_code')
    expect(made.fields[0]).toEqual({ path: ['code'], column: 'flight_code', type: 'VARCHAR', origin: 'auto' })
    expect(made.primaryKey).toEqual(['flight_code'])
    expect(() => renameField(mapping, 'none', 'x')).toThrow('has no column')
  })

  it('discard and unmap', () => {
    expect(findField(discardField(mapping, 'code'), 'code')).toEqual({ path: ['code'], isDiscarded: true })
    expect(findField(discardField(mapping, 'extra'), 'extra')).toEqual({ path: ['extra'], isDiscarded: true })
    expect(unmapField(mapping, 'code').fields).toEqual([mapping.fields[1]])
    expect(unmapField(mapping, 'none')).toEqual(mapping)
  })

  it('mode, and all events', () => {
    expect(withMode(mapping, 'STRICT')).toMatchObject({ mode: 'STRICT', usesDefaultMode: false })
    expect(withMode(withMode(mapping, 'STRICT'), null).usesDefaultMode).toBe(true)
    expect(withEventsDiscarded(mapping)).toEqual({ ...mapping, isDiscarded: true })
  })
})
