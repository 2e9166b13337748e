import { expect, test } from 'vitest'
import type { LiveFilter, LiveWatcher } from '../live.ts'
import { openLiveHub } from './live-hub.ts'

function openTest() {
  const told: { workspace: string; watchers: readonly LiveWatcher[] }[] = []
  const hub = openLiveHub((workspace, watchers) => told.push({ workspace, watchers }))
  const got: string[] = []
  const watch = (workspace: string, name: string, filter: LiveFilter = {}) =>
    hub.watch(workspace, {
      filter,
      onEvents: (events, dropped) => got.push(`${name} ${events.length} ${dropped}`),
      onClosed: () => got.push(`${name} closed`),
    })
  return { hub, told, got, watch }
}

test('the pipeline is told who watches what, and when nobody does any more', () => {
  const { told, watch } = openTest()
  const stop = watch('w', 'one', { eventType: 'order' })
  const stopOther = watch('w', 'other')
  stop()
  stop()
  stopOther()
  expect(told.map(({ watchers }) => watchers.map(({ filter }) => filter))).toEqual([
    [{ eventType: 'order' }],
    [{ eventType: 'order' }, {}],
    [{}],
    [],
  ])
})

test('events come to whom they are for, and not after they stopped', () => {
  const { hub, told, got, watch } = openTest()
  const stop = watch('w', 'one')
  watch('v', 'other')
  const ids = told.map(({ watchers }) => watchers[0]!.id)
  hub.seen([
    { id: ids[0]!, events: [], dropped: 3 },
    { id: ids[1]!, events: [], dropped: 4 },
  ])
  stop()
  hub.seen([{ id: ids[0]!, events: [], dropped: 5 }])
  expect(got).toEqual(['one 0 3', 'other 0 4'])
})

test('twenty watch at once, no more, and none once it is closed', () => {
  const { hub, got, watch } = openTest()
  const stops = Array.from({ length: 20 }, (_, n) => watch(n < 10 ? 'w' : 'v', `${n}`))
  expect(() => watch('w', 'one too many')).toThrow(/^At most 20 watch at once$/)
  stops[0]!()
  watch('w', 'last')
  hub.closeOne('w')
  expect(got).toHaveLength(10)
  hub.close()
  expect(got).toHaveLength(20)
  expect(() => watch('w', 'late')).toThrow()
})
