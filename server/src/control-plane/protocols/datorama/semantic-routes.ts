/** Dimensions, what unites and derives them, and calculated measurements (DATORAMA-19 to 24, 41). */
import { z } from 'zod'
import { type Caller, notFound } from '../../operations/operation.ts'
import type { Permission } from '../../permissions.ts'
import { readBody, refused } from './bodies.ts'
import { openCalculatedMeasurements } from './calculated-measurements.ts'
import type { DatoramaParts } from './datorama-parts.ts'
import { historyFields, historyOf } from './history.ts'
import type { Attributes } from './kept.ts'
import { touchOf } from './kept-stream.ts'
import type { Kind } from './numbers.ts'
import { workspaceIn } from './places.ts'
import { readRule } from './read-pattern.ts'
import type { On } from './route.ts'

const name = z.string('a name is needed').trim().min(1, 'is empty').max(128)
const number = z.coerce.number('has to be a whole number').int().positive()
const pattern = z.looseObject(
  {
    name,
    workspaceId: number,
    harmonizedDimensionId: number.nullish(),
    dimensionId: number.nullish(),
    pattern: z.unknown(),
  },
  'has to be an object',
)
const calculated = z.looseObject(
  { name, formula: z.string('a formula is needed').min(1, 'is empty').max(10_000) },
  'has to be an object with name and formula',
)

const read: Permission = 'semantic:read'
const write: Permission = 'semantic:write'

export function semanticRoutes(on: On, parts: DatoramaParts): void {
  const { port, kept, numbers, now } = parts
  const measurements = openCalculatedMeasurements(parts)

  const numbered = async <T extends { id: string }>(
    kind: Kind,
    caller: Caller,
    items: readonly T[],
    shape: (item: T) => Attributes | Promise<Attributes>,
  ) => {
    const ids = await numbers.of(
      kind,
      caller.workspace,
      items.map(({ id }) => id),
    )
    const workspaceId = await numbers.one('workspace', '', caller.workspace)
    return Promise.all(items.map(async (item, index) => ({ ...(await shape(item)), id: ids[index]!, workspaceId })))
  }
  const times = ({ createdAt, updatedAt }: { createdAt: number; updatedAt: number }) =>
    historyOf(numbers, { at: createdAt, by: null }, { at: updatedAt, by: null })

  /** The id of what a number names in the workspace. */
  const idOf = async ({ workspace }: Caller, kind: Kind, wanted: number | null | undefined) => {
    if (wanted === null || wanted === undefined) return undefined
    const found = await numbers.find(kind, wanted)
    if (found?.workspace !== workspace) throw notFound(`${kind}: ${wanted}`)
    return found.id
  }

  on('GET', '/workspaces/:id/dimensions', async ({ visitor, params }) => {
    const caller = await workspaceIn(parts, visitor, params['id'], read)
    return numbered('dimension', caller, await port.dimensions(caller), ({ name, column, table, type }) => ({
      ...{ name, systemName: column, type, table },
    }))
  })

  on('GET', '/workspaces/:id/harmonized-dimensions', async ({ visitor, params }) => {
    const caller = await workspaceIn(parts, visitor, params['id'], read)
    const all = await port.harmonizedDimensions(caller)
    return numbered('harmonized-dimension', caller, all, async (one) => ({ name: one.name, ...(await times(one)) }))
  })

  on('GET', '/workspaces/:id/patterns', async ({ visitor, params }) => {
    const caller = await workspaceIn(parts, visitor, params['id'], read)
    const said = await kept.all(caller, 'pattern')
    return numbered('pattern', caller, await port.patterns(caller), async (one) => ({
      ...{ harmonizedDimensionId: null, pattern: one.rule, ...(await times(one)) },
      ...said.get(one.id),
      name: one.name,
    }))
  })

  on('POST', '/harmonization/patterns', async ({ visitor, body }) => {
    const { name, workspaceId, id: _, ...said } = readBody(pattern, body)
    const caller = await workspaceIn(parts, visitor, workspaceId, write)
    const fills = await idOf(caller, 'harmonized-dimension', said.harmonizedDimensionId)
    const from = await idOf(caller, 'dimension', said.dimensionId)
    const made = await port.createPattern(caller, { name, rule: readRule(said.pattern), from, fills })
    const history = await historyOf(numbers, touchOf(caller, now()))
    const whole = { harmonizedDimensionId: null, ...withoutHistory(said), ...history }
    await kept.put(caller, 'pattern', made.id, whole)
    return (await numbered('pattern', caller, [made], () => ({ ...whole, name })))[0]
  })

  const toldCalculated = (caller: Caller, items: Awaited<ReturnType<typeof measurements.list>>) =>
    numbered('calculated-measurement', caller, items, async ({ name, formula, others, made, changed, error }) => ({
      ...{ originalId: null, ...others, name, formula, error },
      ...(await historyOf(numbers, made, changed)),
    }))

  on('GET', '/workspaces/:id/calculated-measurements', async ({ visitor, params }) => {
    const caller = await workspaceIn(parts, visitor, params['id'], read)
    return toldCalculated(caller, await measurements.list(caller))
  })

  on('POST', '/workspaces/:id/calculated-measurements', async ({ visitor, params, body }) => {
    const caller = await workspaceIn(parts, visitor, params['id'], write)
    if (body === undefined) throw refused('The body is empty: it has to be an object with name and formula')
    const { name, formula, workspaceId: _, id: __, error: ___, ...others } = readBody(calculated, body)
    const made = await measurements.create(caller, { name, formula, others: withoutHistory(others) })
    return (await toldCalculated(caller, [made]))[0]
  })
}

function withoutHistory(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => !(historyFields as string[]).includes(name)))
}
