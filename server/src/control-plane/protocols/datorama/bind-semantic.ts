/** The semantic layer, bound to its operations. */
import { MillraceError } from '../../../errors.ts'
import { parseFormula } from '../../../semantic/formula.ts'
import type { HarmonisedMember, PatternSource } from '../../../semantic/model.ts'
import { keyOfDimension } from '../../operations/dimensions.ts'
import type { Caller } from '../../operations/operation.ts'
import type { Operations } from '../../operations/operations.ts'
import type { DatoramaPort } from './datorama-port.ts'
import { everything } from './every-page.ts'

type SemanticPort = Pick<
  DatoramaPort,
  | 'dimensions'
  | 'harmonizedDimensions'
  | 'patterns'
  | 'createPattern'
  | 'calculatedMeasurements'
  | 'formulaFault'
  | 'createCalculatedMeasurement'
>

export function bindSemantic(operations: Operations): SemanticPort {
  const { dimensions, patterns, harmonisedDimensions, calculatedMeasurements } = operations
  const idOf = ({ id }: { id: string }) => id

  const fill = async (caller: Caller, pattern: string, harmonised: string, sources: readonly PatternSource[]) => {
    const { members } = await harmonisedDimensions.get(caller, harmonised)
    const tables = new Set(sources.map(({ table }) => table))
    const isOther = (member: HarmonisedMember) => !('table' in member && tables.has(member.table))
    const derived = sources.map(({ table }) => ({ table, pattern }))
    await harmonisedDimensions.update(
      caller,
      harmonised,
      { members: [...members.filter(isOther), ...derived] },
      undefined,
    )
  }

  return {
    async dimensions(caller) {
      const all = await everything((page) => dimensions.list(caller, { role: 'dimension' }, page), keyOfDimension)
      return all.map((one) => {
        const { table, column, type, displayName } = one
        return { id: keyOfDimension(one), name: displayName ?? column, column, table, type }
      })
    },
    harmonizedDimensions: (caller) => everything((page) => harmonisedDimensions.list(caller, page), idOf),
    patterns: (caller) => everything((page) => patterns.list(caller, page), idOf),
    async createPattern(caller, { name, rule, from, fills }) {
      const sources = from === undefined ? await sourcesOf(caller, fills) : [placeOfKey(from)]
      const made = await patterns.create(caller, { name, sources, rule, default: null })
      if (fills === undefined) return made
      try {
        await fill(caller, made.id, fills, sources)
      } catch (error) {
        await patterns.delete(caller, made.id)
        throw error
      }
      return made
    },
    calculatedMeasurements: (caller) => everything((page) => calculatedMeasurements.list(caller, page), idOf),
    formulaFault(formula) {
      try {
        parseFormula(formula)
        return undefined
      } catch (error) {
        if (error instanceof MillraceError) return error.message
        throw error
      }
    },
    createCalculatedMeasurement: (caller, { name, formula }) =>
      calculatedMeasurements.create(caller, { name, formula, tables: null }),
  }

  /** What a harmonised dimension is made of: that is what a pattern that fills it derives from. */
  async function sourcesOf(caller: Caller, harmonised: string | undefined): Promise<PatternSource[]> {
    if (harmonised === undefined) return []
    const { members } = await harmonisedDimensions.get(caller, harmonised)
    return members.filter((member) => 'table' in member)
  }
}

function placeOfKey(key: string): PatternSource {
  const [table, column] = JSON.parse(key) as [string, string]
  return { table, column }
}
