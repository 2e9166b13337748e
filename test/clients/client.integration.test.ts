/** The client against a server that runs: every call once, and what it says of failures. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cleanSystem } from '@millrace/client/clean-system'
import { bodyOf, type Client, openClient } from '@millrace/client/client'
import { clearFields, deleteEventType, discardEventType, getEventTypes, getFields } from '@millrace/client/event-types'
import {
  createInput,
  editInput,
  getInput,
  getInputs,
  pauseInput,
  removeInput,
  resumeInput,
} from '@millrace/client/inputs'
import { watchEvents } from '@millrace/client/live'
import { deleteLookup, getLookup, getLookups, setLookup } from '@millrace/client/lookups'
import {
  discardField,
  findField,
  mapField,
  renameField,
  unmapField,
  withEventsDiscarded,
  withMode,
} from '@millrace/client/mapping'
import { emptyMapping, getMapping, getMappingMode, setMapping, setMappingMode } from '@millrace/client/mappings'
import { getMetrics, incomingCount, incomingQueue, maxLatency, outputs, throughput } from '@millrace/client/metrics'
import { getErrors, getNotifications } from '@millrace/client/notifications'
import { getOutputs } from '@millrace/client/outputs'
import {
  getRestreamClusters,
  getRestreamSize,
  getRestreamStatistics,
  purgeRestream,
  restreamEnded,
  startRestream,
  stopRestream,
} from '@millrace/client/restream'
import { getSampleStatistics, getSampleStatuses, getSamples } from '@millrace/client/samples'
import {
  editScheduledQuery,
  getScheduledQueries,
  getScheduledQueriesInError,
  queryRunEnded,
  removeScheduledQuery,
  runScheduledQuery,
  scheduleQuery,
} from '@millrace/client/scheduled-queries'
import { deleteSecret, getSecrets, setSecret } from '@millrace/client/secrets'
import { getSettings, setEmailNotifications, updateSettings } from '@millrace/client/settings'
import { alterTable, createTable, dropTable, getTable, getTables, lostWith } from '@millrace/client/tables'
import {
  deleteTransform,
  deployTransforms,
  dryRunEnded,
  getTransform,
  getTransformDifference,
  getTransformState,
  getTransforms,
  getTransformVersions,
  resetTransforms,
  resumeTransforms,
  rollBackTransforms,
  setTransform,
  startDryRun,
  testAllSamples,
  testTransform,
} from '@millrace/client/transforms'
import { addUser, getUsers, removeUser, setRole } from '@millrace/client/users'
import { readConfig } from '@millrace/server/config'
import { startServer } from '@millrace/server/main'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/** On a busy machine. */
const patience = { timeout: 30_000, interval: 50 }

const folder = mkdtempSync(join(tmpdir(), 'millrace-client-'))
let server: Awaited<ReturnType<typeof startServer>>
let local: { url: string; token: string; ingestKey: string }
let client: Client

