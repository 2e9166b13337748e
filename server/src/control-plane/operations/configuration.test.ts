import { afterEach, beforeEach, expect, test } from 'vitest'
import { ask, made, tokenOf } from '../api/ask.fixture.ts'
import { admin, type Fixture, ingestKey, openFixture } from '../fixture.ts'

let fixture: Fixture
beforeEach(async () => {
  fixture = await openFixture()
})
afterEach(() => fixture[Symbol.asyncDispose]())

/** What nobody may read again, wherever a workspace has such things: planted by the test, or told once by the server. */
async function plantSecrets(workspace = 'default'): Promise<string[]> {
  const make = (method: 'POST' | 'PUT', path: string, body: object) =>
    made(fixture, method, `${path}?workspace=${workspace}`, body)
  const planted = (name: string) => `canary-${name}-${workspace}`
  const hook = await make('POST', 'inputs', {
    label: 'hook',
    type: 'webhook',
    settings: { depth: 7, password: planted('password') },
  })
  const fetched = { url: `https://${planted('name')}:${planted('password')}@example.com/?token=${planted('token')}` }
  const from = `mqtts://${planted('user')}:${planted('phrase')}@broker.example.com/topic`
  await make('POST', 'inputs', { label: 'fetched', type: 'fetched', settings: { ...fetched, from } })
  const signed = await make('POST', 'inputs', { label: 'signed', type: 'signed', settings: {} })
  await make('PUT', 'transforms/secrets/salt', { value: planted('salt'), message: 'Salt' })
  const webhook = await make('POST', 'notification-channels', {
    label: 'on call',
    target: { kind: 'webhook', url: `https://hooks.example.com/${planted('hook')}` },
    severityMin: 'error',
    digest: 'hourly',
  })
  await make('POST', 'notification-channels', {
    label: 'chat',
    target: { kind: 'slack', url: `https://hooks.slack.example.com/${planted('slack')}` },
    severityMin: 'info',
    digest: 'immediately',
  })
  const token = await make('POST', 'tokens', { label: 'mine', role: 'viewer' })
  const told = [hook.key, signed.key, webhook.signingSecret, token.text, admin.token, admin.password, ingestKey]
  expect(told.every((text) => typeof text === 'string' && text.length > 8)).toBe(true)
  return ['canary', ...told]
}

async function configure(workspace = 'default'): Promise<void> {
  const make = (method: 'POST' | 'PUT' | 'PATCH', path: string, body: object) =>
    made(fixture, method, `${path}?workspace=${workspace}`, body)
  await make('PUT', 'mapping-mode', { mode: 'STRICT' })
  const modules = [
    { name: 'second', language: 'javascript', code: 'export const transform = (event) => event' },
    { name: 'first', language: 'python', code: 'def transform(event): return event' },
  ]
  await make('POST', 'transforms/deploy', { modules, order: ['first', 'second'], message: 'Both' })
  await make('PATCH', 'transforms/settings', { limits: { eventMs: 500 }, message: 'Quicker' })
  await make('PUT', 'transforms/lookups/cities', { entries: { m: 'Munich', b: { z: 1, a: 2 } }, message: 'Cities' })
  await make('POST', 'notification-mutes', { type: 'events_failed', until: null })
  await make('POST', 'scheduled-queries', {
    label: 'daily',
    target: 'made',
    statement: { kind: 'select', sql: 'select 1 as n', mode: 'append' },
    schedule: { everyHours: 6 },
  })
  await fixture.plane.saveMapping(workspace, sale)
  const gone = { ...sale, eventType: 'gone', isForgotten: true }
  await fixture.plane.saveMapping(workspace, gone)
}

const sale = {
  eventType: 'sale',
  version: 1,
  table: 'sales',
  mode: 'FLEXIBLE',
  usesDefaultMode: false,
  isDiscarded: false,
  isForgotten: false,
  onConflict: 'null',
  primaryKey: ['id'],
  fields: [
    { path: ['id'], column: 'id', type: 'BIGINT', seen: { kind: 'json' }, origin: 'user', nonNull: true },
    { path: ['price'], column: 'price', type: 'DECIMAL(38,2)', seen: { kind: 'json' }, origin: 'user', precision: 9 },
  ],
  discarded: [['debug']],
  retired: [],
  formerTables: [],
  isFull: false,
}

