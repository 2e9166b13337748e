/**
 * The semantic layer of a workspace: what its columns mean, and what is derived from them. Everything here is plain data;
 * `views.ts` makes views of it, and `check.ts` says what is wrong with it.
 */

export const roles = ['dimension', 'measurement'] as const
/** What is counted or summed is a measurement; by what it is told apart, a dimension. */
export type Role = (typeof roles)[number]

export const aggregations = ['sum', 'avg', 'min', 'max', 'count', 'none'] as const
/** How values of a measurement become one; `none`: only where a formula says how. */
export type Aggregation = (typeof aggregations)[number]

/** What somebody said of a column; what they did not say is inferred. */
export interface ColumnSetting {
  readonly table: string
  readonly column: string
  readonly role: Role | null
  readonly displayName: string | null
  readonly aggregation: Aggregation | null
}

/** A rule makes a text of a text, or finds nothing: null. */
export type PatternRule =
  /** The part at a place, 1 being the first from that end. An empty part is nothing found. */
  | { readonly kind: 'split'; readonly separator: string; readonly position: number; readonly from: 'start' | 'end' }
  /** What a group of the expression matches, 0 being the whole match. The expressions are RE2's: no backtracking. */
  | {
      readonly kind: 'regex'
      readonly expression: string
      readonly group: number
      readonly isCaseSensitive: boolean
    }
  | { readonly kind: 'lookup'; readonly entries: readonly LookupEntry[]; readonly isCaseSensitive: boolean }
  /** Rows of a table of the destination: of several with the same key the least value. */
  | {
      readonly kind: 'lookup-table'
      readonly table: string
      readonly key: string
      readonly value: string
      readonly isCaseSensitive: boolean
    }
  /** The first rule that finds something. */
  | { readonly kind: 'first'; readonly rules: readonly PatternRule[] }
  /** Another pattern's rule with its default, by its id. */
  | { readonly kind: 'pattern'; readonly pattern: string }

export interface LookupEntry {
  readonly from: string
  readonly to: string
}

/** A text column of a table, or what another pattern derives there. */
export type PatternSource =
  | { readonly table: string; readonly column: string }
  | { readonly table: string; readonly pattern: string }

export interface Pattern {
  readonly id: string
  /** The name of the column that it derives. */
  readonly name: string
  /** At most one of each table. */
  readonly sources: readonly PatternSource[]
  readonly rule: PatternRule
  /** What it derives where the rule finds nothing. */
  readonly default: string | null
}

/** What a harmonised dimension is in one table; or all members of another one. */
export type HarmonisedMember = PatternSource | { readonly harmonisedDimension: string }

export interface HarmonisedDimension {
  readonly id: string
  readonly name: string
  /** At most one for each table, those of other harmonised dimensions included. */
  readonly members: readonly HarmonisedMember[]
}

export interface CalculatedMeasurement {
  readonly id: string
  readonly name: string
  /** See `formula.ts`. */
  readonly formula: string
  /** Null: all that have what the formula names. */
  readonly tables: readonly string[] | null
}

export interface SemanticModel {
  readonly columns: readonly ColumnSetting[]
  readonly patterns: readonly Pattern[]
  readonly harmonisedDimensions: readonly HarmonisedDimension[]
  readonly calculatedMeasurements: readonly CalculatedMeasurement[]
}

export const emptyModel: SemanticModel = {
  columns: [],
  patterns: [],
  harmonisedDimensions: [],
  calculatedMeasurements: [],
}

export type SemanticKind = 'pattern' | 'harmonised-dimension' | 'calculated-measurement'

/** How many of each kind a workspace may have, and how large one may be. */
export const semanticLimits = {
  objectsMax: 5_000,
  lookupEntriesMax: 10_000,
  /** Characters of all entries of a workspace's lookups. */
  lookupCharsMax: 8_000_000,
  rulesMax: 50,
  ruleDepthMax: 10,
  membersMax: 500,
  formulaCharsMax: 2_000,
  /** Of all formulas in all tables together: each is checked, and made SQL of, whenever anything changes. */
  formulaColumnsMax: 20_000,
  /** Characters of the SQL of one view. */
  viewCharsMax: 8_000_000,
}

/** Beginnings of names that are views' of the semantic layer: no table of events, and none of a statement, can have them. */
export const viewPrefixes = { table: 'semantic_', harmonised: 'harmonised_' } as const
