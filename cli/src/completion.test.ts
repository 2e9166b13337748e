import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { shells } from './completion.ts'
import { openFakeWorld } from './fake-world.ts'

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-completion-'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

async function script(shell: string): Promise<string> {
  const world = await openFakeWorld()
  const { exitCode, stdout } = await world.run(['completion', shell])
  await world.remove()
  expect(exitCode).toBe(0)
  return stdout
}

const isInstalled = (shell: string) => spawnSync(shell, ['--version']).status === 0

describe.each(shells)('%s', (shell) => {
  it('names every command and the flags of send', async () => {
    const text = await script(shell)
    for (const word of ['start', 'send', 'rotate-key', 'purge', 'batch-size', 'doctor', 'dry-run', 'unmap', 'follow'])
      expect(text).toContain(word)
  })

  it.skipIf(!isInstalled(shell))('is syntax that the shell accepts', async () => {
    const file = join(folder, 'completion')
    await writeFile(file, await script(shell))
    const { status, stderr } = spawnSync(shell, ['-n', file], { encoding: 'utf8' })
    expect([status, stderr]).toEqual([0, ''])
  })
})

describe.skipIf(!isInstalled('bash'))('bash completes', () => {
  it.each([
    [['millrace', 'se'], ['send']],
    [
      ['millrace', 'inputs', 'd'],
      ['disable', 'delete'],
    ],
    [['millrace', 'inputs', 'rotate-key', '--o'], ['--overlap-hours']],
    [['millrace', 'send', 'some file.csv', '--re'], ['--resume']],
    [['millrace', 'restream', '--url', 'http://x', 'pu'], ['purge']],
    [['millrace', 'transform', 'dr'], ['dry-run']],
    [
      ['millrace', 'transform', 'dry-run', '--c'],
      ['--cluster', '--code'],
    ],
    [['millrace', 'transform', 'lookups', 'se'], ['set']],
    [['millrace', 'mapping', 're'], ['rename']],
    [['millrace', 'tables', 'al'], ['alter']],
    [
      ['millrace', 'm'],
      ['measurements', 'metadata', 'mapping', 'metrics', 'mutes'],
    ],
    [['millrace', 'tail', '--st'], ['--stage']],
    [
      ['millrace', 'sources', 'r'],
      ['run', 'rerun', 'resume', 'reset'],
    ],
    [['millrace', 'jobs', 'c'], ['cancel']],
    [['millrace', 'completion', 'x'], []],
  ])('%j', async (words, expected) => {
    const file = join(folder, 'completion')
    const list = words.map((word) => `'${word}'`).join(' ')
    const ask = `COMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _millrace; echo "\${COMPREPLY[@]}"`
    await writeFile(file, `${await script('bash')}\n${ask}\n`)
    const { stdout } = spawnSync('bash', [file], { encoding: 'utf8' })
    expect(
      stdout
        .trim()
        .split(' ')
        .filter((word) => word !== ''),
    ).toEqual(expected)
  })
})
