import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ChainHead } from './audit-chain.ts'
import { openStore } from './store.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-audit-'))
  path = join(folder, 'metadata.db')
})
afterEach(() => rmSync(folder, { recursive: true }))

const secretKey = new Uint8Array(32).fill(1)

async function note(count: number): Promise<void> {
  const store = openStore({ path, secretKey })
  for (let index = 0; index < count; index++) {
    await store.change({ actor: 'ada', tokenId: null, ip: '10.0.0.1', requestId: null }, async () => {
      const audit = { workspaceId: null, action: 'thing.changed', object: `thing ${index}`, detail: { index } }
      return { result: undefined, audit }
    })
  }
  await store.close()
}

async function verify(known?: ChainHead, key = secretKey) {
  const store = openStore({ path, secretKey: key })
  const check = await store.verifyAudit(known)
  await store.close()
  return check
}

function tamper(sql: string): void {
  const database = new DatabaseSync(path)
  const { changes } = database.prepare(sql).run()
  expect(changes).toBeGreaterThan(0)
  database.close()
}

test('an audit that nobody touched is whole, over restarts, however long it is', async () => {
  expect(await verify()).toEqual({ rowCount: 0, head: null, broken: null, hasKnownHead: null })
  await note(700)
  await note(600)
  const check = await verify()
  expect(check).toMatchObject({ rowCount: 1300, head: { sequence: 1300 }, broken: null })
})

describe('it is found out where somebody who writes to the database', () => {
  beforeEach(() => note(10))

  const columns = [
    'id',
    'at',
    'actor',
    'token_id',
    'ip',
    'request_id',
    'action',
    'object',
    'detail',
    'sequence',
    'chain_hash',
  ]
  test.each(columns)('changes the %s of a row', async (column) => {
    tamper(`update audit set ${column} = '77' where sequence = 4`)
    expect(await verify()).toMatchObject({ rowCount: 3, head: { sequence: 3 }, broken: { id: expect.any(String) } })
  })

  const copyOf = (columns: string) =>
    `insert into audit select 'x', workspace_id, at, actor, token_id, ip, request_id, action, object, detail, ${columns} from audit`
  test.each([
    ['leaves out a row', ['delete from audit where sequence = 4'], 3],
    ['leaves out the first', ['delete from audit where sequence = 1'], 0],
    [
      'leaves out a row and closes the gap',
      ['delete from audit where sequence = 9', 'update audit set sequence = 9 where sequence = 10'],
      8,
    ],
    ['adds a row outside of the chain', [`${copyOf('null, null')} where sequence = 1`], 10],
    ['adds a row at the end', [`${copyOf('11, chain_hash')} where sequence = 10`], 10],
  ])('%s', async (_what, statements, rowCount) => {
    for (const sql of statements) tamper(sql)
    expect(await verify()).toMatchObject({ rowCount, broken: { id: expect.any(String) } })
  })

  test('cuts off the end, by a head that was kept', async () => {
    const { head } = await verify()
    expect(await verify(head!)).toMatchObject({ broken: null, hasKnownHead: true })
    tamper('delete from audit where sequence > 7')
    expect(await verify()).toMatchObject({ rowCount: 7, broken: null })
    expect(await verify(head!)).toMatchObject({ hasKnownHead: false })
    await note(5)
    expect(await verify(head!)).toMatchObject({ rowCount: 12, broken: null, hasKnownHead: false })
  })
})

test('rows from before there was a chain are chained as they are, in their order', async () => {
  const migrations = new URL('./migrations/', import.meta.url)
  const old = new DatabaseSync(path)
  old.exec('create table migrations (version bigint not null primary key, applied_at bigint not null)')
  for (const file of readdirSync(migrations).sort().slice(0, 2)) {
    old.exec(readFileSync(new URL(file, migrations), 'utf8'))
    old.prepare('insert into migrations values (?, 1)').run(Number(file.slice(0, 4)))
  }
  const insert = old.prepare(`insert into audit values (?, null, 1, 'ada', null, null, null, 'a', ?, '{}')`)
  for (let index = 0; index < 5; index++) insert.run(`id ${9 - index}`, `${index}`)
  old.close()
  expect(await verify()).toMatchObject({ rowCount: 5, broken: null })
  tamper(`update audit set object = 'x' where sequence = 2`)
  expect(await verify()).toMatchObject({ rowCount: 1, broken: { id: 'id 8' } })
})
