import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ask, made, tokenOf } from '../api/ask.fixture.ts'
import { type Fixture, openFixture } from '../fixture.ts'
import { openDryRuns } from './dry-runs.ts'

let fixture: Fixture
beforeEach(async () => {
  fixture = await openFixture()
})
afterEach(() => fixture[Symbol.asyncDispose]())

const code = 'export function transform(event) { return event }'
const events = [{ eventType: 'click', data: { n: 1 } }]
const draft = [{ name: 'main', language: 'javascript', code }]
const test_ = (payload: object, token?: string) => ask(fixture, 'POST', 'transforms/test', payload, token)
const asked = () => fixture.asked.at(-1)?.argument

test('what is deployed is tested on events that are given, with every digit of theirs and of the answer', async () => {
  const { body } = await test_({
    source: { events: [{ eventType: 'click', data: '{"n":12345678901234567890}', id: 'mine', restreamCount: 2 }] },
    withMapping: true,
  })
  expect(asked()).toEqual({
    code: 'live',
    withMapping: true,
    source: {
      events: [
        { eventType: 'click', eventId: 'mine', restreamCount: 2, raw: Buffer.from('{"n":12345678901234567890}') },
      ],
    },
  })
  expect(body).toMatchObject({ leftOut: 2, stoppedBy: 'time' })
  expect(body.results).toMatchObject([
    {
      outputs: [{ data: '{"n":12345678901234567890}' }],
      printed: 'seen\n',
      fault: null,
      addedColumns: [{ column: 'n' }],
    },
  ])
})

test('a draft is what is deployed with the change, secrets and lookups included, and nothing is stored of it', async () => {
  await made(fixture, 'PUT', 'transforms/modules/helper', { code: 'export const one = 1', language: 'javascript' })
  await made(fixture, 'PUT', 'transforms/secrets/salt', { value: 's3cret' })
  await test_({ modules: draft, source: { events } })
  expect(asked()).toMatchObject({
    code: { modules: [{ name: 'helper' }, { name: 'main', code }], order: ['main'], secrets: { salt: 's3cret' } },
  })
  expect(await made(fixture, 'GET', 'transforms/modules')).toMatchObject({ items: [{ name: 'helper' }] })
})

test('code of one’s own needs the permission to deploy it; sampled and failed events that to see them', async () => {
  const [viewer, analyst] = [await tokenOf(fixture, 'viewer'), await tokenOf(fixture, 'analyst')]
  expect((await test_({ source: { events } }, viewer)).status).toBe(200)
  expect((await test_({ source: { events }, modules: draft }, analyst)).status).toBe(403)
  for (const source of [{ samples: { eventType: 'click' } }, { cluster: { fingerprint: '0123456789abcdef' } }]) {
    expect((await test_({ source }, viewer)).status).toBe(403)
    expect((await test_({ source }, analyst)).status).toBe(200)
  }
  expect(asked()).toMatchObject({ source: { cluster: '0123456789abcdef', limit: 10 } })
})

test.each([
  ['no source', {}],
  ['two sources', { events, samples: {} }],
  ['an event that is no object', { events: [{ eventType: 'click', data: '[1]' }] }],
  ['an event that is no JSON', { events: [{ eventType: 'click', data: '{' }] }],
])('%s is a bad request', async (_, source) => {
  expect(await test_({ source })).toMatchObject({
    status: 400,
    body: { errors: [{ field: expect.stringMatching(/^source/) }] },
  })
})

test('a dry run counts what would pass, and is there until it is deleted', async () => {
  const filter = { code: 'number_range', offsets: ['41'] }
  const mapping = { eventType: 'click', mapping: { fields: [] } }
  const begun = await made(fixture, 'POST', 'transforms/dry-runs', { modules: draft, mapping, filter })
  expect(asked()).toMatchObject({ code: { modules: draft }, mapping, filter })
  const url = `transforms/dry-runs/${begun.id}`
  const done = {
    state: 'DONE',
    total: 3,
    done: 3,
    passed: 1,
    dropped: 1,
    failed: 1,
    reasons: [{ examples: [{ offset: '41' }] }],
  }
  expect(await made(fixture, 'GET', url)).toMatchObject(done)
  expect(await made(fixture, 'GET', 'transforms/dry-runs')).toMatchObject({ items: [{ id: begun.id }] })
  await made(fixture, 'DELETE', url)
  expect((await ask(fixture, 'GET', url)).status).toBe(404)
})

test('a dry run of the code that is deployed needs no permission to deploy; one of other code does', async () => {
  const analyst = await tokenOf(fixture, 'analyst')
  expect((await ask(fixture, 'POST', 'transforms/dry-runs', {}, analyst)).status).toBe(202)
  expect((await ask(fixture, 'POST', 'transforms/dry-runs', { modules: draft }, analyst)).status).toBe(403)
})

const nothing = { total: 2, done: 0, passed: 0, dropped: 0, failed: 0, reasons: [] }

test('one dry run of a workspace at a time; its progress can be followed, and deleting stops it', async () => {
  const runs = openDryRuns(() => 1_000)
  const end = Promise.withResolvers<typeof nothing>()
  let heard: AbortSignal | undefined
  const { id } = runs.start('default', ({ onProgress, signal }) => {
    heard = signal
    onProgress({ ...nothing, done: 1, passed: 1 })
    return end.promise
  })
  expect(runs.get('default', id)).toMatchObject({ state: 'RUNNING', done: 1, endedAt: null })
  expect(() => runs.start('default', () => end.promise)).toThrow(expect.objectContaining({ code: 'conflict' }))
  expect(runs.start('other', async () => nothing).state).toBe('RUNNING')
  expect(runs.get('other', id)).toBeUndefined()
  runs.delete('default', id)
  expect(heard?.aborted).toBe(true)
  expect(runs.list('default')).toEqual([])
})

test('a dry run that fails says why, and the next one may begin; ten are kept', async () => {
  const runs = openDryRuns(() => 1_000)
  const { id } = runs.start('default', () => Promise.reject(new Error('inside')))
  await vi.waitFor(() => expect(runs.get('default', id)).toMatchObject({ state: 'FAILED', endedAt: 1_000 }))
  expect(runs.get('default', id)?.error).not.toContain('inside')
  for (let count = 0; count < 12; count++) {
    const next = runs.start('default', async () => nothing).id
    await vi.waitFor(() => expect(runs.get('default', next)?.state).toBe('DONE'))
  }
  expect(runs.list('default')).toHaveLength(10)
})
