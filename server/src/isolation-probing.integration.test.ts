import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { openProbing } from './isolation-probing.ts'
import { silentLogger } from './telemetry.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-probing-'))
  vi.stubEnv('TMPDIR', folder)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

it('measures once for all who ask, tells the log, and leaves neither a process nor a file behind', async () => {
  const told: string[] = []
  const tell = (message: string) => void told.push(message)
  const probe = openProbing({ ...silentLogger, info: tell, warn: tell })
  const [one, other] = await Promise.all([probe(), probe()])
  expect(one).toBe(other)
  expect(one.level).toMatch(/^(full|partial|none)$/)
  expect(one.probes.map(({ name }) => name)).toEqual(expect.arrayContaining(['files', 'network', 'time', 'memory']))
  expect(told).toEqual([expect.stringMatching(/^users’ code is (not )?kept in$/)])
  expect(probers()).toEqual([])
  expect(readdirSync(folder)).toEqual([])
})

it('gives way to whoever has work to do, and knows none of the server’s secrets', async () => {
  vi.stubEnv('MILLRACE_ADMIN_TOKEN', 'of-the-server-alone')
  const measured = openProbing(silentLogger)()
  await expect.poll(probers).toHaveLength(1)
  const [pid] = probers()
  const [, , niceness] = /(\S+ ){16}(\S+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, ''))!
  expect(Number(niceness)).toBe(10)
  expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toContain('of-the-server-alone')
  await measured
})

it('says why no code can run, and measures again for who asks later', async () => {
  const tools = join(folder, 'tools')
  mkdirSync(tools)
  for (const name of ['bwrap', 'prlimit', 'setpriv']) {
    writeFileSync(join(tools, name), '#!/bin/sh\necho it is broken >&2\nexit 1\n')
    chmodSync(join(tools, name), 0o755)
  }
  const right = process.env['PATH']
  vi.stubEnv('PATH', `${tools}:${right}`)
  const probe = openProbing(silentLogger)
  await expect(probe()).rejects.toMatchObject({
    code: 'sandbox_unavailable',
    message: expect.stringContaining('it is broken'),
  })
  vi.stubEnv('PATH', right)
  expect((await probe()).level).toMatch(/^(full|partial|none)$/)
})

/** The processes of this one that measure. */
function probers(): number[] {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').filter(Boolean)
  return children.map(Number).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('isolation-probe.ts')
    } catch {
      return false
    }
  })
}
