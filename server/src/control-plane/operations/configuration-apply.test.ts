/** A workspace made what a document says: all of it or nothing, and nothing where it is so already. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ask, made, tokenOf } from '../api/ask.fixture.ts'
import { type Fixture, openFixture } from '../fixture.ts'

let fixture: Fixture
beforeEach(async () => {
  fixture = await openFixture()
})
afterEach(() => fixture[Symbol.asyncDispose]())

const secret = (name: string, value?: string) => ({ secret: { name, ...(value !== undefined && { value }) } })
const document = {
  mappingMode: 'FLEXIBLE',
  inputs: [
    { label: 'hook', type: 'webhook', settings: { depth: 7, password: secret('HOOK_PASSWORD', 'planted-password') } },
    { label: 'nightly', type: 'daily', isEnabled: false, source: { schedule: { cron: '0 3 * * *' }, isPaused: true } },
  ],
  buckets: [{ input: 'hook', key: 'cellar', name: 'Cellar', eventType: 'cellar' }],
  eventTypes: [
    {
      name: 'sale',
      mapping: {
        mode: 'STRICT',
        table: 'sales',
        fields: [{ path: ['id'], column: 'id', type: 'BIGINT', origin: 'user' }],
      },
    },
  ],
  transforms: {
    order: ['main'],
    limits: { eventMs: 500 },
    modules: [{ name: 'main', language: 'javascript', code: 'export const transform = (event) => event' }],
    lookups: [{ name: 'cities', entries: { m: 'Munich' } }],
    secrets: [{ name: 'salt', value: secret('SALT', 'planted-salt') }],
  },
  notificationChannels: [
    { label: 'on call', target: { kind: 'webhook', url: secret('HOOK', 'https://hooks.example.com/planted-hook') } },
    { label: 'mail', target: { kind: 'email', to: ['a@example.com'] }, isEnabled: false },
  ],
  notificationMutes: [{ type: 'events_failed' }],
  scheduledQueries: [
    {
      label: 'daily',
      target: 'made',
      statement: { kind: 'select', sql: 'select 1 as n', mode: 'append' },
      schedule: { everyHours: 6 },
    },
  ],
  archive: { target: { kind: 'folder', folder: 'raw' } },
  semanticLayer: {
    dimensions: [{ table: 'click', column: '_id', role: 'dimension', displayName: 'Click' }],
    calculatedMeasurements: [{ name: 'CPC', formula: 'sum(spend) / sum(clicks)' }],
  },
}

const plan = (given: object, more: object = {}) =>
  ask(fixture, 'POST', 'configuration/plan', { document: given, ...more })
const apply = (given: object, more: object = {}) =>
  ask(fixture, 'POST', 'configuration/apply', { document: given, ...more })
const summary = ({ changes }: { changes: { action: string; kind: string; name: string }[] }) =>
  changes.map(({ action, kind, name }) => `${action} ${kind} ${name}`.trim())
const exported = async () => (await ask(fixture, 'GET', 'configuration')).body

test('everything is made, each with its audit row, told without secrets, and made only once', async () => {
  const planned = await plan(document)
  expect(planned.text).not.toContain('planted')
  expect([planned.status, summary(planned.body)]).toEqual([
    200,
    [
      'update mapping-mode',
      'create input hook',
      'create input nightly',
      'create bucket hook/cellar',
      'create event-type sale',
      'create module main',
      'create lookup cities',
      'create secret salt',
      'update code-settings',
      'create scheduled-query made',
      'create channel on call',
      'create channel mail',
      'create mute events_failed',
      'create archive',
      'create dimension click._id',
      'create calculated-measurement CPC',
    ],
  ])
  expect(planned.body.notes).toEqual([
    expect.stringContaining('the calculated measurement CPC is not valid yet: '),
    expect.stringContaining('There is no clicks'),
  ])
  expect(planned.body.kept).toEqual([{ kind: 'input', name: 'native' }])
  const before = await exported()
  expect(before.inputs.map(({ label }: { label: string }) => label)).toEqual(['native'])

  const applied = await apply(document, { baseVersion: planned.body.baseVersion })
  expect([applied.status, summary(applied.body)]).toEqual([200, summary(planned.body)])
  expect(applied.body.keys.map(({ object }: { object: string }) => object)).toEqual(['input hook', 'channel on call'])
  expect(await exported()).toMatchObject({
    mappingMode: 'FLEXIBLE',
    inputs: [
      { label: 'hook', settings: { depth: 7, password: { set: true } } },
      { label: 'native' },
      {
        label: 'nightly',
        isEnabled: false,
        source: { isPaused: true, schedule: { cron: '0 3 * * *', timeZone: 'UTC' } },
      },
    ],
    buckets: [{ input: 'hook', key: 'cellar', name: 'Cellar', eventType: 'cellar' }],
    eventTypes: [{ name: 'sale', mapping: { mode: 'STRICT', table: 'sales' } }],
    transforms: { secretNames: ['salt'], limits: { eventMs: 500 }, lookups: [{ name: 'cities' }] },
    notificationChannels: [
      { label: 'mail', isEnabled: false },
      { label: 'on call', target: { host: 'hooks.example.com' } },
    ],
    scheduledQueries: [{ label: 'daily', timeLimitSeconds: 600 }],
    archive: { target: { kind: 'folder', folder: 'raw' } },
    semanticLayer: { calculatedMeasurements: [{ name: 'CPC' }] },
  })
  const audit = await ask(fixture, 'GET', 'audit?limit=1000')
  const actions = audit.body.items.map(({ action }: { action: string }) => action)
  for (const action of ['input.created', 'mapping.set', 'transform.deployed', 'scheduled-query.created', 'archive.set'])
    expect(actions).toContain(action)
  expect(fixture.asked.map(({ method }) => method)).toEqual(
    expect.arrayContaining(['mappings.setTogether', 'mappings.setMode', 'transforms.deploy', 'archives.set']),
  )

  expect(summary((await apply(document)).body)).toEqual([])
  const audited = (await ask(fixture, 'GET', 'audit?limit=1000')).body.items.length
  expect(audited).toBe(audit.body.items.length)
  expect(summary((await plan(document)).body)).toEqual([])
})

test('each object that changes has one row in the audit, whatever it takes to change it', async () => {
  await apply(document)
  const rows = (await ask(fixture, 'GET', 'audit?limit=1000')).body.items as { action: string; object: string }[]
  const about = (kind: string) => rows.filter(({ action }) => action.startsWith(`${kind}.`))
  for (const kind of ['input', 'source', 'mapping', 'bucket', 'scheduled-query', 'channel', 'archive', 'transform']) {
    const objects = about(kind).map(({ object }) => object)
    expect([kind, objects.length]).toEqual([kind, new Set(objects).size])
  }
  // Made, switched off, scheduled and paused.
  const made = await exported()
  expect(made.inputs.find(({ label }: { label: string }) => label === 'nightly')).toMatchObject({ isEnabled: false })
  const inputs = (await ask(fixture, 'GET', 'inputs')).body.items as { id: string; label: string }[]
  const { id } = inputs.find(({ label }) => label === 'nightly')!
  expect(rows.filter(({ object }) => object === id).map(({ action }) => action)).toEqual(['input.created'])
})

test('a secret that was changed since the plan is a conflict, and shows by its fingerprint', async () => {
  await apply(document)
  const planned = await plan(document)
  expect(planned.body.changes).toEqual([])
  expect(planned.body.secrets.map(({ place }: { place: string }) => place)).toEqual([
    'channel on call',
    'input hook.password',
    'secret salt',
  ])
  const [hook] = document.inputs
  const other = { ...hook, settings: { depth: 7, password: secret('HOOK_PASSWORD', 'rotated-by-hand') } }
  await apply({ inputs: [other] })
  const after = await plan(document)
  const of = (body: { secrets: { place: string; fingerprint: string }[] }) =>
    Object.fromEntries(body.secrets.map(({ place, fingerprint }) => [place, fingerprint]))
  const [then, now] = [of(planned.body), of(after.body)]
  expect(now['input hook.password']).not.toBe(then['input hook.password'])
  expect(now['secret salt']).toBe(then['secret salt'])
  expect(after.text).not.toContain('rotated')
  expect((await apply(document, { baseVersion: planned.body.baseVersion })).status).toBe(409)
  expect((await apply(document, { baseVersion: after.body.baseVersion })).status).toBe(200)
})

test('secrets that are not given are not compared, and the plan says so', async () => {
  await apply(document)
  const [hook] = document.inputs
  const notGiven = { ...hook, settings: { depth: 7, password: secret('HOOK_PASSWORD') } }
  const { changes, notes } = (await plan({ ...document, inputs: [notGiven, document.inputs[1]] })).body
  expect([changes, notes]).toEqual([
    [],
    expect.arrayContaining([expect.stringMatching(/not compared: HOOK_PASSWORD$/)]),
  ])
})

test('what changes is told field by field; of a secret only that it changes', async () => {
  await apply(document)
  const [hook] = document.inputs
  const settings = { depth: 3, password: secret('HOOK_PASSWORD', 'planted-other') }
  const changed = { ...document, inputs: [{ ...hook, settings }, document.inputs[1]] }
  const planned = await plan(changed)
  expect(planned.body.changes).toEqual([
    {
      action: 'update',
      kind: 'input',
      name: 'hook',
      fields: [
        { field: 'settings.depth', before: 7, after: 3 },
        { field: 'settings.password', isSecret: true },
      ],
    },
  ])
  expect((await apply(changed)).status).toBe(200)
  expect((await plan(changed)).body.changes).toEqual([])
  const notGiven = { ...hook, settings: { depth: 3, password: secret('HOOK_PASSWORD') } }
  expect((await plan({ ...changed, inputs: [notGiven, document.inputs[1]] })).body.changes).toEqual([])
})

test('what the document does not name stays, unless it is told to go', async () => {
  await apply(document)
  const empty = { inputs: [{ label: 'native', type: 'native' }] }
  const kept = await plan(empty)
  expect(kept.body.changes).toEqual([])
  expect(kept.body.kept).toContainEqual({ kind: 'scheduled-query', name: 'made' })
  expect((await apply(empty, { prune: true })).status).toBe(200)
  const after = await exported()
  expect(after).toMatchObject({ inputs: [{ label: 'native' }], eventTypes: [], archive: null, scheduledQueries: [] })
  expect(after.transforms).toMatchObject({ modules: [], lookups: [], secretNames: [] })
  expect(summary((await plan(empty, { prune: true })).body)).toEqual([])
})

describe('nothing at all is changed', () => {
  const wrong: [string, object, number, RegExp][] = [
    [
      'by a query whose time never comes',
      { scheduledQueries: [{ ...document.scheduledQueries[0], schedule: { cron: '0 0 30 2 *' } }] },
      400,
      /never comes/,
    ],
    [
      'by settings that the type does not have',
      { inputs: [{ label: 'x', type: 'webhook', settings: { depth: 99 } }] },
      400,
      /depth/,
    ],
    ['by a type that there is not', { inputs: [{ label: 'x', type: 'carrier-pigeon' }] }, 400, /carrier-pigeon/],
    [
      'by a secret that nobody has',
      { inputs: [{ label: 'x', type: 'fetched', settings: { url: secret('URL') } }] },
      400,
      /The secret URL is not given/,
    ],
    [
      'by a secret that stands there openly',
      { inputs: [{ label: 'x', type: 'fetched', settings: { url: 'https://a' } }] },
      400,
      /by reference/,
    ],
    [
      'by a secret where it would be shown',
      { inputs: [{ label: 'x', type: 'webhook', settings: { depth: secret('D', '1') } }] },
      400,
      /would be shown/,
    ],
    ['by an order of modules that are not there', { transforms: { order: ['gone'] } }, 400, /There is no module gone/],
    [
      'by two of one name',
      {
        inputs: [
          { label: 'x', type: 'native' },
          { label: 'x', type: 'native' },
        ],
      },
      400,
      /twice/,
    ],
    [
      'by a bucket of an input that is not there',
      { buckets: [{ input: 'none', key: 'k', name: '', eventType: 'k' }] },
      404,
      /input none/,
    ],
    ['by a field that nobody knows', { tables: [] }, 400, /tables/],
  ]
  test.each(wrong)('%s', async (_, part, status, reason) => {
    const before = (await ask(fixture, 'GET', 'configuration')).text
    const first = { label: 'first', type: 'native' }
    const given = {
      mappingMode: 'STRICT',
      ...part,
      inputs: [first, ...('inputs' in part ? (part.inputs as object[]) : [])],
    }
    for (const ask of [plan, apply]) {
      const answer = await ask(given)
      expect([answer.status, answer.text]).toEqual([status, expect.stringMatching(reason)])
    }
    expect((await ask(fixture, 'GET', 'configuration')).text).toBe(before)
    expect(fixture.asked.filter(({ method }) => /set|deploy/i.test(method))).toEqual([])
  })

  test('by a plan that somebody else has overtaken', async () => {
    const { baseVersion } = (await plan(document)).body
    await made(fixture, 'POST', 'inputs', { label: 'between', type: 'native' })
    const answer = await apply(document, { baseVersion })
    expect([answer.status, answer.body.code]).toEqual([409, 'conflict'])
    expect((await exported()).eventTypes).toEqual([])
  })

  test('by those who may not set what a workspace is set to', async () => {
    for (const role of ['editor', 'viewer'] as const) {
      const token = await tokenOf(fixture, role)
      for (const path of ['plan', 'apply'])
        expect((await ask(fixture, 'POST', `configuration/${path}`, { document }, token)).status).toBe(403)
    }
  })
})
