import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ask, made, tokenOf } from '../api/ask.fixture.ts'
import { type Fixture, openFixture } from '../fixture.ts'

let fixture: Fixture
beforeEach(async () => {
  fixture = await openFixture()
})
afterEach(() => fixture[Symbol.asyncDispose]())

const passing = 'export function transform(event) {\n  return event\n}\n'
const dropping = 'export function transform() {\n  return null\n}\n'
const put = (name: string, code: string, more: object = {}) =>
  ask(fixture, 'PUT', `transforms/modules/${name}`, { code, language: 'javascript', ...more })
const deploy = (payload: object) => ask(fixture, 'POST', 'transforms/deploy', payload)
const get = (url: string) => made(fixture, 'GET', `transforms/${url}`)
const javascript = (name: string, code: string) => ({ name, code, language: 'javascript' })
/** What the engine was told to run, one after the other. */
const deployed = () =>
  fixture.asked.filter(({ method }) => method === 'transforms.deploy').map(({ argument }) => argument)

describe('deploying', () => {
  test('a module is stored and the engine told, with order, limits and a version of its own', async () => {
    expect((await put('main', passing)).body).toMatchObject({ version: 1, changed: ['module main'], warnings: [] })
    expect(deployed()).toEqual([
      {
        version: 1,
        modules: [{ name: 'main', language: 'javascript', code: passing }],
        order: ['main'],
        secrets: {},
        lookups: {},
        limits: expect.objectContaining({ eventMs: 1_000, memoryBytes: 256 * 1024 * 1024 }),
      },
    ])
    expect(await get('modules/main')).toMatchObject({ code: passing, lines: 3, bytes: 52, since: 1, place: 0 })
  })

  test('empty code deletes a module, as DELETE does, and one that is not there is not found', async () => {
    await put('main', passing)
    await put('helper', 'export const one = 1')
    expect((await put('main', '')).body).toMatchObject({ version: 3, changed: ['module main'] })
    expect((await ask(fixture, 'DELETE', 'transforms/modules/helper?message=Unused')).body).toMatchObject({
      version: 4,
    })
    expect(await get('modules')).toEqual({ items: [] })
    expect(deployed().at(-1)).toMatchObject({ version: 4, modules: [], order: [] })
    expect((await put('main', '')).status).toBe(404)
    expect((await ask(fixture, 'DELETE', 'transforms/modules/main')).status).toBe(404)
  })

  test('several modules and their order are deployed all or none', async () => {
    const modules = [javascript('first', passing), javascript('second', dropping)]
    expect((await deploy({ modules, order: ['second', 'first'] })).body).toMatchObject({ version: 1 })
    expect(deployed().at(-1)).toMatchObject({ order: ['second', 'first'] })
    const broken = [javascript('first', dropping), javascript('third', 'export function\n  syntax error')]
    expect(await deploy({ modules: broken })).toMatchObject({ status: 422 })
    expect(await get('versions')).toMatchObject({ items: [{ version: 1 }] })
    expect(await get('modules/first')).toMatchObject({ code: passing, place: 1 })
    expect(deployed()).toHaveLength(1)
  })

  test('a complete deployment takes all other modules away, and unchanged ones keep the version that made them', async () => {
    await deploy({ modules: [javascript('main', passing), javascript('old', '')] })
    await put('old', 'export const one = 1')
    await deploy({ modules: [javascript('main', passing), javascript('fresh', '1')], isComplete: true })
    const { items } = await get('modules')
    expect(items.map(({ name, since }: { name: string; since: number }) => [name, since])).toEqual([
      ['fresh', 3],
      ['main', 1],
    ])
  })

  test('a deleted module leaves the order', async () => {
    await deploy({ modules: [javascript('a', passing), javascript('b', passing)], order: ['b', 'a'] })
    await put('b', '')
    expect(deployed().at(-1)).toMatchObject({ order: ['a'] })
  })

  test('code that does not compile is refused with the place of every mistake', async () => {
    const { status, body } = await put('main', 'one\n  syntax error\nsyntax error')
    expect(status).toBe(422)
    expect(body).toMatchObject({
      code: 'invalid_code',
      detail: 'main:2:3: Unexpected identifier, and 1 more',
      errors: [{ field: 'main:2:3' }, { field: 'main:3:1' }],
    })
    expect(await get('versions')).toMatchObject({ items: [] })
  })

  test('code is checked with the secrets and lookups that it will have, before anything is stored', async () => {
    await ask(fixture, 'PUT', 'transforms/secrets/salt', { value: 's3cret' })
    await ask(fixture, 'PUT', 'transforms/lookups/cities', { entries: { b: 1 } })
    await put('main', passing)
    expect(fixture.asked.find(({ method }) => method === 'transforms.check')?.argument).toMatchObject({
      order: ['main'],
      secrets: { salt: 's3cret' },
      lookups: { cities: { b: 1 } },
      limits: { eventMs: 1_000 },
    })
  })

  test.each([
    ['a name that begins with a digit', { modules: [javascript('1st', passing)] }, 'modules.0.name'],
    ['the name run', { modules: [javascript('run', passing)] }, 'modules.0.name'],
    ['a name given twice', { modules: [javascript('a', passing), javascript('a', passing)] }, 'modules.1.name'],
    ['no language', { modules: [{ name: 'a', code: passing }] }, 'modules.0.language'],
    ['10,001 lines', { modules: [javascript('a', '\n'.repeat(10_001))] }, 'modules.0.code'],
    ['more than 1 MiB', { modules: [javascript('a', 'x'.repeat(1024 * 1024 + 1))] }, 'modules.0.code'],
    ['an order that names nobody', { modules: [javascript('a', passing)], order: ['a', 'b'] }, 'order.1'],
    ['an order that names one twice', { modules: [javascript('a', passing)], order: ['a', 'a'] }, 'order.1'],
  ])('%s is a bad request that says where', async (_, payload, field) => {
    expect(await deploy(payload)).toMatchObject({ status: 400, body: { code: 'invalid_request', errors: [{ field }] } })
    expect(deployed()).toEqual([])
  })

  test('10,000 lines of 1 MiB go through, whatever they take as JSON', async () => {
    const code = `${'"'.repeat(103)}\n`.repeat(10_000)
    expect((await put('main', code)).status).toBe(200)
    expect((await get('modules/main')).code).toBe(code)
  })

  test('a workspace has at most 100 modules', async () => {
    const modules = Array.from({ length: 100 }, (_, index) => javascript(`m${index}`, passing))
    expect((await deploy({ modules })).status).toBe(200)
    expect(await put('one_more', passing)).toMatchObject({ status: 409, body: { code: 'conflict' } })
  })

  test('whoever deploys on top of an old version is told', async () => {
    await put('main', passing)
    await put('main', dropping)
    expect((await put('main', passing, { baseVersion: 1 })).body).toMatchObject({
      code: 'precondition_failed',
      status: 412,
    })
    expect((await put('main', passing, { baseVersion: 2 })).status).toBe(200)
  })

  test('changes at the same time become versions in a row, and the engine hears of them in order', async () => {
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map((name) => put(name, passing)))
    expect(answers.map(({ body }) => body.version).sort()).toEqual([1, 2, 3, 4])
    expect(deployed().map((deployment) => (deployment as { version: number }).version)).toEqual([1, 2, 3, 4])
    expect((await get('modules')).items).toHaveLength(4)
  })

  test('TypeScript with mistakes in its types is refused, or let through with warnings', async () => {
    const wrong = { language: 'typescript', code: 'export function transform(event: Event) {\n  return event.a.b\n}' }
    const refused = await ask(fixture, 'PUT', 'transforms/modules/main', wrong)
    expect(refused).toMatchObject({ status: 422, body: { code: 'invalid_code', errors: [{ field: 'main:2:10' }] } })
    const { body } = await ask(fixture, 'PUT', 'transforms/modules/main', { ...wrong, allowTypeErrors: true })
    expect(body).toMatchObject({ version: 1, warnings: [{ module: 'main', line: 2, column: 10 }] })
  })
})

