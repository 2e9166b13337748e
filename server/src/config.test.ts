import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { limits } from '@millrace/event/limits'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { describeConfig, readConfig, type SettingName } from './config.ts'
import { MillraceError } from './errors.ts'

let cwd = ''

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'millrace-config-'))
})

afterEach(() => rm(cwd, { recursive: true, force: true }))

const read = (env: Record<string, string>, flags: Partial<Record<SettingName, string>> = {}) =>
  readConfig({ flags, env, cwd })

const refusal = async (reading: Promise<unknown>) => {
  const error = await reading.then(
    () => undefined,
    (failure: unknown) => failure,
  )
  expect(error).toBeInstanceOf(MillraceError)
  return error as MillraceError
}

describe('where a value comes from', () => {
  it('takes the flag before the environment before the file before the default', async () => {
    await writeFile(join(cwd, 'millrace.config.ts'), 'export default { port: 1, host: "::1", logLevel: "warn" }\n')
    const env = { MILLRACE_PORT: '2', MILLRACE_HOST: '0.0.0.0' }
    const config = await read(env, { port: '3' })
    expect(config).toMatchObject({ port: 3, host: '0.0.0.0', logLevel: 'warn', adminEmail: 'admin@localhost' })
    const origins = (await describeConfig({ flags: { port: '3' }, env, cwd })).map(({ name, origin }) => [name, origin])
    expect(Object.fromEntries(origins)).toMatchObject({
      port: '--port',
      host: 'environment',
      logLevel: 'millrace.config.ts',
      adminEmail: 'default',
    })
  })

  it('has the defaults that the architecture names, and a data folder below the working directory', async () => {
    expect(await read({})).toEqual({
      host: '127.0.0.1',
      port: 4700,
      data: join(cwd, '.millrace'),
      log: 'files:',
      store: 'embedded:',
      destination: 'duckdb:',
      roles: ['ingest', 'pipeline', 'control'],
      logLevel: 'info',
      logBytesMax: 10 * 1024 ** 3,
      retentionHours: 168,
      protocols: ['all'],
      idHours: 168,
      jobsKept: 10_000,
      jobDays: 800,
      jobBytesMax: 1024 ** 3,
      idsMax: 2_000_000,
      callsPerMinuteMax: 60,
      callsPerDayMax: 20_000,
      restreamEventsMax: 10_000_000,
      restreamBytesMax: 10 * 1024 ** 3,
      allowedHosts: [],
      filesRoot: '',
      archiveRoot: '',
      codeIsolation: 'required',
      hostnames: [],
      trustedProxies: [],
      connectionsPerClientMax: 500,
      connectors: [],
      singerTaps: '',
      adminEmail: 'admin@localhost',
      adminPassword: undefined,
      adminToken: undefined,
      metricsToken: undefined,
      smtpUrl: undefined,
      mailFrom: 'millrace@localhost',
      ingestKey: undefined,
      secretKey: undefined,
    })
  })

  it('counts an empty variable as not set', async () => {
    expect((await read({ MILLRACE_PORT: '', MILLRACE_INGEST_KEY: '' })).port).toBe(4700)
  })

  it('reads lists from a text with commas and from an array', async () => {
    await writeFile(
      join(cwd, 'millrace.config.ts'),
      'export default { roles: ["control", "ingest", "pipeline"] as const }\n',
    )
    const config = await read({
      MILLRACE_ALLOWED_HOSTS: '10.0.0.0/8, db.internal:5432,[::1]',
      MILLRACE_HOSTNAMES: 'Events.Example.com,millrace',
    })
    expect(config.hostnames).toEqual(['events.example.com', 'millrace'])
    expect(config.roles).toEqual(['control', 'ingest', 'pipeline'])
    expect(config.allowedHosts).toEqual(['10.0.0.0/8', 'db.internal:5432', '[::1]'])
  })

  it.each([
    ['48000000', 48e6],
    ['512MiB', 512 * 1024 ** 2],
    ['2.5 gb', 2.5e9],
    ['1tib', 1024 ** 4],
  ])('reads %s as bytes', async (text, bytes) => {
    expect((await read({ MILLRACE_LOG_BYTES_MAX: text })).logBytesMax).toBe(bytes)
  })

  it('has room for the largest request in a quarter of the smallest budget', async () => {
    const { logBytesMax } = await read({ MILLRACE_LOG_BYTES_MAX: '48MB' })
    expect(logBytesMax / 4).toBeGreaterThan(limits.requestBytesMax * 1.1)
  })
})