beforeAll(async () => {
  const flags = { port: '0', data: join(folder, 'data'), logLevel: 'error' }
  server = await startServer(await readConfig({ flags, env: {}, cwd: folder }))
  local = JSON.parse(readFileSync(join(folder, 'data', 'local.json'), 'utf8'))
  client = openClient(local)
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

/** Sends events and waits until each is a row, discarded or set aside. */
async function send(type: string, events: readonly object[]): Promise<void> {
  const headers = { authorization: `Bearer ${local.ingestKey}`, 'content-type': 'application/x-ndjson' }
  const body = events.map((data) => JSON.stringify({ type, data })).join('\n')
  expect((await fetch(`${local.url}/api/v1/events`, { method: 'POST', headers, body })).status).toBe(200)
  await settled()
}

async function settled(): Promise<void> {
  const lag = async () => {
    const { partitions } = await bodyOf(client.GET('/api/v1/status'))
    return partitions.reduce((sum, { lagEvents }) => sum + lagEvents, 0)
  }
  await expect.poll(lag, patience).toBe(0)
}

const codeOf = (asked: Promise<unknown>) =>
  asked.then(
    () => 'no failure',
    (error: { code: string }) => error.code,
  )

describe('inputs', () => {
  it('are made, found by name, type and id, made like another, paused and removed', async () => {
    const shop = await createInput(client, { label: 'shop 1' })
    expect(shop.key).toBeTruthy()
    const settings = { eventsPerSecondMax: 50 }
    const device = await createInput(client, { label: 'devices', type: 'initial-state', settings })
    const like = await createInput(client, { label: 'devices 2', like: device.input })
    expect(like.input).toMatchObject({ type: 'initial-state', settings: device.input.settings })
    const labels = async (filter: Parameters<typeof getInputs>[1]) =>
      (await getInputs(client, filter)).map(({ label }) => label).sort()
    expect(await labels({ name: /^shop/ })).toEqual(['shop 1'])
    expect(await labels({ type: 'initial-state' })).toEqual(['devices', 'devices 2'])
    expect(await labels({ type: 'initial-state', name: /2$/g })).toEqual(['devices 2'])
    expect(await labels({ id: shop.input.id, type: 'initial-state' })).toEqual([])
    expect(await getInput(client, 'devices')).toEqual(await getInput(client, device.input.id))
    expect((await editInput(client, shop.input.id, { label: 'shop one' })).label).toBe('shop one')
    expect((await pauseInput(client, shop.input.id)).disabledAt).not.toBeNull()
    expect((await resumeInput(client, shop.input.id)).disabledAt).toBeNull()
    await removeInput(client, shop.input.id)
    expect(await codeOf(getInput(client, 'shop one'))).toBe('not_found')
    expect(await codeOf(createInput(client, { label: 'devices' }))).toBe('conflict')
  })

  it('one click has columns made by themselves', async () => {
    await setMappingMode(client, 'STRICT')
    await createInput(client, { label: 'careful' })
    expect(await getMappingMode(client)).toBe('STRICT')
    await createInput(client, { label: 'easy', oneClick: true })
    expect(await getMappingMode(client)).toBe('AUTO_MAP')
  })
})

describe('mappings', () => {
  it('go back as they came', async () => {
    await send('sale', [{ id: 1, price: 1.5, total: '1234567890123456789012.5', note: 'x', buyer: { name: 'Ada' } }])
    await setMapping(client, 'sale', discardField(await getMapping(client, 'sale'), 'secret'))
    const mapping = await getMapping(client, 'sale')
    const { version } = await bodyOf(
      client.GET('/api/v1/event-types/{name}', { params: { path: { name: 'sale' } } }),
    ).then(({ versions }) => versions[0]!)
    const again = await setMapping(client, 'sale', mapping)
    expect(again).toEqual({ version, mapping })
  })

  it('a field is mapped, renamed, discarded, unmapped; a version of before is still there', async () => {
    const before = await getMapping(client, 'sale')
    expect(findField(before, 'buyer.name')?.column).toBe('buyer_name')
    const edited = unmapField(discardField(renameField(before, 'note', 'remark'), 'buyer'), 'buyer.name')
    const made = mapField(edited, 'sum', { column: 'sum', type: 'DECIMAL', precision: 10, scale: 2 })
    const { mapping, version } = await setMapping(client, 'sale', withMode(made, 'FLEXIBLE'))
    expect(mapping).toMatchObject({ mode: 'FLEXIBLE', usesDefaultMode: false })
    expect(findField(mapping, 'sum')).toMatchObject({ type: 'DECIMAL', precision: 10, scale: 2, origin: 'user' })
    await send('sale', [{ id: 2, note: 'y', sum: 1.25, buyer: { name: 'Grace' }, new: 1 }])
    const { columns } = await getTable(client, 'sale')
    expect(columns.map(({ name }) => name)).toEqual(expect.arrayContaining(['note', 'remark', 'sum']))
    expect(columns.map(({ name }) => name)).not.toContain('new')
    expect(await getMapping(client, 'sale', version - 1)).toEqual(before)
  })

  it('what is wrong with one is told field by field', async () => {
    const mapping = mapField(await getMapping(client, 'sale'), 'id', { column: 'id', type: 'COLOUR' })
    const failure = await setMapping(client, 'sale', mapping).catch((error) => error)
    expect(failure).toMatchObject({ code: 'invalid_mapping', fields: [{ field: 'fields.0.type' }] })
  })

  it('an event type is made before it is seen, discarded and forgotten', async () => {
    await setMapping(client, 'later', mapField(emptyMapping, 'n', { column: 'n', type: 'BIGINT' }))
    await discardEventType(client, 'later')
    await send('later', [{ n: 1 }])
    expect((await getFields(client, 'later')).count).toBe(1)
    await clearFields(client, 'later')
    expect(await codeOf(getFields(client, 'none'))).toBe('not_found')
    await setMapping(client, 'later', withEventsDiscarded(await getMapping(client, 'later'), false))
    await send('later', [{ n: 2 }])
    const counted = client.POST('/api/v1/query', { body: { sql: 'SELECT n FROM later' } })
    expect((await bodyOf(counted)).rows).toHaveLength(1)
    await deleteEventType(client, 'later')
    expect((await getEventTypes(client)).map(({ name }) => name)).not.toContain('later')
  })
})

it('tables are created, altered and dropped', async () => {
  await createTable(client, 'price', [{ name: 'amount', type: 'BIGINT' }])
  expect(await codeOf(createTable(client, 'price', [{ name: 'amount', type: 'BIGINT' }]))).toBe('conflict')
  const altered = await alterTable(client, 'price', [{ name: 'currency', type: 'VARCHAR' }])
  expect(altered.columns.map(({ name }) => name)).toEqual(expect.arrayContaining(['amount', 'currency']))
  expect(await codeOf(alterTable(client, 'none', [{ name: 'a', type: 'BIGINT' }]))).toBe('not_found')
  expect((await getTables(client)).map(({ name }) => name)).toContain('price')
  expect(await lostWith(client, 'price')).toContain('0 rows')
  await dropTable(client, 'price')
  expect((await getTables(client)).map(({ name }) => name)).not.toContain('price')
  expect(await codeOf(dropTable(client, 'price'))).toBe('not_found')
})

describe('code', () => {
  const javascript = (code: string) => ({ name: 'main', language: 'javascript' as const, code })

  it('is deployed, read, tested and deleted', async () => {
    await send('click', [{ n: 1 }, { n: 2 }])
    const double = javascript('export function transform(event) { console.log("seen"); event.n *= 2; return event }')
    const tried = await testTransform(
      client,
      { events: [{ eventType: 'click', data: { n: 4 } }] },
      { modules: [double], withMapping: true },
    )
    expect(tried).toMatchObject([{ printed: 'seen\n', fault: null, rows: [{ table: 'click' }] }])
    expect(JSON.parse(tried[0]?.outputs[0]?.data ?? '')).toEqual({ n: 8 })
    expect(await getTransforms(client)).toEqual([])
    const { version } = await setTransform(client, double, { message: 'Doubles' })
    expect(await getTransform(client)).toMatchObject({ name: 'main', code: double.code })
    expect(await codeOf(setTransform(client, double, { baseVersion: version - 1 }))).toBe('precondition_failed')
    expect((await getTransformVersions(client, 1))[0]).toMatchObject({ version, message: 'Doubles' })
    const { modules } = await getTransformDifference(client, version)
    expect(modules).toMatchObject([{ name: 'main', change: 'added', patch: expect.stringMatching(/^\+export/m) }])
    await expect.poll(() => testAllSamples(client, 'click'), patience).toMatchObject([{ fault: null }, { fault: null }])
    const wrong = await setTransform(client, javascript('export function transform(')).catch((error) => error)
    expect(wrong).toMatchObject({ code: 'invalid_code', fields: [{ field: expect.stringMatching(/^main:1/) }] })
    await deployTransforms(client, {
      modules: [{ name: 'helper', language: 'javascript', code: 'export const a = 1' }],
    })
    await deleteTransform(client, 'helper')
    expect((await getTransforms(client)).map(({ name }) => name)).toEqual(['main'])
    await resetTransforms(client)
    expect(await getTransforms(client)).toEqual([])
  })

  it('what it fails on waits, is tried dry, and is sent through again', async () => {
    await setTransform(client, javascript('export function transform(event) { return event.a.b.c }'))
    await send('broken', [{ n: 1 }, { n: 2 }, { n: 3 }])
    expect(await getRestreamSize(client)).toBe(3)
    const [cluster] = await getRestreamClusters(client)
    expect(cluster).toMatchObject({ code: 'transform_error', count: 3 })
    const fixed = javascript('export function transform(event) { return event.n === 2 ? null : event }')
    const filter = { fingerprint: cluster!.fingerprint }
    const dry = await dryRunEnded(client, await startDryRun(client, { modules: [fixed], filter }))
    expect(dry).toMatchObject({ state: 'DONE', total: 3, passed: 2, dropped: 1, failed: 0 })
    expect(await getRestreamSize(client)).toBe(3)
    await setTransform(client, fixed)
    const run = await restreamEnded(client, await startRestream(client, filter))
    expect(run).toMatchObject({ state: 'DONE', sent: 3 })
    await expect.poll(() => getRestreamSize(client), patience).toBe(0)
    await settled()
    expect(await getRestreamStatistics(client)).toMatchObject({ events: 0, sent: 0, isFull: false })
    expect(await stopRestream(client)).toEqual([])
  })
})

describe('what goes on', () => {
  it('samples, notifications and metrics', async () => {
    await expect.poll(() => getSampleStatistics(client), patience).toMatchObject({ broken: { transform_error: 3 } })
    const samples = await getSamples(client, { eventType: 'broken', statuses: ['transform_error'], limit: 2 })
    expect(samples).toHaveLength(2)
    expect(await getSampleStatuses(client)).toHaveProperty('VALID')
    expect((await getNotifications(client)).map(({ type }) => type)).toContain('events_failed')
    expect(await getNotifications(client, new Date(Date.now() + 60_000))).toEqual([])
    expect(await getErrors(client)).toMatchObject([{ type: 'events_failed', count: 3 }])
    const { books } = (await bodyOf(client.GET('/api/v1/status'))).partitions[0]!
    await expect.poll(() => incomingCount(client), patience).toBe(books.received - books.resent)
    expect(await outputs(client)).toMatchObject({ failed: 3 })
    expect(await incomingQueue(client)).toBeGreaterThanOrEqual(0)
    expect(await maxLatency(client)).toBeGreaterThan(0)
    expect((await throughput(client)).received).toBeGreaterThan(0)
    expect(await codeOf(getMetrics(client, ['NONE' as 'LATENCY_AVG']))).toBe('invalid_request')
  })

  it('the live tail shows events as they go by, until one has seen enough', async () => {
    const stopping = new AbortController()
    const seen = []
    for await (const message of watchEvents(client, { stage: 'loaded', eventType: 'seen' }, stopping.signal)) {
      if (message.kind === 'open') await send('seen', [{ hello: 1 }])
      if (message.kind !== 'event') continue
      seen.push(message.event)
      break
    }
    stopping.abort()
    expect(seen).toMatchObject([{ stage: 'loaded', eventType: 'seen', raw: { isWhole: true } }])
  })
})

it('secrets and lookups of code are set and deleted, each a version that can be rolled back', async () => {
  const { version } = await setLookup(client, 'cities', { o: 'Oslo' })
  await setSecret(client, 'salt', 'a very secret salt')
  expect(await getSecrets(client)).toMatchObject([{ name: 'salt' }])
  expect(JSON.stringify(await getSecrets(client))).not.toContain('very secret')
  expect(await getLookup(client, 'cities')).toMatchObject({ keys: 1, entries: { o: 'Oslo' } })
  await deleteLookup(client, 'cities')
  expect(await codeOf(getLookup(client, 'cities'))).toBe('not_found')
  await rollBackTransforms(client, version, { message: 'Cities again' })
  expect(await getLookups(client)).toMatchObject([{ name: 'cities' }])
  await deleteSecret(client, 'salt')
  expect(await codeOf(deleteSecret(client, 'salt'))).toBe('not_found')
  expect(await getTransformState(client)).toMatchObject({ reason: null })
  expect(await codeOf(resumeTransforms(client))).toBe('conflict')
})

it('the output tells of itself, and settings change in one piece', async () => {
  const [output] = await getOutputs(client)
  expect(output).toMatchObject({ type: 'duckdb', state: 'running', reason: null })
  expect(output!.rowCount).toBeGreaterThan(0)
  expect(JSON.stringify(output)).not.toContain(folder)
  expect(await updateSettings(client, { name: 'Shops' })).toMatchObject({ name: 'Shops', mappingMode: 'AUTO_MAP' })
  expect(await getSettings(client)).toMatchObject({ name: 'Shops', restreamLimits: { eventsMax: expect.any(Number) } })
})

it('queries are scheduled, run now, and removed', async () => {
  const statement = { kind: 'select' as const, sql: 'SELECT count(*) AS clicks FROM click', mode: 'replace' as const }
  const draft = { label: 'clicks a day', statement, schedule: { cron: '0 3 * * *' }, target: 'click_count' }
  const { id, schedule } = await scheduleQuery(client, draft)
  expect(schedule).toMatchObject({ cron: '0 3 * * *' })
  const run = await queryRunEnded(client, id, await runScheduledQuery(client, id))
  expect(run).toMatchObject({ state: 'SUCCESS', rowCount: 1, error: null })
  expect(await getScheduledQueries(client)).toMatchObject([{ label: 'clicks a day', target: 'click_count', statement }])
  expect(await getScheduledQueriesInError(client)).toEqual([])
  expect(await editScheduledQuery(client, id, { isEnabled: false })).toMatchObject({ label: 'clicks a day' })
  await removeScheduledQuery(client, id)
  expect(await codeOf(removeScheduledQuery(client, id))).toBe('not_found')
})

it('users get roles', async () => {
  const { user, password } = await addUser(client, 'ada@example.com', 'editor')
  expect(password).toBeTruthy()
  expect(await setRole(client, user.id, 'analyst')).toMatchObject({ role: 'analyst' })
  expect((await getUsers(client)).map(({ email }) => email)).toContain('ada@example.com')
  await removeUser(client, user.id)
  expect(await codeOf(setRole(client, user.id, 'editor'))).toBe('not_found')
})

it('e-mails go by one channel, whatever is set', async () => {
  await setEmailNotifications(client, { to: ['ada@example.com'] })
  await setEmailNotifications(client, { to: ['grace@example.com'], digest: 'hourly' })
  const { channels, mappingMode, transforms } = await getSettings(client)
  expect(channels).toMatchObject([{ target: { kind: 'email', to: ['grace@example.com'] }, digest: 'hourly' }])
  expect([mappingMode, transforms.order]).toEqual(['AUTO_MAP', null])
})

it('a system is cleaned: what was set is gone, what was loaded stays', async () => {
  await send('bad', [{ n: 1 }])
  const tables = (await getTables(client)).map(({ name }) => name)
  const cleaned = await cleanSystem(client)
  expect(cleaned.inputs).toEqual(expect.arrayContaining(['devices', 'easy']))
  expect(cleaned.eventTypes).toContain('sale')
  expect(await getInputs(client)).toMatchObject([{ type: 'native' }])
  expect(await getEventTypes(client)).toEqual([])
  expect(await getTransforms(client)).toEqual([])
  expect(await getSettings(client)).toMatchObject({ channels: [] })
  expect([await getRestreamSize(client), await purgeRestream(client)]).toEqual([0, 0])
  expect((await getTables(client)).map(({ name }) => name)).toEqual(tables)
  expect(await cleanSystem(client)).toEqual({ purged: 0, inputs: [], eventTypes: [] })
  // The first input still lets events in.
  await send('after', [{ n: 1 }])
  expect((await getEventTypes(client)).map(({ name }) => name)).toEqual(['after'])
})