describe('a crash, or no sandbox, between the store and the engine', () => {
  test('the version is stored, the answer says that it does not run, and the next start loads it', async () => {
    await put('main', passing)
    const { status, body } = await put('main', 'cannot start')
    expect(status).toBe(503)
    expect(body).toMatchObject({ code: 'sandbox_unavailable', detail: expect.stringMatching(/Version 2 is stored/) })
    expect(await get('state')).toMatchObject({ version: 1, newestVersion: 2 })
    expect(await fixture.plane.loadDeployment('default')).toMatchObject({
      version: 2,
      modules: [{ name: 'main', code: 'cannot start' }],
      order: ['main'],
    })
  })

  test('resuming starts the newest version where it does not run, and else ends the pause', async () => {
    await put('main', passing)
    expect((await ask(fixture, 'POST', 'transforms/resume')).status).toBe(204)
    expect(fixture.asked.at(-1)).toMatchObject({ method: 'transforms.resume' })
    await put('main', 'cannot start')
    expect((await ask(fixture, 'POST', 'transforms/resume')).status).toBe(503)
    expect(fixture.asked.at(-1)).toMatchObject({ method: 'transforms.deploy', argument: { version: 2 } })
  })

  test('where nothing was ever deployed there is nothing to load', async () => {
    expect(await fixture.plane.loadDeployment('default')).toBeUndefined()
  })
})

