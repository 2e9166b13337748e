/** The shapes of the semantic layer, as the API takes and tells them. */
import { z } from 'zod'
import { aggregations, type PatternRule, roles, semanticLimits } from '../../semantic/model.ts'
import { nameCharsMax } from '../../semantic/names.ts'
import { time } from './schemas.ts'

const text = z.string().refine((given) => given.isWellFormed() && !given.includes('\0'), 'Needs to be text without NUL')
export const name = text.min(1).max(nameCharsMax * 2)
export const tableName = text.min(1).max(256)
const column = text.min(1).max(256)
/** An id; a name where the whole layer is set. */
const reference = name

const split = z.strictObject({
  kind: z.literal('split'),
  separator: text.min(1).max(100),
  position: z.number().int().min(1).max(1_000).describe('1 is the first part from that end'),
  from: z.enum(['start', 'end']).default('start'),
})
const regex = z.strictObject({
  kind: z.literal('regex'),
  expression: text.min(1).max(1_000).describe('Of RE2: time grows with the length of the text, never beyond'),
  group: z.number().int().min(0).max(9).default(1).describe('0 is the whole match'),
  isCaseSensitive: z.boolean().default(true),
})
const lookup = z.strictObject({
  kind: z.literal('lookup'),
  entries: z
    .array(z.strictObject({ from: text.max(1_000), to: text.max(1_000) }))
    .min(1)
    .max(semanticLimits.lookupEntriesMax),
  isCaseSensitive: z.boolean().default(true),
})
const lookupTable = z.strictObject({
  kind: z.literal('lookup-table'),
  table: tableName,
  key: column,
  value: column,
  isCaseSensitive: z.boolean().default(true),
})
const other = z.strictObject({ kind: z.literal('pattern'), pattern: reference.describe('Id of a pattern') })

const flatRules = [split, regex, lookup, lookupTable, other] as const
/** Deeper than this, rules are patterns of their own. */
const inner = z.discriminatedUnion('kind', [
  ...flatRules,
  z.strictObject({
    kind: z.literal('first'),
    rules: z.array(z.discriminatedUnion('kind', flatRules)).min(1).max(semanticLimits.rulesMax),
  }),
])
export const rule = z
  .discriminatedUnion('kind', [
    ...flatRules,
    z.strictObject({ kind: z.literal('first'), rules: z.array(inner).min(1).max(semanticLimits.rulesMax) }),
  ])
  .describe('How a text becomes another one; first: the first rule that finds something')

export function ruleOf(given: z.output<typeof rule>): PatternRule {
  return given
}

export const source = z
  .union([z.strictObject({ table: tableName, column }), z.strictObject({ table: tableName, pattern: reference })])
  .describe('A text column of a table, or what another pattern derives there')

export const patternFields = {
  name: name.describe('Of the column that it derives'),
  sources: z.array(source).max(semanticLimits.membersMax).describe('At most one of each table'),
  rule,
  default: text.min(1).max(1_000).nullable().describe('What it derives where the rule finds nothing; null: nothing'),
}

export const harmonisedFields = {
  name,
  members: z
    .array(z.union([source, z.strictObject({ harmonisedDimension: reference })]))
    .min(1)
    .max(semanticLimits.membersMax)
    .describe('What it is in each table; or all that another one is'),
}

export const calculatedFields = {
  name,
  formula: text
    .min(1)
    .max(semanticLimits.formulaCharsMax)
    .describe('spend / clicks * 1000, with sum, avg, min, max, count, coalesce, nullif, if, round, abs and others'),
  tables: z
    .array(tableName)
    .min(1)
    .max(semanticLimits.membersMax)
    .nullable()
    .describe('Null: all that have what it names'),
}

