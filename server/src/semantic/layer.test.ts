/** A layer as configuration: names for ids, and back. */
import { describe, expect, it } from 'vitest'
import { changesBetween, layerOf, modelOf } from './layer.ts'
import { emptyModel, type SemanticModel } from './model.ts'

const model: SemanticModel = {
  columns: [
    { table: 'b', column: 'y', role: null, displayName: 'Y', aggregation: null },
    { table: 'a', column: 'x', role: 'dimension', displayName: null, aggregation: null },
  ],
  patterns: [
    {
      ...{ id: '11', name: 'Second', sources: [{ table: 'a', pattern: '12' }], default: 'none' },
      rule: {
        kind: 'first',
        rules: [
          { kind: 'pattern', pattern: '12' },
          { kind: 'split', separator: '_', position: 1, from: 'end' },
        ],
      },
    },
    {
      ...{ id: '12', name: 'First', sources: [{ table: 'a', column: 'x' }], default: null },
      rule: { kind: 'lookup', entries: [{ from: 'a', to: 'b' }], isCaseSensitive: false },
    },
  ],
  harmonisedDimensions: [
    { id: '13', name: 'Outer', members: [{ harmonisedDimension: '14' }, { table: 'b', column: 'y' }] },
    { id: '14', name: 'Inner', members: [{ table: 'a', pattern: '11' }] },
  ],
  calculatedMeasurements: [{ id: '15', name: 'CPC', formula: 'spend / clicks', tables: ['a'] }],
}

const noIds = () => {
  throw new Error('An id was wanted')
}

describe('a layer', () => {
  it('names what it refers to, in the order of names', () => {
    const layer = layerOf(model)
    expect(layer.patterns.map(({ name }) => name)).toEqual(['First', 'Second'])
    expect(layer.patterns[1]).toMatchObject({
      sources: [{ table: 'a', pattern: 'First' }],
      rule: { rules: [{ pattern: 'First' }, { kind: 'split' }] },
    })
    expect(layer.harmonisedDimensions[1]!.members[0]).toEqual({ harmonisedDimension: 'Inner' })
    expect(JSON.stringify(layer)).not.toContain('"id"')
  })

  it('set to what it is changes nothing, also by way of JSON', () => {
    const layer = JSON.parse(JSON.stringify(layerOf(model)))
    const same = modelOf(layer, model, noIds)
    expect(changesBetween(model, same)).toEqual([])
    expect(layerOf(same)).toEqual(layer)
  })

  it('is the same in a workspace that has nothing of it', () => {
    let next = 100
    const elsewhere = modelOf(layerOf(model), emptyModel, () => String(next++))
    expect(layerOf(elsewhere)).toEqual(layerOf(model))
    expect(changesBetween(emptyModel, elsewhere).map(({ action }) => action)).toEqual(Array(5).fill('create'))
    expect(changesBetween(elsewhere, emptyModel).map(({ action }) => action)).toEqual(Array(5).fill('delete'))
  })

  it('that changed tells what of it', () => {
    const layer = layerOf(model)
    const [measurement] = layer.calculatedMeasurements
    const changed = { ...layer, calculatedMeasurements: [{ ...measurement!, name: 'cpc', formula: 'spend' }] }
    expect(changesBetween(model, modelOf(changed, model, noIds))).toEqual([
      { action: 'update', kind: 'calculated-measurement', id: '15', name: 'cpc' },
    ])
  })

  it('that names what it has not, or has twice, is refused', () => {
    const layer = layerOf(model)
    const [first, second] = layer.patterns
    expect(() => modelOf({ ...layer, patterns: [second!, second!] }, model, () => '1')).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        fields: expect.arrayContaining([
          { field: 'patterns.1.name', message: 'Second is there twice' },
          { field: 'patterns.0', message: 'There is no pattern First' },
        ]),
      }),
    )
    expect(() => modelOf({ ...layer, patterns: [first!] }, model, noIds)).toThrow(/no pattern Second/)
  })
})