describe('versions', () => {
  test('they are listed newest first, in pages, with who, why and what', async () => {
    for (const [index, code] of [passing, dropping, passing].entries())
      await put('main', code, { message: `m${index}` })
    const first = await get('versions?limit=2')
    expect(first.items).toMatchObject([{ version: 3, message: 'm2', changed: ['module main'] }, { version: 2 }])
    const second = await get(`versions?limit=2&cursor=${first.nextCursor}`)
    expect(second).toMatchObject({ items: [{ version: 1, author: expect.any(String) }], nextCursor: null })
  })

  test('an old version stays as it was', async () => {
    await put('main', passing)
    await put('main', dropping)
    expect(await get('versions/1')).toMatchObject({ version: 1, modules: [{ name: 'main', code: passing }] })
    expect((await ask(fixture, 'GET', 'transforms/versions/3')).status).toBe(404)
  })

  test('the difference is a unified diff of each module, added and removed ones too', async () => {
    await deploy({ modules: [javascript('main', passing), javascript('gone', 'a\n')] })
    await deploy({ modules: [javascript('main', dropping), javascript('new', 'b\n')], isComplete: true })
    const { modules, changed } = await get('versions/2/difference')
    expect(changed).toEqual(['module gone', 'module main', 'module new'])
    expect(modules).toMatchObject([
      { name: 'gone', change: 'removed' },
      { name: 'main', change: 'changed' },
      { name: 'new', change: 'added' },
    ])
    expect(modules[1].patch).toContain(
      [
        '-export function transform(event) {',
        '-  return event',
        '+export function transform() {',
        '+  return null',
      ].join('\n'),
    )
    expect(await get('versions/1/difference?from=2')).toMatchObject({ modules: [{ change: 'added' }, {}, {}] })
    expect((await get('versions/1/difference')).from).toBe(0)
  })

  test('two texts with nothing in common are set against each other without keeping anybody waiting', async () => {
    const lines = (seed: number) => Array.from({ length: 10_000 }, (_, line) => `${(line * seed) % 10_007}`).join('\n')
    await put('main', lines(3))
    await put('main', lines(5))
    const startedAt = performance.now()
    const { modules } = await get('versions/2/difference')
    expect(performance.now() - startedAt).toBeLessThan(3_000)
    expect(modules[0].patch).toMatch(/^-+ main\.js|^={3,}/m)
  })

  test('rolling back makes a new version like the old one', async () => {
    await put('main', passing)
    await deploy({ modules: [javascript('main', dropping), javascript('other', passing)], order: ['other', 'main'] })
    const back = await made(fixture, 'POST', 'transforms/versions/1/rollback', {})
    expect(back).toMatchObject({ version: 3, changed: ['module main', 'module other', 'order'] })
    expect(deployed().at(-1)).toMatchObject({ version: 3, modules: [{ name: 'main', code: passing }], order: ['main'] })
    expect(await get('versions?limit=1')).toMatchObject({ items: [{ rolledBackTo: 1, message: 'Back to version 1' }] })
    expect((await ask(fixture, 'POST', 'transforms/versions/9/rollback', {})).status).toBe(404)
  })
})

describe('settings', () => {
  test('a change of limits is a version; null takes one back to its default', async () => {
    await put('main', passing)
    const change = (limits: object) => ask(fixture, 'PATCH', 'transforms/settings', { limits })
    expect((await change({ eventMs: 200 })).body.limits).toMatchObject({ eventMs: 200, chunkMs: 5_000 })
    expect(deployed().at(-1)).toMatchObject({ version: 2, limits: { eventMs: 200 } })
    expect((await change({ eventMs: null })).body.limits).toMatchObject({ eventMs: 1_000 })
    expect(await change({ eventMs: 1 })).toMatchObject({ status: 400, body: { errors: [{ field: 'limits.eventMs' }] } })
  })

  test('the order of modules can be set, and given back to main', async () => {
    await deploy({ modules: [javascript('a', passing), javascript('main', passing)] })
    const change = (order: string[] | null) => ask(fixture, 'PATCH', 'transforms/settings', { order })
    expect((await change(['a', 'main'])).body).toMatchObject({ order: ['a', 'main'], calledModules: ['a', 'main'] })
    expect((await change([])).body).toMatchObject({ calledModules: [] })
    expect((await change(null)).body).toMatchObject({ order: null, calledModules: ['main'] })
    expect((await change(['nobody'])).status).toBe(400)
  })
})

test('what the code printed is told only to those who may see events', async () => {
  const [viewer, analyst] = [await tokenOf(fixture, 'viewer'), await tokenOf(fixture, 'analyst')]
  expect((await ask(fixture, 'GET', 'transforms/state', undefined, analyst)).body).toMatchObject({
    printed: 'seen an event\n',
  })
  const seen = (await ask(fixture, 'GET', 'transforms/state', undefined, viewer)).body
  expect(seen).toMatchObject({ state: 'running', isolation: { level: 'full' } })
  expect(seen).not.toHaveProperty('printed')
})

test('workspaces have code of their own', async () => {
  await made(fixture, 'POST', 'workspaces', { id: 'other', name: 'Other' })
  await put('main', passing)
  expect(await made(fixture, 'GET', 'transforms/modules?workspace=other')).toEqual({ items: [] })
  expect(await fixture.plane.loadDeployment('other')).toBeUndefined()
})