const reasons = z.array(z.object({ field: z.string(), message: z.string() })).describe('Why it is invalid')
const state = z.enum(['valid', 'invalid']).describe('invalid: as it is, no view shows it')
const objectFields = {
  id: z.string(),
  version: z.number().int().describe('Counts its changes, from 1'),
  createdAt: time,
  updatedAt: time,
  state,
  reasons,
  views: z.array(z.string()).describe('Views of the destination that show it'),
}
/** As it was given, whatever its limits were then. */
export const toldRule: z.ZodType<PatternRule> = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('split'),
      separator: z.string(),
      position: z.number(),
      from: z.enum(['start', 'end']),
    }),
    z.object({
      kind: z.literal('regex'),
      expression: z.string(),
      group: z.number(),
      isCaseSensitive: z.boolean(),
    }),
    z.object({
      kind: z.literal('lookup'),
      entries: z.array(z.object({ from: z.string(), to: z.string() })),
      isCaseSensitive: z.boolean(),
    }),
    z.object({
      kind: z.literal('lookup-table'),
      table: z.string(),
      key: z.string(),
      value: z.string(),
      isCaseSensitive: z.boolean(),
    }),
    z.object({ kind: z.literal('pattern'), pattern: z.string() }),
    z.object({
      kind: z.literal('first'),
      get rules() {
        return z.array(toldRule)
      },
    }),
  ])
  .meta({ id: 'PatternRule' })

export const storedSource = z.object({
  table: z.string(),
  column: z.string().optional(),
  pattern: z.string().optional(),
})

export const storedMember = storedSource.partial().extend({ harmonisedDimension: z.string().optional() })

export const pattern = z
  .object({
    ...objectFields,
    name: z.string(),
    sources: z.array(storedSource),
    rule: toldRule,
    default: z.string().nullable(),
  })
  .meta({ id: 'Pattern' })

export const harmonised = z
  .object({
    ...objectFields,
    name: z.string(),
    members: z.array(storedMember),
  })
  .meta({ id: 'HarmonisedDimension' })

export const calculated = z
  .object({ ...objectFields, name: z.string(), formula: z.string(), tables: z.array(z.string()).nullable() })
  .meta({ id: 'CalculatedMeasurement' })

export const calculatedSql = z.object({
  items: z.array(
    z.object({
      table: z.string(),
      view: z.string(),
      column: z.string().nullable().describe('Null where only many rows have a value of it'),
      aggregate: z
        .string()
        .nullable()
        .describe('SQL for a SELECT from the view, with or without GROUP BY; null where only a row has a value of it'),
    }),
  ),
})

export const dimension = z
  .object({
    table: z.string(),
    column: z.string(),
    type: z.string().describe('Of the destination'),
    role: z.enum(roles),
    isInferred: z.boolean().describe('Whether nobody said so'),
    displayName: z.string().nullable(),
    aggregation: z.enum(aggregations).nullable().describe('Null of a dimension'),
    viewColumn: z
      .string()
      .nullable()
      .describe('What it is called in the table’s view; null where a harmonised dimension stands for it'),
    state,
    reasons,
  })
  .meta({ id: 'Dimension' })

export const dimensionChange = z.strictObject({
  role: z.enum(roles).nullable().optional().describe('Null: as it is inferred'),
  displayName: name.nullable().optional(),
  aggregation: z.enum(aggregations).nullable().optional().describe('Null: sum'),
})

const previewed = z.array(
  z.object({ value: z.string().nullable(), rows: z.number().int(), result: z.string().nullable() }),
)
export const preview = z
  .object({
    rows: z.number().int().describe('Read of the table'),
    isWhole: z.boolean().describe('Whether those were all there are'),
    rowsMatched: z.number().int().describe('For whose value something was found, the default aside'),
    values: z.number().int().describe('How many differ'),
    valuesMatched: z.number().int(),
    results: z.number().int().describe('How many differ of what was found'),
    coverage: z
      .object({ rows: z.number().nullable(), values: z.number().nullable() })
      .describe('Shares from 0 to 1 of rows and of values; null where there are none'),
    examples: previewed.describe('The most frequent values first'),
    misses: previewed.describe('Values for which nothing was found, the most frequent first'),
  })
  .meta({ id: 'PatternPreview' })
