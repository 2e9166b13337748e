/** The example does what it says. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '@millrace/server/config'
import { startServer } from '@millrace/server/main'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { breakAndMend } from './shape.ts'

const folder = mkdtempSync(join(tmpdir(), 'millrace-shape-'))
let server: Awaited<ReturnType<typeof startServer>>
let local: { url: string; token: string; ingestKey: string }

beforeAll(async () => {
  const flags = { port: '0', data: join(folder, 'data'), logLevel: 'error' }
  server = await startServer(await readConfig({ flags, env: {}, cwd: folder }))
  local = JSON.parse(readFileSync(join(folder, 'data', 'local.json'), 'utf8'))
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

it('a field is broken and mended, and every event becomes one row', async () => {
  const said: string[] = []
  const result = await breakAndMend({ ...local, key: local.ingestKey }, (text) => said.push(text))
  expect(result).toEqual({ sent: 100, failed: 50, restreamed: 50, rows: 100, isBalanced: true })
  expect(said).toEqual([
    '50 orders have their totals.',
    expect.stringMatching(/^Version 2 failed on 50 of them: TypeError: event\.price\.replace is not a function/),
    expect.stringMatching(/^With the fix the first one becomes \{.*"total":\d/),
    'Tried on all that wait: 50 would pass, 0 fail.',
    '50 were sent through again: 100 rows, and the books balance.',
  ])
})
