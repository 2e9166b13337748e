import { expect, test } from 'vitest'
import { draftOf, kindsOf } from './failure-kinds.ts'
import { observed } from './observed-batch.fixture.ts'

const reasonOf = ({ code }: { code: string }) => ({ fingerprint: `f-${code}`, pattern: 'It is <text>' })

test('failures alike are one kind with a count, and one notification that quotes no event', () => {
  const { failures } = observed([
    { type: 'order', code: 'number_range' },
    { type: 'click', code: 'number_range' },
    { type: 'order', code: 'number_range' },
    { type: 'order' },
    { type: 'order', code: 'invalid_json' },
  ])
  const kinds = kindsOf(failures, reasonOf)
  expect(kinds.map(({ fingerprint, eventType, count }) => `${fingerprint} ${eventType} ${count}`)).toEqual([
    'f-number_range order 2',
    'f-number_range click 1',
    'f-invalid_json order 1',
  ])
  expect(draftOf({ ...kinds[0]!, stage: 'transform' })).toMatchObject({ severity: 'error' })
  expect(draftOf(kinds[0]!)).toMatchObject({
    severity: 'warning',
    message: 'Events of the type "order" wait in the restream queue (stage map, number_range): It is <text>',
    cause: { kind: 'cluster', id: 'f-number_range' },
    count: 2,
  })
})

test('of a batch in which everything fails differently only some kinds are told', () => {
  const { failures } = observed(Array.from({ length: 500 }, (_, n) => ({ type: `t${n}`, code: 'number_range' })))
  expect(kindsOf(failures, reasonOf)).toHaveLength(50)
})
