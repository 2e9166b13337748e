/** Files of a server of SFTP: a real OpenSSH. */
import { appendFile, mkdir, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openOutbound } from '../../outbound.ts'
import { secretPaths } from '../../settings.ts'
import { silentLogger } from '../../telemetry.ts'
import { testConnector } from '../connector.suite.ts'
import { type Connector, type ConnectorContext, NotRetryable } from '../connector.ts'
import { linesOf } from '../draft-events.ts'
import { openSshServer, type SshServer } from './files/ssh-server.fixture.ts'
import { files } from './files.ts'

let server: SshServer
let folder: string
let number = 0

beforeAll(async () => {
  server = await openSshServer()
})
afterAll(() => server[Symbol.asyncDispose]())
beforeEach(async () => {
  folder = join(server.files, `test-${++number}`)
  await mkdir(folder)
})

async function write(name: string, text: string): Promise<void> {
  await writeFile(join(folder, name), text)
  await settle(name)
}

/** As if it had been written a minute ago. */
async function settle(name: string): Promise<void> {
  const at = Date.now() / 1000 - 60
  await utimes(join(folder, name), at, at)
}

interface Asked {
  readonly state?: Record<string, unknown>
  readonly allowed?: string[]
  readonly signal?: AbortSignal
  readonly onPage?: () => Promise<void> | void
}

async function read(
  change: Record<string, unknown> = {},
  { state = {}, allowed = ['127.0.0.1'], signal = new AbortController().signal, onPage }: Asked = {},
) {
  const sftp = { ...server.sftp, folder, ...change }
  const context = {
    outbound: openOutbound(allowed),
    log: silentLogger,
    signal,
    progress() {},
  } as unknown as ConnectorContext
  const result = { rows: [] as unknown[], state, error: undefined as Error | undefined }
  try {
    const settings = files.settings.parse({ sftp, table: 'row', pattern: '**/*.{csv,ndjson}' })
    for await (const page of files.read(settings, files.state.parse(state), context)) {
      result.rows.push(...linesOf(page.drafts).map((line) => JSON.parse(line.toString())))
      result.state = { ...result.state, ...page.state }
      await onPage?.()
    }
  } catch (error) {
    result.error = error as Error
  }
  return result
}

describe('a folder of a server of SFTP', () => {
  it('is read with its folders; what is new, has grown or changed is read the next time, links are left out', async () => {
    await mkdir(join(folder, 'deep'))
    await write('a.csv', 'n\n1\n2\n')
    await write('deep/b.ndjson', '{"n":10}\n')
    await write('notes.txt', 'no rows')
    await symlink('/etc/passwd', join(folder, 'link.csv'))
    const first = await read()
    expect([first.error, first.rows]).toEqual([undefined, [{ n: 1 }, { n: 2 }, { n: 10 }]])
    expect((await read({}, { state: first.state })).rows).toEqual([])
    await appendFile(join(folder, 'a.csv'), '3\n')
    await settle('a.csv')
    await write('c.csv', 'n\n100\n')
    expect((await read({}, { state: first.state })).rows).toEqual([{ n: 3 }, { n: 100 }])
  })

  it('is read by many requests at once, and comes as it is', async () => {
    const lines = Array.from({ length: 60_000 }, (_, n) => `{"n":${n},"text":"${'x'.repeat(40)}"}\n`)
    await write('large.ndjson', lines.join(''))
    const { error, rows } = await read()
    expect([error, rows.length]).toEqual([undefined, 60_000])
    expect(rows.every((row, index) => (row as { n: number }).n === index)).toBe(true)
  })

  it('is not asked for by who shows another host key, before any secret is sent', async () => {
    const { error } = await read({ hostKey: `SHA256:${'A'.repeat(43)}` })
    expect(error).toBeInstanceOf(NotRetryable)
    expect(error?.message).toContain(`shows the host key ${server.sftp.hostKey}`)
    await write('a.csv', 'n\n1\n')
    expect((await read({ hostKey: 'any' })).rows).toEqual([{ n: 1 }])
  })

  it('does not let in who has the wrong key, and no repeat is tried', async () => {
    const { error } = await read({ username: 'nobody-here' })
    expect([error instanceof NotRetryable, error?.message]).toEqual([
      true,
      expect.stringContaining('does not let this user in'),
    ])
    expect((await read({ privateKey: 'no key' })).error).toMatchObject({ message: 'The private key cannot be used' })
  })

  it('is not reached where the operator does not allow the address, and what is not there is told', async () => {
    expect((await read({}, { allowed: [] })).error).toMatchObject({ code: 'forbidden' })
    expect((await read({ folder: '/nowhere' })).error).toMatchObject({ code: 'not_found' })
    expect((await read({ port: 1 })).error).toMatchObject({ code: 'source_unavailable' })
  })

  it('that is lost in the middle is an error that a repeat may help; what was read is known then', async () => {
    await write(
      'large.ndjson',
      Array.from({ length: 60_000 }, (_, n) => `{"n":${n},"text":"${'x'.repeat(40)}"}\n`).join(''),
    )
    let pages = 0
    const lost = await read({}, { onPage: async () => (++pages === 2 ? server.drop() : undefined) })
    expect(lost.error).toMatchObject({ code: 'source_unavailable' })
    const rest = await read({}, { state: lost.state })
    expect(lost.rows.length + rest.rows.length).toBe(60_000)
  })

  it('is left when the job is cancelled', async () => {
    await write('a.csv', 'n\n1\n')
    const stop = new AbortController()
    stop.abort(new Error('cancelled'))
    expect((await read({}, { signal: stop.signal })).error?.message).toBe('cancelled')
  })
})

it('settings without a host key or a way in are refused; secrets are known as such', () => {
  const taken = (sftp: object) => files.settings.safeParse({ sftp, table: 't' }).success
  const { hostKey: _, ...without } = server.sftp
  expect([taken(server.sftp), taken(without), taken({ ...server.sftp, hostKey: 'aa:bb' })]).toEqual([
    true,
    false,
    false,
  ])
  expect(taken({ host: 'h', username: 'u', hostKey: 'any' })).toBe(false)
  expect(secretPaths(files.settings)).toEqual(
    expect.arrayContaining([
      ['sftp', 'password'],
      ['sftp', 'privateKey'],
    ]),
  )
})

testConnector('Files by SFTP', async () => {
  const own = await openSshServer()
  const rowCount = 14_500
  await writeFile(join(own.files, 'rows.csv'), `id\n${Array.from({ length: rowCount }, (_, id) => `${id}\n`).join('')}`)
  return {
    connector: files as unknown as Connector,
    settings: { sftp: { ...own.sftp, folder: own.files }, table: 'row' },
    rowCount,
    [Symbol.asyncDispose]: () => own[Symbol.asyncDispose](),
  }
})
