/** 10^6 events in a loop: all arrive once, in bounded memory, since a loop that waits for room is held back. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { openFaultySink } from '../faulty-sink.fixture.ts'

const count = 1_000_000

it('a million events in a loop are held back while there is no room, arrive once, and take bounded memory', async () => {
  await using sink = await openFaultySink()
  const dir = mkdtempSync(join(tmpdir(), 'millrace-million-'))
  try {
    const fixture = join(import.meta.dirname, 'million.fixture.ts')
    const { stdout } = await promisify(execFile)(process.execPath, [fixture, sink.url, dir, String(count)])
    const told = JSON.parse(stdout)
    expect(told).toMatchObject({ pending: 0, spooled: 0, stats: { accepted: count, acked: count, dropped: {} } })
    expect([sink.stored.size, sink.doubled]).toEqual([count, 0])
    expect(told.waits).toBeGreaterThan(10)
    expect(told.pendingMost).toBeLessThanOrEqual(10_000)
    expect(told.rssMost).toBeLessThan(250 * 1024 * 1024)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}, 300_000)
