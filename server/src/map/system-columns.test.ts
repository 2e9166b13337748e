import { idAt } from '@millrace/event/id'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { EventBatch } from '../batch.ts'
import type { TextValues } from '../rows.ts'
import { groupRows } from './event-rows.ts'
import { systemColumnsOf } from './system-columns.ts'

const idBase = Uint8Array.from({ length: 16 }, (_, index) => index * 7)

function batchOf(ids: readonly (string | null)[] | undefined, count: number): EventBatch {
  const places = new Uint32Array(count)
  const input = { id: 'i', label: 'shop', type: 'native' }
  const rest = { types: ['t'], starts: places, ends: places, payload: new Uint8Array(0) }
  return { input, receivedAt: 1, idBase, ...rest, ...(ids && { ids }) }
}

const textsOf = ({ offsets, bytes }: TextValues) =>
  Array.from({ length: offsets.length - 1 }, (_, row) =>
    Buffer.from(bytes.subarray(offsets[row], offsets[row + 1])).toString(),
  )

const ascii = fc.string({ minLength: 1, maxLength: 128 })
const any = fc.string({ unit: 'binary', minLength: 1, maxLength: 64 }).filter((id) => id.isWellFormed())
const batches = fc.array(
  fc.oneof(
    fc.array(ascii, { maxLength: 30 }),
    fc.array(fc.oneof(ascii, any, fc.constant(null)), { maxLength: 30 }),
    fc.nat(10), // none of its sender's
  ),
  { minLength: 1, maxLength: 6 },
)

test('each row has the id that its sender chose, or that Millrace counted', () => {
  fc.assert(
    fc.property(batches, fc.nat(5), (sent, left) => {
      const inputs = sent.map((ids, place) => ({
        batch: typeof ids === 'number' ? batchOf(undefined, ids) : batchOf(ids, ids.length),
        firstOffset: BigInt(place * 100),
        skip: new Set([left]),
      }))
      const wanted = inputs.flatMap(({ batch }) =>
        Array.from(batch.starts, (_, event) => batch.ids?.[event] ?? idAt(idBase, event)).filter(
          (_, event) => event !== left,
        ),
      )
      const [rows] = groupRows(inputs).get('t') ?? []
      const found = rows === undefined ? [] : textsOf(systemColumnsOf(rows, 't')[0]!.values as TextValues)
      expect(found).toEqual(wanted)
    }),
  )
})
