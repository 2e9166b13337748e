/** What a machine needs for Millrace. Each check says what it found and, where that is not good, what to do. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config } from '@millrace/server/config'
import type { Isolation } from '@millrace/server/transform/guest'
import { formatBytes } from '../quantities.ts'
import type { Check } from './check.ts'
import { checkDataFolder, checkFreeSpace, checkSync } from './disk-checks.ts'
import { checkPort } from './port-check.ts'

/** All checks, in the order in which a person would make them. Leaves nothing behind. */
export async function* runChecks(
  config: Config,
  env: Readonly<Record<string, string | undefined>>,
): AsyncGenerator<Check> {
  yield checkNode(process.versions.node)
  yield checkVariables(Object.keys(env), config)
  yield await checkDataFolder(config.data)
  yield await checkFreeSpace(config.data, config.logBytesMax)
  yield await checkSync(config.data)
  yield await checkPort(config.host, config.port)
  yield await checkDuckDb()
  yield await checkIsolation()
  yield await checkPythonState(config.data)
  yield checkWasmSimd()
  yield checkClock(Date.now())
  yield checkMemory(process.constrainedMemory(), process.availableMemory())
}

export function checkNode(version: string): Check {
  const name = 'Node'
  if (Number.parseInt(version, 10) >= 24) return { name, state: 'ok', found: version }
  return {
    name,
    state: 'fail',
    found: version,
    advice: 'Millrace needs Node 24: npm ci brings it, npm run millrace uses it.',
  }
}

const otherVariables = ['MILLRACE_URL', 'MILLRACE_TOKEN', 'MILLRACE_KEY']

export function checkVariables(names: readonly string[], config: Config): Check {
  const name = 'environment'
  const known = [...Object.keys(config).map(variableOf), ...otherVariables]
  const ours = names.filter((variable) => variable.startsWith('MILLRACE_'))
  const unknown = ours.filter((variable) => !known.includes(variable))
  if (unknown.length === 0) return { name, state: 'ok', found: `${ours.length} variables, all known` }
  return {
    name,
    state: 'warn',
    found: `unknown: ${unknown.join(', ')}`,
    advice: 'Look for a typing error; millrace config lists the variables.',
  }
}

async function checkDuckDb(): Promise<Check> {
  const name = 'DuckDB'
  const place = await mkdtemp(join(tmpdir(), 'millrace-doctor-'))
  try {
    const { duckdb } = await import('@millrace/server/load/loaders/duckdb')
    const settings = { path: join(place, 'probe.duckdb'), memoryLimitMb: 128 }
    const destination = await duckdb.open(settings, AbortSignal.timeout(10_000))
    const { rows } = await destination.query({ sql: 'SELECT version()', rowsMax: 1, timeoutMs: 10_000 })
    await destination.close()
    return { name, state: 'ok', found: String(rows[0]?.[0]) }
  } catch (error) {
    const found = `does not load: ${(error as Error).message.split('\n', 1)[0]}`
    return {
      name,
      state: 'fail',
      found,
      advice: 'Run npm ci on this machine: the library is built for one system and processor.',
    }
  } finally {
    await rm(place, { recursive: true, force: true })
  }
}

/** Opens and closes what runs users' code, which tries how well it is kept in. */
async function checkIsolation(): Promise<Check> {
  const name = 'users’ code'
  const { openGuests } = await import('@millrace/server/transform/guests')
  const { silentLogger } = await import('@millrace/server/telemetry')
  try {
    const guests = await openGuests({ logger: silentLogger })
    await guests.close()
    return await judgeIsolation(guests.isolation)
  } catch (error) {
    const advice = 'Without it, code is not run, and events wait in the log where there is some.'
    return { name, state: 'warn', found: (error as Error).message, advice }
  }
}

export async function judgeIsolation(isolation: Isolation): Promise<Check> {
  const { tellIsolation } = await import('@millrace/server/isolation')
  const name = 'users’ code'
  const { level, notHeld, warning } = tellIsolation(isolation)
  if (warning === null) return { name, state: 'ok', found: `isolation ${level}` }
  return { name, state: 'warn', found: `isolation ${level}, not held: ${notHeld.join(', ')}`, advice: warning }
}

/** Whether what makes Python start fast is there, or can be made. */
async function checkPythonState(data: string): Promise<Check> {
  const { findSnapshot, placeForSnapshot, useCacheFolder } = await import(
    '@millrace/server/transform/sandboxes/python/snapshot'
  )
  const name = 'Python'
  useCacheFolder(join(data, 'cache'))
  if (findSnapshot() !== undefined) return { name, state: 'ok', found: 'starts fast' }
  if (placeForSnapshot() !== undefined) return { name, state: 'ok', found: 'starts fast once some has run' }
  return {
    name,
    state: 'warn',
    found: 'starts slowly: its state can be kept nowhere',
    advice:
      'Only for code in Python: let the server write to node_modules/.cache once, or run it as another user than root.',
  }
}

/** A module whose one function holds a SIMD instruction. */
const simdModule = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11],
)

function checkWasmSimd(): Check {
  const name = 'WebAssembly SIMD'
  try {
    new WebAssembly.Module(simdModule)
    return { name, state: 'ok', found: 'available' }
  } catch {
    const advice = 'Intake works, several times slower: use a processor of the last ten years.'
    return { name, state: 'warn', found: 'not available', advice }
  }
}

const earliest = Date.parse('2025-01-01')
const latest = Date.parse('2100-01-01')

export function checkClock(now: number): Check {
  const found = new Date(now).toISOString()
  if (now > earliest && now < latest) return { name: 'clock', state: 'ok', found }
  return {
    name: 'clock',
    state: 'fail',
    found,
    advice: 'Set the clock: ids, times of receipt and retention depend on it.',
  }
}

const memoryWanted = 1024 ** 3

/** `constrained` is 0, or more than there is, where nothing limits the process. */
export function checkMemory(constrained: number, available: number): Check {
  const bytes = constrained > 0 ? Math.min(constrained, available) : available
  const found = `${formatBytes(bytes)} free`
  if (bytes >= memoryWanted) return { name: 'memory', state: 'ok', found }
  return {
    name: 'memory',
    state: 'warn',
    found,
    advice: `Under full load Millrace wants ${formatBytes(memoryWanted)}.`,
  }
}

function variableOf(setting: string): string {
  return `MILLRACE_${setting.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
}
