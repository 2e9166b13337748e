import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { noQuota, type Quota } from '../quotas.ts'
import { silentLogger } from '../telemetry.ts'
import { type MonthlyUsage, openMonthlyUsage } from './monthly-usage.ts'

const clock = { time: 0, now: () => clock.time, elapsed: () => clock.time }
const january = Date.UTC(2026, 0, 31, 23, 0)
let folder: string
let logEnd: bigint
let usage: MonthlyUsage

const open = () =>
  openMonthlyUsage({ place: () => ({ folder, logStatus: () => ({ end: logEnd }) }), clock, logger: silentLogger })

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-usage-'))
  clock.time = january
  logEnd = 0n
  usage = open()
})
afterEach(() => {
  usage.close()
  rmSync(folder, { recursive: true })
})

const inputWith = (quota: Partial<Quota>) => ({ workspace: 'w', quota: { ...noQuota, ...quota } })

test('the request that reaches the quota is taken, the next one is not, until the month is over', () => {
  const input = inputWith({ eventsPerMonthMax: 10 })
  usage.check(input)
  usage.add('w', 15, 100)
  expect(() => usage.check(input)).toThrow(
    expect.objectContaining({ code: 'workspace_quota_exceeded', status: 402, retryAfterSeconds: 3600 }),
  )
  usage.check({ ...input, workspace: 'other' })
  usage.check({ workspace: 'w' })
  clock.time += 3600_000
  usage.check(input)
  expect(usage.of('w')).toEqual({ month: '2026-02', events: 0, bytes: 0 })
})

test('bytes have a quota of their own, and one of nothing takes nothing', () => {
  usage.add('w', 1, 100)
  usage.check(inputWith({ bytesPerMonthMax: 101, eventsPerMonthMax: 2 }))
  expect(() => usage.check(inputWith({ bytesPerMonthMax: 100 }))).toThrow('100 bytes of 2026-01')
  expect(() => usage.check({ ...inputWith({ eventsPerMonthMax: 0 }), workspace: 'new' })).toThrow('0 events')
})

test('a clock that goes back begins no month anew', () => {
  clock.time = Date.UTC(2026, 1, 1)
  usage.add('w', 5, 5)
  clock.time = january
  expect(usage.of('w')).toEqual({ month: '2026-02', events: 5, bytes: 5 })
  expect(usage.of('seen for the first time').month).toBe('2026-01')
})

test('it is known after a restart; after a kill by what the log has since', () => {
  usage.add('w', 10, 1000)
  logEnd = 110n
  usage.close()
  usage = open()
  expect(usage.of('w')).toEqual({ month: '2026-01', events: 10, bytes: 1000 })
  logEnd = 115n
  usage = open()
  expect(usage.of('w')).toEqual({ month: '2026-01', events: 15, bytes: 1500 })
})

test('a file that cannot be read keeps nobody from sending', () => {
  writeFileSync(join(folder, 'usage.json'), '{"month"')
  expect(usage.of('w')).toEqual({ month: '2026-01', events: 0, bytes: 0 })
})
