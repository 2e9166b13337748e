/**
 * Calculated measurements. Clients define them before there is anything to calculate with: one whose formula names what is not there
 * yet waits, is told with the reason, and becomes one of ours when the list is asked for and it can.
 */
import { newId } from '@millrace/event/id'
import { z } from 'zod'
import { hasCode, MillraceError } from '../../../errors.ts'
import type { Caller } from '../../operations/operation.ts'
import { refused } from './bodies.ts'
import type { DatoramaParts } from './datorama-parts.ts'
import type { Touch } from './history.ts'
import type { Attributes } from './kept.ts'
import { touchOf } from './kept-stream.ts'

export interface KnownCalculated {
  readonly id: string
  readonly name: string
  readonly formula: string
  readonly others: Attributes
  readonly made: Touch
  readonly changed: Touch
  /** Why it cannot be had yet; null where it can. */
  readonly error: string | null
}

export interface CalculatedMeasurements {
  list(caller: Caller): Promise<KnownCalculated[]>
  /** @throws MillraceError `invalid_request`: it is no formula. */
  create(caller: Caller, draft: { name: string; formula: string; others: Attributes }): Promise<KnownCalculated>
}

const kind = 'calculated-measurement'
const waiting = z.object({ name: z.string(), formula: z.string(), reason: z.string() })
const keptShape = z.object({
  others: z.record(z.string(), z.unknown()),
  made: z.object({ at: z.number(), by: z.object({ id: z.string(), email: z.string() }).nullable() }),
  waiting: waiting.nullable(),
})
type KeptCalculated = z.output<typeof keptShape>

export function openCalculatedMeasurements({ port, kept, numbers, now }: DatoramaParts): CalculatedMeasurements {
  const knownOf = (
    item: { id: string; name: string; formula: string; createdAt: number; updatedAt: number },
    said: KeptCalculated | undefined,
  ): KnownCalculated => ({
    ...{ id: item.id, name: item.name, formula: item.formula, others: said?.others ?? {}, error: null },
    made: said?.made ?? { at: item.createdAt, by: null },
    changed: { at: item.updatedAt, by: null },
  })
  const waitingOf = (id: string, { others, made }: KeptCalculated, { reason, ...named }: z.output<typeof waiting>) => ({
    ...{ id, ...named, others, made, changed: made, error: reason },
  })

  /** Whether it is there now. */
  const becomes = async (caller: Caller, id: string, said: KeptCalculated): Promise<boolean> => {
    try {
      const made = await port.createCalculatedMeasurement(caller, said.waiting!)
      await numbers.move(kind, caller.workspace, id, made.id)
      await kept.put(caller, kind, made.id, { ...said, waiting: null })
      await kept.remove(caller, kind, id)
      return true
    } catch (error) {
      if (error instanceof MillraceError && error.status < 500) return false
      throw error
    }
  }

  return {
    async list(caller) {
      const before = new Map([...(await kept.all(caller, kind))].map(([id, value]) => [id, keptShape.parse(value)]))
      const still: KnownCalculated[] = []
      for (const [id, said] of before) {
        if (said.waiting === null || (await becomes(caller, id, said))) continue
        still.push(waitingOf(id, said, said.waiting))
      }
      const all = await kept.all(caller, kind)
      const items = await port.calculatedMeasurements(caller)
      const had = items.map((item) => knownOf(item, all.get(item.id) && keptShape.parse(all.get(item.id))))
      return [...had, ...still]
    },
    async create(caller, { name, formula, others }) {
      const ours = formula.replaceAll(/\[([^[\]"]+)\]/g, '"$1"')
      const fault = port.formulaFault(ours)
      if (fault !== undefined) throw refused(`formula: ${fault}`)
      const made = touchOf(caller, now())
      try {
        const item = await port.createCalculatedMeasurement(caller, { name, formula: ours })
        const said: KeptCalculated = { others, made, waiting: null }
        await kept.put(caller, kind, item.id, { ...said })
        return knownOf(item, said)
      } catch (error) {
        if (!hasCode(error, 'invalid_request') || !isOfFormula(error)) throw error
        const said: KeptCalculated = { others, made, waiting: { name, formula: ours, reason: error.message } }
        const id = newId(now())
        await kept.put(caller, kind, id, { ...said })
        return waitingOf(id, said, said.waiting!)
      }
    },
  }
}

function isOfFormula({ fields = [] }: MillraceError): boolean {
  return fields.length > 0 && fields.every(({ field }) => field === 'formula')
}
