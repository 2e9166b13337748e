import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ask, made } from '../api/ask.fixture.ts'
import { type Fixture, openFixture } from '../fixture.ts'

let fixture: Fixture
beforeEach(async () => {
  fixture = await openFixture()
})
afterEach(() => fixture[Symbol.asyncDispose]())

const click = {
  eventType: 'click',
  version: 1,
  table: 'click',
  mode: 'AUTO_MAP',
  usesDefaultMode: true,
  fields: [],
  isFull: false,
}
const drop = (query: string, table = 'click') => ask(fixture, 'DELETE', `tables/${table}?${query}`)
const dropped = () => fixture.asked.filter(({ method }) => method === 'dropTable').map(({ argument }) => argument)
const audited = async () => {
  const { items } = (await made(fixture, 'GET', 'audit')) as unknown as { items: { action: string }[] }
  return items.filter(({ action }) => action === 'table.dropped')
}

describe('a table is dropped', () => {
  test('once its name is said again, with a row in the audit', async () => {
    for (const query of ['', 'confirm=', 'confirm=clicks', 'confirm=CLICK', 'force=true']) {
      const answer = await drop(query)
      expect(answer, query).toMatchObject({ status: 409, body: { code: 'unconfirmed' } })
      expect(answer.body['detail']).toContain('12 rows')
      expect(answer.body['errors']).toEqual([{ field: 'confirm', message: 'click' }])
    }
    expect([dropped(), await audited()]).toEqual([[], []])
    expect(await drop('confirm=click')).toMatchObject({ status: 204 })
    expect(dropped()).toEqual(['click'])
    expect(await audited()).toMatchObject([{ object: 'click', detail: { rowCount: 12, isForced: false } }])
  })

  test('though events fill it only where that is said, unless they are discarded or unmapped', async () => {
    await fixture.plane.saveMapping('default', click)
    const refused = await drop('confirm=click')
    expect(refused).toMatchObject({ status: 409, body: { code: 'conflict' } })
    expect(refused.body['detail']).toContain('the event type "click"')
    expect(dropped()).toEqual([])
    const forced = await drop('force=true')
    expect(forced).toMatchObject({ status: 409, body: { code: 'unconfirmed' } })
    expect(forced.body['detail']).toContain('the event type "click" will make it anew')
    for (const state of ['isDiscarded', 'isForgotten'] as const) {
      await fixture.plane.saveMapping('default', { ...click, version: state === 'isDiscarded' ? 2 : 3, [state]: true })
      expect(await drop('confirm=click'), state).toMatchObject({ status: 204 })
    }
    await fixture.plane.saveMapping('default', { ...click, version: 4 })
    expect(await drop('confirm=click&force=true')).toMatchObject({ status: 204 })
    expect(dropped()).toHaveLength(3)
  })

  test('though a scheduled query makes it only where that is said', async () => {
    const { id } = await made(fixture, 'POST', 'scheduled-queries', {
      label: 'clicks',
      target: 'Click',
      statement: { kind: 'select', sql: 'select 1 as n', mode: 'append' },
      schedule: { everyHours: 6 },
      isEnabled: false,
    })
    const refused = await drop('confirm=click')
    expect(refused).toMatchObject({ status: 409, body: { code: 'conflict' } })
    expect(refused.body['detail']).toContain(`the scheduled query ${id} "clicks"`)
    await ask(fixture, 'DELETE', `scheduled-queries/${id}`)
    expect(await drop('confirm=click')).toMatchObject({ status: 204 })
  })

  test('or is not there', async () => {
    expect(await drop('confirm=none', 'none')).toMatchObject({ status: 404 })
    expect(await drop('confirm=click&workspace=other')).toMatchObject({ status: 404 })
    expect(dropped()).toEqual([])
  })
})

describe('a table is altered', () => {
  const put = (columns: object[], table = 'click', query = '') =>
    ask(fixture, 'PUT', `tables/${table}${query}`, { columns })
  const evolved = () => fixture.asked.filter(({ method }) => method === 'evolveTable').map(({ argument }) => argument)

  test('by the columns alone that are not there yet', async () => {
    await put([
      { name: '_id', type: 'VARCHAR' },
      { name: 'n', type: 'BIGINT' },
    ])
    expect(evolved()).toEqual([{ name: 'click', columns: [{ name: 'n', type: 'BIGINT' }] }])
    await put([{ name: '_id', type: 'VARCHAR' }])
    expect(evolved()).toHaveLength(1)
  })

  test('but not where it must be new, nor by a type that is none', async () => {
    const column = { name: 'n', type: 'BIGINT' }
    expect(await put([column], 'click', '?isNew=true')).toMatchObject({ status: 409 })
    expect(await put([{ ...column, type: 'INTEGER' }])).toMatchObject({ status: 400 })
    expect(evolved()).toEqual([])
  })
})
