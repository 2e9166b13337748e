/** The semantic layer by command line, against a server that runs. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readConfig } from '@millrace/server/config'
import { startServer } from '@millrace/server/main'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type FakeWorld, openFakeWorld } from '../fake-world.ts'

let world: FakeWorld
let terminal: FakeWorld
let server: Awaited<ReturnType<typeof startServer>>

beforeAll(async () => {
  world = await openFakeWorld()
  const data = join(world.folder, '.millrace')
  server = await startServer(
    await readConfig({ flags: { port: '0', data, logLevel: 'error' }, env: {}, cwd: world.folder }),
  )
  terminal = await openFakeWorld({ MILLRACE_DATA: data }, { isTerminal: true })
  const events = [
    { campaign: 'EU_Search_Brand', spend: 10, clicks: 4 },
    { campaign: 'US_Social', spend: 3, clicks: 0 },
    { campaign: 'other' },
  ]
  const text = events.map((event) => JSON.stringify({ type: 'ads', data: event })).join('\n')
  expect((await world.run(['send', '-'], text)).exitCode).toBe(0)
  const rows = async () => ((await world.run(['tables'])).records() as { rowCount: number }[])[0]?.rowCount
  await vi.waitFor(async () => expect(await rows()).toBe(3), { timeout: 30_000, interval: 50 })
}, 60_000)

afterAll(async () => {
  await server.close()
  await world.remove()
  await terminal.remove()
})

async function records(...args: string[]) {
  const { exitCode, records, stderr } = await world.run(args)
  expect([exitCode, stderr]).toEqual([0, ''])
  return records()
}

async function told(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await terminal.run(args)
  expect([exitCode, stderr]).toEqual([0, ''])
  return stdout
}

async function failure(code: number, ...args: string[]) {
  const { exitCode, stderr } = await world.run(args)
  expect(exitCode, stderr).toBe(code)
  return JSON.parse(stderr).error as { code: string; message: string }
}

describe('dimensions', () => {
  it('are listed, said, and forgotten', async () => {
    expect(await records('dimensions', 'list', '--table', 'ads', '--role', 'measurement')).toMatchObject([
      { column: 'clicks', isInferred: true },
      { column: 'spend', isInferred: true },
    ])
    const [set] = await records('dimensions', 'set', 'ads', 'clicks', '--display-name', 'Ad clicks')
    expect(set).toMatchObject({ viewColumn: 'Ad clicks' })
    expect(await told('dimensions', 'list', '--table', 'ads')).toMatch(
      /clicks +BIGINT +measurement \(inferred\) +sum +Ad clicks/,
    )
    expect(await told('dimensions', 'reset', 'ads', 'clicks')).toBe('ads.clicks is as it is inferred.\n')
    expect((await failure(2, 'dimensions', 'set', 'ads', 'clicks')).message).toContain('Nothing is said')
  })
})

describe('patterns', () => {
  it('are tried, made, renamed and deleted', async () => {
    const preview = await told('patterns', 'preview', 'ads.campaign', '--split', '_', '--position', '2')
    expect(preview).toContain('3 rows: something was found for 66.7 %.')
    expect(preview).toMatch(/nothing found in +rows +becomes\n.*\n?other +1/)
    const created = await told(
      'patterns',
      'create',
      'Region',
      '--of',
      'ads.campaign',
      '--regex',
      '^([a-z]{2})_',
      '--ignore-case',
    )
    expect(created).toBe('The pattern Region is there. It is in semantic_ads.\n')
    await writeFile(
      join(world.folder, 'channel.json'),
      '{"kind": "first", "rules": [{"kind": "split", "separator": "_", "position": 2}, {"kind": "lookup", "entries": [{"from": "other", "to": "none"}]}]}',
    )
    await records('patterns', 'create', 'channel', '--of', 'ads.campaign', '--rule', 'channel.json', '--default', '?')
    expect(await records('query', 'SELECT "Region", channel FROM semantic_ads ORDER BY spend')).toEqual([
      { Region: 'US', channel: 'Social' },
      { Region: 'EU', channel: 'Search' },
      { Region: null, channel: 'none' },
    ])
    await records('patterns', 'rename', 'CHANNEL', 'Channel')
    expect(await told('patterns', 'list')).toMatch(/Channel +ads\.campaign +semantic_ads +valid/)
    expect(await told('patterns', 'delete', 'Channel')).toBe('The pattern Channel is deleted.\n')
    expect((await failure(2, 'patterns', 'delete', 'Channel')).message).toContain('There is no pattern')
    expect((await failure(2, 'patterns', 'create', 'x', '--of', 'ads.campaign')).message).toBe('A pattern has one rule')
    expect((await failure(2, 'patterns', 'preview', 'ads', '--split', '_')).message).toContain('is no column')
  })
})

describe('harmonised dimensions and measurements', () => {
  it('are made, shown as SQL, changed and deleted', async () => {
    await records('measurements', 'create', 'CPC', 'spend / clicks')
    expect(await told('measurements', 'sql', 'CPC')).toContain('semantic_ads')
    const wrong = await failure(1, 'measurements', 'set', 'CPC', 'spent / clicks')
    expect(wrong.message).toContain('did you mean spend?')
    await records('measurements', 'set', 'CPC', 'spend / clicks * 10')
    const made = await told('harmonised-dimensions', 'create', 'Region', '--pattern', 'ads.Region')
    expect(made).toContain('harmonised_region')
    expect(await records('query', 'SELECT "Region", CPC FROM harmonised_region WHERE CPC IS NOT NULL')).toEqual([
      { Region: 'EU', CPC: 25 },
    ])
    expect((await failure(1, 'patterns', 'delete', 'Region')).message).toContain('the harmonised dimension Region')
    expect(await told('harmonised-dimensions', 'list')).toContain('harmonised_region')
    await records('harmonised-dimensions', 'delete', 'Region')
    await records('measurements', 'delete', 'CPC')
    expect(await records('measurements', 'list')).toEqual([])
  })
})
