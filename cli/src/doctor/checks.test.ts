import { chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '@millrace/server/config'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Check } from './check.ts'
import { checkClock, checkMemory, checkNode, checkVariables, judgeIsolation, runChecks } from './checks.ts'
import { checkDataFolder, checkFreeSpace, checkSync } from './disk-checks.ts'
import { checkPort } from './port-check.ts'

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-doctor-test-'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

it('a machine that runs the tests has nothing to be fixed, and nothing is left behind', async () => {
  const config = await readConfig({ flags: { port: '0' }, env: {}, cwd: folder })
  const checks: Check[] = []
  for await (const check of runChecks(config, {})) checks.push(check)
  expect(checks.filter(({ state, name }) => state === 'fail' && name !== 'free space')).toEqual([])
  expect(checks.map(({ name }) => name)).toContain('DuckDB')
  expect(await readdir(folder)).toEqual([])
})

describe('what is not good says what to do', () => {
  it.each([
    ['full', 'ok', []],
    ['partial', 'warn', ['system calls']],
    ['none', 'warn', ['files', 'network']],
  ] as const)('isolation of users’ code that is %s', async (level, state, notHeld) => {
    const probes = ['files', 'network', 'system calls'].map((name) => ({
      name,
      isHeld: !notHeld.some((one) => one === name),
    }))
    const check = await judgeIsolation({ level, probes })
    expect(check).toMatchObject({ state, found: expect.stringContaining(level) })
    if (state === 'ok') return expect(check.advice).toBeUndefined()
    for (const one of notHeld) expect(`${check.found} ${check.advice}`).toContain(one)
    expect(check.advice).toContain('bubblewrap')
  })

  it.each([
    ['an old Node', () => checkNode('20.20.2'), 'fail'],
    ['a clock that was never set', () => checkClock(0), 'fail'],
    ['little memory', () => checkMemory(256 * 1024 ** 2, 8 * 1024 ** 3), 'warn'],
    ['too small a disk for the log', () => checkFreeSpace(folder, 2 ** 62), 'warn'],
  ])('%s', async (_name, check, state) => {
    const found = await check()
    expect(found.state).toBe(state)
    expect(found.advice).toBeTruthy()
  })

  it('a variable that is none', async () => {
    const config = await readConfig({ flags: {}, env: {}, cwd: folder })
    const names = ['MILLRACE_PROT', 'MILLRACE_LOG_BYTES_MAX', 'MILLRACE_TOKEN', 'PATH']
    expect(checkVariables(names, config)).toMatchObject({ state: 'warn', found: 'unknown: MILLRACE_PROT' })
  })

  it('a data folder that others may read', async () => {
    const data = join(folder, 'data')
    await mkdir(data)
    await chmod(data, 0o755)
    expect(await checkDataFolder(data)).toMatchObject({ state: 'warn', advice: expect.stringContaining('chmod 700') })
    await chmod(data, 0o700)
    expect(await checkDataFolder(data)).toMatchObject({ state: 'ok' })
  })

  it('a port that another program has', async () => {
    const server = createServer((_request, response) => response.writeHead(404).end())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    expect(await checkPort('127.0.0.1', port)).toMatchObject({
      state: 'fail',
      found: expect.stringContaining('another program'),
    })
    server.close()
    expect(await checkPort('127.0.0.1', 0)).toMatchObject({ state: 'ok' })
  })
})

it('a data folder that is not there yet is checked where it will be, and not made', async () => {
  const data = join(folder, 'a', 'b')
  for (const check of [await checkDataFolder(data), await checkFreeSpace(data, 0), await checkSync(data)]) {
    expect(check.state).not.toBe('fail')
  }
  expect(await readdir(folder)).toEqual([])
})
