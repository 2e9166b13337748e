import { readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { InjectOptions } from 'fastify'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { admin, type Fixture, openFixture } from '../fixture.ts'
import { isWorkspacePermission, mayRole, type Permission, type Role, roles } from '../permissions.ts'
import {
  type ApiOperation,
  bodies,
  bodyOf,
  neededBy,
  type Objects,
  operationsOf,
  queries,
  urlOf,
} from './requests.fixture.ts'

let fixture: Fixture
let operations: ApiOperation[]
beforeEach(async () => {
  fixture = await openFixture()
  operations = await operationsOf(fixture.api)
})
afterEach(() => fixture[Symbol.asyncDispose]())

interface Ask {
  url: string
  method?: string
  token?: string | undefined
  cookie?: string
  payload?: unknown
}

async function ask({ url, method = 'GET', token, cookie, payload }: Ask) {
  const credentials = cookie ? { cookie, 'x-millrace-csrf': '1' } : token ? { authorization: `Bearer ${token}` } : {}
  const body = payload === undefined ? {} : { payload: payload as object }
  return fixture.api.inject({
    url,
    method: method as NonNullable<InjectOptions['method']>,
    headers: credentials,
    ...body,
  })
}

async function make(url: string, payload: unknown) {
  const answer = await ask({ url: `/api/v1/${url}`, method: 'POST', token: admin.token, payload })
  expect(answer.statusCode, answer.body).toBe(201)
  return answer.json()
}

const tokenWith = async (role: Role, workspace = 'default'): Promise<string> =>
  (await make(`tokens?workspace=${workspace}`, { label: role, role })).text

const none: Objects = {
  input: 'none',
  bucket: 'none',
  user: 'none',
  token: 'none',
  channel: 'none',
  mute: 'none',
  workspace: 'default',
  dryRun: 'none',
  backfill: 'none',
  scheduledQuery: 'none',
  scheduledQueryRun: 'none',
  pattern: 'none',
  harmonisedDimension: 'none',
  calculatedMeasurement: 'none',
  source: 'none',
  job: 'none',
  bulk: 'none',
}

/** Fresh ones, since operations delete them: those that an operation is about. */
async function objectsFor(operation: ApiOperation): Promise<Objects> {
  const making = makersIn('default')
  const needed = [...neededBy(operation)].filter((name) => name !== 'workspace' && name !== 'backfill')
  const made: Partial<Record<keyof Objects, string>> = {}
  for (const name of needed) made[name] = await making[name]()
  return { ...none, ...made, backfill: 'backfill-default' }
}

async function makeObjects(workspace: string): Promise<Objects> {
  const made: Partial<Record<keyof Objects, string>> = {}
  for (const [name, makeOne] of Object.entries(makersIn(workspace))) made[name as keyof Objects] = await makeOne()
  return { ...none, ...made, workspace, backfill: `backfill-${workspace}` }
}

type Makers = Readonly<Record<Exclude<keyof Objects, 'workspace' | 'backfill'>, () => Promise<string>>>

/** What makes each object in a workspace, and gives its id. */
function makersIn(workspace: string): Makers {
  const unique = crypto.randomUUID()
  const to = (path: string) => `${path}?workspace=${workspace}`
  const post = async (path: string, payload?: unknown): Promise<string> =>
    (await ask({ url: `/api/v1/${to(path)}`, method: 'POST', token: admin.token, payload })).json().id
  const makeInput = async (label: string, type: string): Promise<{ id: string }> =>
    (await make(to('inputs'), { label: `${unique} ${label}`, type })).input
  const makeNamed = async (path: string, operationId: string): Promise<string> =>
    (await make(to(path), { ...bodies[operationId], name: `${path} ${unique}` })).id
  let query: Promise<{ id: string }> | undefined
  const scheduledQuery = async (): Promise<string> => {
    query ??= make(to('scheduled-queries'), bodies['createScheduledQuery'])
    return (await query).id
  }
  return {
    input: async () => (await makeInput('input', 'native')).id,
    async bucket() {
      const { id } = await makeInput('buckets', 'native')
      const snapshot = { id, label: unique, type: 'native', workspace, settings: {} }
      await fixture.plane.findBucket(snapshot, { key: unique })
      const { items } = (await ask({ url: `/api/v1/${to('buckets')}&limit=1000`, token: admin.token })).json()
      return (items as { id: string; key: string }[]).find(({ key }) => key === unique)!.id
    },
    user: async () => (await make(to('users'), { email: `${unique}@localhost`, role: 'viewer' })).user.id,
    token: async () => (await make(to('tokens'), { label: unique, role: 'viewer' })).token.id,
    async channel() {
      const target = { kind: 'email', to: ['ada@example.com'] }
      return (await make(to('notification-channels'), { label: unique, target })).channel.id
    },
    mute: async () => (await make(to('notification-mutes'), { type: unique, until: null })).id,
    dryRun: () => post('transforms/dry-runs', {}),
    scheduledQuery,
    scheduledQueryRun: async () => post(`scheduled-queries/${await scheduledQuery()}/run`),
    pattern: () => makeNamed('patterns', 'createPattern'),
    harmonisedDimension: () => makeNamed('harmonised-dimensions', 'createHarmonisedDimension'),
    calculatedMeasurement: () => makeNamed('calculated-measurements', 'createCalculatedMeasurement'),
    source: async () => (await makeInput('idle', 'daily')).id,
    job: async () => post(`sources/${(await makeInput('busy', 'daily')).id}/run`, bodies['runSource']),
    bulk: () => post('bulk', bodies['startBulkOperation']),
  }
}

async function logIn(): Promise<string> {
  const answer = await ask({
    url: '/api/v1/session',
    method: 'POST',
    payload: { email: admin.email, password: admin.password },
  })
  return String(answer.headers['set-cookie']).split(';')[0]!
}

const auditRows = async () => Number(countRows('audit'))
function countRows(table: string): unknown {
  const database = new DatabaseSync(fixture.path, { readOnly: true })
  const count = database.prepare(`select count(*) as count from ${table}`).get()?.['count']
  database.close()
  return count
}

test('each role may do what the table of permissions says, and nothing else', async () => {
  for (const role of roles) {
    const token = await tokenWith(role)
    for (const operation of operations.filter(({ permission }) => isWorkspacePermission(permission as Permission))) {
      const answer = await ask({ url: urlOf(operation, none), method: operation.method, token })
      const isAllowed = mayRole(role, operation.permission as Parameters<typeof mayRole>[1])
      const what = `${role} ${operation.operationId}: ${answer.body}`
      if (isAllowed) expect([401, 403], what).not.toContain(answer.statusCode)
      else expect(answer.statusCode, what).toBe(403)
      if (operation.operationId === 'archiveWorkspace') expect(answer.statusCode, what).toBe(isAllowed ? 409 : 403)
    }
  }
}, 120_000)

test('without credentials, or with wrong ones, every operation that is not public answers alike', async () => {
  for (const operation of operations.filter(({ permission }) => permission !== 'public')) {
    const problems = []
    for (const token of [undefined, 'wrong', 'mlr_api_00000000_wrong', 'x'.repeat(10_240)]) {
      const answer = await ask({ url: urlOf(operation, none), method: operation.method, token })
      problems.push({ ...answer.json(), requestId: undefined })
    }
    expect(new Set(problems.map((problem) => JSON.stringify(problem))), operation.operationId).toHaveLength(1)
    expect(problems[0]).toMatchObject({ status: 401, code: 'unauthenticated' })
  }
})

test('what is another workspace’s is not there: 404, for the workspace itself too', async () => {
  await make('workspaces', { id: 'other', name: 'Other' })
  const foreign = await makeObjects('other')
  const token = await tokenWith('owner')
  const needsRole = operations.filter(({ permission }) => isWorkspacePermission(permission as Permission))
  for (const operation of needsRole.filter(({ path }) => !path.includes('{workspace}'))) {
    const { method, operationId } = operation
    const asked = { method, token, payload: bodies[operationId] }
    const inOther = await ask({ ...asked, url: `${urlOf(operation, foreign)}?workspace=other` })
    expect(inOther.statusCode, `${operationId}: ${inOther.body}`).toBe(404)
    if (!operation.path.includes('{id}')) continue
    const byId = await ask({ ...asked, url: urlOf(operation, foreign) })
    expect(byId.statusCode, `${operationId}: ${byId.body}`).toBe(404)
  }
  for (const workspace of ['other', 'none']) {
    expect((await ask({ url: `/api/v1/workspaces/${workspace}`, token })).statusCode).toBe(404)
  }
})

test('whatever changes something leaves exactly one audit row, and reading leaves none', async () => {
  await make('workspaces', { id: 'closing', name: 'Closing' })
  for (const operation of operations) {
    const { operationId, method } = operation
    const objects = await objectsFor(operation)
    const workspace = operationId === 'archiveWorkspace' ? 'closing' : 'default'
    const needsSession = operationId === 'logout' || operationId === 'changePassword'
    const credentials = needsSession ? { cookie: await logIn() } : { token: admin.token }
    if (operationId === 'logout') expect(credentials.cookie).toContain('mlr=')
    const before = await auditRows()
    const url = `${urlOf(operation, { ...objects, workspace })}${queries[operationId] ?? ''}`
    const answer = await ask({ url, method, ...credentials, payload: bodyOf(operation, objects) })
    const added = (await auditRows()) - before
    expect(added, `${operationId} ${answer.statusCode} ${answer.body}`).toBe(method === 'GET' ? 0 : 1)
  }
}, 120_000)

test('a change that is refused leaves no audit row', async () => {
  const token = await tokenWith('viewer')
  const before = await auditRows()
  for (const operation of operations.filter(({ method, permission }) => method !== 'GET' && permission !== 'public')) {
    const url = urlOf(operation, none)
    if (operation.operationId === 'createToken') continue // a viewer may
    await ask({ url, method: operation.method, token, payload: bodies[operation.operationId] })
  }
  expect(await auditRows()).toBe(before)
})

const wrongValues: unknown[] = [
  null,
  0,
  -1,
  1.5,
  1e300,
  true,
  '',
  ' ',
  '\0',
  'x'.repeat(3000),
  [],
  [null],
  ['x'],
  [1e99],
  {},
  { toString: 1 },
]

test('a wrong value in any field of any body is a bad request that names the field, never a failure of ours', async () => {
  for (const operation of operations.filter(({ bodyFields }) => bodyFields !== undefined)) {
    const { operationId, method, bodyFields = {} } = operation
    const right = bodies[operationId]!
    expect(Object.keys(right).sort(), operationId).toEqual(Object.keys(bodyFields).sort())
    const url = urlOf(operation, none)
    const cookie = operationId === 'changePassword' ? await logIn() : undefined
    const credentials = cookie ? { cookie } : { token: admin.token }
    for (const field of Object.keys(right)) {
      const payloads = wrongValues.map((value) => ({ ...right, [field]: value }))
      const statuses = new Set<number>()
      for (const payload of payloads) {
        const answer = await ask({ url, method, ...credentials, payload })
        const { code, errors = [] } = answer.body === '' ? {} : answer.json()
        if (code === 'invalid_request') expect(errors[0].field, answer.body).toMatch(new RegExp(`^${field}(\\.|$)`))
        expect(
          answer.statusCode,
          `${operationId} ${JSON.stringify(payload).slice(0, 200)} ${answer.body}`,
        ).toBeLessThan(500)
        statuses.add(answer.statusCode)
      }
      expect(statuses, `${operationId} ${field}`).toContain(400)
    }
  }
}, 120_000)

test('a field that nobody knows, a body that is no object, and no body at all are bad requests', async () => {
  const cookie = await logIn()
  for (const operation of operations.filter(({ bodyFields }) => bodyFields !== undefined)) {
    const { operationId, method } = operation
    const url = urlOf(operation, none)
    const unknown = await ask({ url, method, cookie, payload: { ...bodies[operationId], workspaceId: 'other' } })
    expect(unknown.json(), operationId).toMatchObject({ status: 400, errors: [{ field: 'workspaceId' }] })
    for (const payload of ['null', '[]', '"a"', '1', '{', '', '{"__proto__": {"role": "owner"}}']) {
      const headers = { cookie, 'x-millrace-csrf': '1', 'content-type': 'application/json' }
      const answer = await fixture.api.inject({ url, method: method as 'POST', headers, payload })
      expect(answer.statusCode, `${operationId} ${payload} ${answer.body}`).toBe(400)
    }
  }
})

test('no answer but the one that makes a secret tells it, and no log of changes does', async () => {
  const password = admin.password
  const { key } = await make('inputs', { label: 'secretive', type: 'native' })
  const { text } = await make('tokens', { label: 'secretive', role: 'viewer' })
  const { password: invited } = await make('users', { email: 'invited@localhost', role: 'viewer' })
  const cookie = (await logIn()).split('=')[1]!
  const secrets = [password, admin.token, invited, cookie, ...[key, text].map((secret) => secret.split('_')[3])]
  const answers = []
  await makeObjects('default') // so that lists have something to tell
  for (const operation of operations.filter(({ method }) => method === 'GET')) {
    const url = urlOf(operation, await objectsFor(operation))
    answers.push((await ask({ url, token: admin.token })).body)
  }
  const stored = readFileSync(fixture.path, 'latin1') + readFileSync(`${fixture.path}-wal`, 'latin1')
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(15)
    expect(answers.join('\n')).not.toContain(secret)
    expect(stored).not.toContain(secret)
  }
  expect(answers.join('\n')).not.toMatch(/argon2|"hash"/i)
})

test('a wrong value in any path or query is an answer that says so, never a failure of ours', async () => {
  const wrong = ['%00', '%20', '-1', '1e9', '%F0%9F%91%A9', 'x'.repeat(200), '..%2F..%2Fetc%2Fpasswd', "'--"]
  for (const operation of operations.filter(({ permission }) => permission !== 'public')) {
    for (const value of wrong) {
      const urls = [operation.path.replaceAll(/\{\w+\}/g, value), `${urlOf(operation, none)}?workspace=${value}`]
      for (const parameter of ['limit', 'cursor', 'code']) urls.push(`${urlOf(operation, none)}?${parameter}=${value}`)
      for (const url of urls) {
        const answer = await ask({ url, method: operation.method, token: admin.token })
        expect(answer.statusCode, `${operation.method} ${url} ${answer.body}`).toBeLessThan(500)
      }
    }
  }
}, 120_000)
