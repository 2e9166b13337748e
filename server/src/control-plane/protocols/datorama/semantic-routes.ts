/** Dimensions, what unites and derives them, and calculated measurements (DATORAMA-19 to 24, 41). */
import { z } from 'zod'
import type { Caller } from '../../operations/operation.ts'
import { readBody, refused } from './bodies.ts'
import type { DatoramaParts } from './datorama-parts.ts'
import type { NativeCalculated, NativePattern } from './datorama-port.ts'
import type { Attributes } from './kept.ts'
import type { Kind } from './numbers.ts'
import { workspaceIn } from './places.ts'
import type { On } from './route.ts'

const name = z.string('a name is needed').trim().min(1, 'is empty').max(128)
const workspaceId = z.coerce.number('say in which workspace').int().positive()
const pattern = z.looseObject({ name, workspaceId }, 'has to be an object')
const calculated = z.looseObject(
  { name, formula: z.string('a formula is needed').min(1, 'is empty').max(10_000) },
  'has to be an object with name and formula',
)

export function semanticRoutes(on: On, parts: DatoramaParts): void {
  const { port, kept, numbers } = parts

  const numbered = async <T extends { id: string }>(
    kind: Kind,
    caller: Caller,
    items: readonly T[],
    shape: (item: T) => Attributes,
  ) => {
    const ids = await numbers.of(
      kind,
      caller.workspace,
      items.map(({ id }) => id),
    )
    const workspaceId = await numbers.one('workspace', '', caller.workspace)
    return items.map((item, index) => ({ ...shape(item), id: ids[index]!, workspaceId }))
  }
  const list = <T extends { id: string }>(
    path: string,
    kind: Kind,
    read: (caller: Caller) => Promise<readonly T[]>,
    shape: (item: T, said: ReadonlyMap<string, Attributes>) => Attributes,
    keptKind?: 'pattern' | 'calculated-measurement',
  ) =>
    on('GET', `/workspaces/:id/${path}`, async ({ visitor, params }) => {
      const caller = await workspaceIn(parts, visitor, params['id'], 'event-types:read')
      const said = keptKind === undefined ? new Map<string, Attributes>() : await kept.all(caller, keptKind)
      return numbered(kind, caller, await read(caller), (item) => shape(item, said))
    })

  const patternOf = ({ name, rule }: NativePattern, said: Attributes | undefined) => ({
    harmonizedDimensionId: null,
    pattern: rule,
    ...said,
    name,
  })
  const calculatedOf = ({ name, formula }: NativeCalculated, said: Attributes | undefined) => ({
    originalId: null,
    ...said,
    name,
    formula,
  })

  list('dimensions', 'dimension', port.dimensions, ({ name, column, table, type }) => ({
    ...{ name, systemName: column, type, table },
  }))
  list('harmonized-dimensions', 'harmonized-dimension', port.harmonizedDimensions, ({ name }) => ({ name }))
  list('patterns', 'pattern', port.patterns, (item, said) => patternOf(item, said.get(item.id)), 'pattern')
  list(
    'calculated-measurements',
    'calculated-measurement',
    port.calculatedMeasurements,
    (item, said) => calculatedOf(item, said.get(item.id)),
    'calculated-measurement',
  )

  on('POST', '/harmonization/patterns', async ({ visitor, body }) => {
    const { name, workspaceId, ...others } = readBody(pattern, body)
    const caller = await workspaceIn(parts, visitor, workspaceId, 'event-types:write')
    const made = await port.createPattern(caller, { name, said: others })
    await kept.put(caller, 'pattern', made.id, others)
    return (await numbered('pattern', caller, [made], (item) => patternOf(item, others)))[0]
  })

  on('POST', '/workspaces/:id/calculated-measurements', async ({ visitor, params, body }) => {
    const caller = await workspaceIn(parts, visitor, params['id'], 'event-types:write')
    if (body === undefined) throw refused('The body is empty: it has to be an object with name and formula')
    const { name, formula, workspaceId: _, id: __, ...others } = readBody(calculated, body)
    const made = await port.createCalculatedMeasurement(caller, { name, formula })
    await kept.put(caller, 'calculated-measurement', made.id, others)
    return (await numbered('calculated-measurement', caller, [made], (item) => calculatedOf(item, others)))[0]
  })
}