describe('a value that is not allowed', () => {
  it.each([
    ['MILLRACE_PORT', '70000', '0 to 65535'],
    ['MILLRACE_PORT', '47x', '0 to 65535'],
    ['MILLRACE_PORT', '-1', '0 to 65535'],
    ['MILLRACE_PORT', '1.5', '0 to 65535'],
    ['MILLRACE_HOST', 'a b', 'a host name'],
    ['MILLRACE_ROLES', 'ingest,loading', 'ingest, pipeline, control'],
    ['MILLRACE_ROLES', 'ingest,ingest', 'all of them'],
    ['MILLRACE_LOG_LEVEL', 'loud', 'debug, info, warn, error'],
    ['MILLRACE_LOG_BYTES_MAX', '10 potatoes', 'GiB'],
    ['MILLRACE_LOG_BYTES_MAX', '47MB', 'at least 48 MB'],
    ['MILLRACE_RETENTION_HOURS', '0', 'greater than 0'],
    ['MILLRACE_ALLOWED_HOSTS', 'a,,b', 'separated by commas'],
    ['MILLRACE_ADMIN_EMAIL', 'nobody', 'an e-mail address'],
    ['MILLRACE_LOG', 'redis://x', 'allowed: files:'],
  ])('%s=%s is refused by name, with what is allowed', async (variable, value, allowed) => {
    const { message, code } = await refusal(read({ [variable]: value }))
    expect(code).toBe('invalid_request')
    expect(message).toContain(`${variable} is ${JSON.stringify(value)} (from environment)`)
    expect(message).toContain(allowed)
  })

  it.each([
    ['MILLRACE_LOG', 'kafka://broker:9092'],
    ['MILLRACE_STORE', 'postgres://host/db'],
    ['MILLRACE_DESTINATION', 'clickhouse://host'],
    ['MILLRACE_DESTINATION', 'postgresql://host'],
  ])('%s=%s is refused because it is not built', async (variable, value) => {
    expect((await refusal(read({ [variable]: value }))).message).toContain('not built yet')
  })

  it.each([
    ['MILLRACE_ADMIN_PASSWORD', 'shortpass'],
    ['MILLRACE_ADMIN_TOKEN', 'not a token, spaces'],
    ['MILLRACE_INGEST_KEY', 'k'],
    ['MILLRACE_SECRET_KEY', 'c2hvcnQ='],
    ['MILLRACE_STORE', 'postgres://me:pass@wo/rd@host/db'],
  ])('%s is refused without a word of the secret', async (variable, value) => {
    const { message } = await refusal(read({ [variable]: value }))
    expect(message).toContain(variable)
    for (const part of [value, 'pass@', 'wo/rd']) expect(message).not.toContain(part)
  })

  it('all of them are told at once', async () => {
    const { message } = await refusal(read({ MILLRACE_PORT: 'x', MILLRACE_LOG_LEVEL: 'y' }))
    expect(message.split('\n')).toHaveLength(2)
  })
})

describe('millrace.config.ts', () => {
  it.each([
    ['export default { prot: 1 }', '"prot", which is no setting'],
    ['export default 7', 'no object as its default export'],
    ['export const port = 1', 'no object as its default export'],
    ['throw new Error("broken inside")', 'broken inside'],
  ])('%s is refused with a reason', async (text, reason) => {
    await writeFile(join(cwd, 'millrace.config.ts'), text)
    expect((await refusal(read({}))).message).toContain(reason)
  })

  it('that is a workspace’s configuration says nothing of the server, and is not run', async () => {
    const module = '@millrace/client/config'
    const text = `import { defineConfig } from '${module}'\nthrow new Error('run')\nexport default defineConfig({})\n`
    await writeFile(join(cwd, 'millrace.config.ts'), text)
    expect((await read({})).port).toBe(4700)
  })
})

describe('secrets', () => {
  const key = Buffer.alloc(32, 7).toString('base64')

  it('are read, but shown as set or not set alone', async () => {
    const env = { MILLRACE_SECRET_KEY: key, MILLRACE_ADMIN_TOKEN: 'a'.repeat(20) }
    const config = await read(env)
    expect(config.secretKey?.equals(Buffer.alloc(32, 7))).toBe(true)
    expect(config.adminToken).toBe('a'.repeat(20))
    const entries = await describeConfig({ flags: {}, env, cwd })
    const shown = Object.fromEntries(entries.map(({ name, value }) => [name, value]))
    expect(shown).toMatchObject({ secretKey: '(set)', adminToken: '(set)', adminPassword: null })
    expect(JSON.stringify(entries)).not.toContain('aaaa')
    expect(entries.filter(({ flag }) => flag === undefined).map(({ name }) => name)).toEqual([
      'adminPassword',
      'adminToken',
      'metricsToken',
      'smtpUrl',
      'ingestKey',
      'secretKey',
    ])
  })

  it('are not told where they are refused', async () => {
    const error = await refusal(read({ MILLRACE_SMTP_URL: 'http://name:very-secret@mail.example.com' }))
    expect(error.message).toMatch(/^MILLRACE_SMTP_URL is set to something .*allowed: smtp:/)
    expect(error.message).not.toContain('very-secret')
  })
})
