/** The functions that formulas know. */

export interface FormulaFunction {
  /** At least and at most. */
  readonly arguments: readonly [number, number]
  /** `condition`: one, then values that are alike; `same`: values that are alike; `numbers`; `any`: whatever there is. */
  readonly takes: 'condition' | 'same' | 'numbers' | 'any'
  readonly isAggregate: boolean
}

const many = Number.POSITIVE_INFINITY

export const formulaFunctions = {
  sum: { arguments: [1, 1], takes: 'numbers', isAggregate: true },
  avg: { arguments: [1, 1], takes: 'numbers', isAggregate: true },
  min: { arguments: [1, 1], takes: 'numbers', isAggregate: true },
  max: { arguments: [1, 1], takes: 'numbers', isAggregate: true },
  /** Of what is not null; of all rows without an argument. */
  count: { arguments: [0, 1], takes: 'any', isAggregate: true },
  coalesce: { arguments: [1, many], takes: 'same', isAggregate: false },
  nullif: { arguments: [2, 2], takes: 'same', isAggregate: false },
  if: { arguments: [2, 3], takes: 'condition', isAggregate: false },
  round: { arguments: [1, 2], takes: 'numbers', isAggregate: false },
  floor: { arguments: [1, 1], takes: 'numbers', isAggregate: false },
  ceil: { arguments: [1, 1], takes: 'numbers', isAggregate: false },
  abs: { arguments: [1, 1], takes: 'numbers', isAggregate: false },
  least: { arguments: [1, many], takes: 'numbers', isAggregate: false },
  greatest: { arguments: [1, many], takes: 'numbers', isAggregate: false },
} as const satisfies Record<string, FormulaFunction>
