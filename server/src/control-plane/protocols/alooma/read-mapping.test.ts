import { describe, expect, it } from 'vitest'
import { readMapping } from './read-mapping.ts'

const field = (fieldName: string, columnType: object | null, fields: object[] = [], more: object = {}) => ({
  fieldName,
  fields,
  mapping: columnType === null ? null : { columnName: fieldName.replace('@', ''), columnType, ...more },
})
const read = (...fields: object[]) =>
  readMapping({ mappingMode: 'STRICT', mapping: { tableName: 't' }, fields }, { defaultMode: 'STRICT' }).draft.fields

const json = { type: 'VARIANT' }
const text = { type: 'VARCHAR' }

describe('an object that is mapped to a JSON column', () => {
  it('is taken whole where nothing below it is mapped', () => {
    expect(read(field('address', json, [field('city', null)]))).toMatchObject([{ column: 'address', isWhole: true }])
  })

  it('is looked at member by member where something is, or is discarded', () => {
    const discarded = { fieldName: 'x', fields: [], mapping: { isDiscarded: true } }
    for (const below of [field('city', text), discarded, field('deep', null, [field('er', text)])])
      expect(read(field('address', json, [below]))[0]).not.toHaveProperty('isWhole')
  })

  it('stays as AUTO_MAP made it', () => {
    expect(read(field('list', json, [], { machineGenerated: true }))[0]).not.toHaveProperty('isWhole')
    expect(read(field('text', text))[0]).not.toHaveProperty('isWhole')
  })
})

it('metadata goes to columns of its own, by name or as a whole', () => {
  expect(read(field('_metadata', null, [field('@uuid', text), field('input_id', null)]))).toMatchObject([
    { path: ['_metadata', '@uuid'], column: 'uuid', isMetadata: true, isAuto: false },
  ])
  expect(read(field('_metadata', json))).toEqual([
    expect.objectContaining({ path: ['_metadata'], type: 'JSON', isMetadata: true }),
  ])
})