test('all that a workspace is set to is in its export, and no secret is', async () => {
  const secrets = await plantSecrets()
  await configure()
  const { status, body, text } = await ask(fixture, 'GET', 'configuration')
  expect(status).toBe(200)
  for (const secret of secrets) expect(text).not.toContain(secret)

  const { inputs, transforms, ...rest } = body
  expect(inputs.map(({ label }: { label: string }) => label)).toEqual(['fetched', 'hook', 'native', 'signed'])
  expect(inputs[0].settings).toEqual({ from: 'mqtts://broker.example.com/topic', url: { set: true } })
  expect(inputs[1]).toEqual({
    label: 'hook',
    type: 'webhook',
    isEnabled: true,
    settings: { depth: 7, password: { set: true } },
  })
  expect(transforms).toMatchObject({
    order: ['first', 'second'],
    limits: { eventMs: 500, chunkMs: 5_000 },
    modules: [
      { name: 'first', language: 'python' },
      { name: 'second', code: 'export const transform = (event) => event' },
    ],
    lookups: [{ name: 'cities', entries: { m: 'Munich', b: { z: 1, a: 2 } } }],
    secretNames: ['salt'],
  })
  expect(rest).toMatchObject({
    format: 1,
    workspace: 'default',
    mappingMode: 'STRICT',
    eventTypes: [
      {
        name: 'sale',
        mapping: {
          mode: 'FLEXIBLE',
          table: 'sales',
          primaryKey: ['id'],
          fields: [
            { path: ['id'], column: 'id', type: 'BIGINT', origin: 'user', nonNull: true },
            { path: ['price'], column: 'price', type: 'DECIMAL', origin: 'user', precision: 9, scale: 2 },
            { path: ['debug'], isDiscarded: true },
          ],
        },
      },
    ],
    tables: [{ name: 'sales', primaryKey: ['id'], eventTypes: ['sale'] }],
    notificationChannels: [
      { label: 'chat', target: { kind: 'slack', host: 'hooks.slack.example.com' } },
      { label: 'on call', target: { kind: 'webhook', host: 'hooks.example.com' }, severityMin: 'error' },
    ],
    notificationMutes: [{ type: 'events_failed', until: null }],
    scheduledQueries: [{ label: 'daily', target: 'made', schedule: { everyHours: 6 }, timeLimitSeconds: 600 }],
  })
  expect(await setAgain(body.eventTypes[0])).toBe(200)
})

/** What is exported of a mapping is what the API takes. */
async function setAgain({ name, mapping }: { name: string; mapping: object }): Promise<number> {
  return (await ask(fixture, 'PUT', `event-types/${name}/mapping`, mapping)).status
}

test('an export is the same, to the byte, until somebody changes something, and knows its own workspace alone', async () => {
  await made(fixture, 'POST', 'workspaces', { id: 'other', name: 'Other' })
  await plantSecrets('other')
  await configure('other')
  const before = (await ask(fixture, 'GET', 'configuration')).text
  expect(before).not.toContain('sale')
  await plantSecrets()
  await configure()
  const after = (await ask(fixture, 'GET', 'configuration')).text
  fixture.clock.ahead = 60_000
  expect((await ask(fixture, 'GET', 'configuration')).text).toBe(after)
  const other = (await ask(fixture, 'GET', 'configuration?workspace=other')).text
  expect(withoutNative(JSON.parse(other))).toEqual({ ...withoutNative(JSON.parse(after)), workspace: 'other' })
})

/** The first workspace has an input from the start. */
function withoutNative(configuration: { inputs: { label: string }[] }) {
  return { ...configuration, inputs: configuration.inputs.filter(({ label }) => label !== 'native') }
}

test('it takes a role that may read settings', async () => {
  for (const [role, status] of [
    ['editor', 200],
    ['analyst', 403],
    ['viewer', 403],
  ] as const)
    expect((await ask(fixture, 'GET', 'configuration', undefined, await tokenOf(fixture, role))).status).toBe(status)
})
