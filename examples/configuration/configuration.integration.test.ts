/** The example is applied, works, and is not to be applied twice. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'

const main = join(import.meta.dirname, '../../cli/src/main.ts')
const folder = mkdtempSync(join(tmpdir(), 'millrace-example-'))
const secrets = { PAYMENTS_SECRET: 'a secret', SHOP_SALT: 'salt', SLACK_URL: 'https://hooks.slack.example.com/a' }
let server: ChildProcess

beforeAll(async () => {
  server = spawn(process.execPath, [main, 'start', '--port', '0', '--log-level', 'error'], {
    cwd: folder,
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface({ input: server.stdout! }))
    if (line.startsWith('Millrace is ready at http://')) break
})
afterAll(() => {
  server.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

async function run(args: string[], stdin = '') {
  const child = spawn(process.execPath, [main, ...args], {
    cwd: import.meta.dirname,
    env: { PATH: process.env['PATH'], HOME: folder, MILLRACE_DATA: join(folder, '.millrace'), ...secrets },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.end(stdin)
  const ended = once(child, 'close')
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  const [exitCode] = (await ended) as [number]
  return { exitCode, stdout, stderr }
}

it('is applied, maps what is sent, and then has nothing to change', async () => {
  expect((await run(['plan', '--exit-code'])).exitCode).toBe(2)
  const applied = await run(['apply', '--yes'])
  expect(applied.exitCode, applied.stderr).toBe(0)
  const after = await run(['plan', '--exit-code'])
  expect(after.exitCode, after.stdout).toBe(0)
  expect(
    (await run(['send', '-', '--type', 'sale'], '{"id": 1, "price": 9.5, "city": "muc", "debug": true}\n')).exitCode,
  ).toBe(0)
  const rows = async () => (await run(['query', 'SELECT id, price, city FROM sales'])).stdout
  await expect.poll(rows, { timeout: 60_000, interval: 500 }).toContain('Munich')
}, 120_000)
