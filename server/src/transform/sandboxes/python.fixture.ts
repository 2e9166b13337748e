/** Python code in a real guest, for tests: a program in, what each event became out. */
import { silentLogger } from '../../telemetry.ts'
import { defaultTransformLimits, type TransformFault, type TransformLimits } from '../../transform.ts'
import { countAt, type Guest } from '../guest.ts'
import type { LoadRequest, RunRequest } from '../guest-protocol.ts'
import { openGuests } from '../guests.ts'
import { headsOf } from './javascript.fixture.ts'
import { python } from './python.ts'

/** Modules by name; text alone is the module `main`. */
export type Code = string | Readonly<Record<string, string>>

export interface ProgramSettings extends Partial<Pick<LoadRequest, 'order' | 'secrets' | 'lookups'>> {
  readonly limits?: Partial<TransformLimits>
}

/** What an event became: lines of JSON, or a fault. */
export type Outcome = readonly string[] | TransformFault

export interface PythonProgram {
  readonly guest: Guest
  /** Events as JSON text or as what is written as such. */
  run(events: readonly unknown[], request?: Partial<RunRequest>): Promise<Ran>
}

export interface Ran {
  readonly outcomes: readonly Outcome[]
  readonly heads: ReturnType<typeof headsOf>
  readonly printed: string
}

export async function openPythonGuests(logger = silentLogger) {
  await python.compile([], [])
  const guests = await openGuests({ logger })
  return {
    isolation: guests.isolation,
    async open(code: Code, settings: ProgramSettings = {}): Promise<PythonProgram> {
      const guest = await guests.open(python, programOf(code, settings))
      return { guest, run: (events, request) => run(guest, events, request) }
    },
    close: () => guests.close(),
  }
}

export const receivedAt = Date.UTC(2026, 10, 26, 12, 30, 0, 7)

function programOf(code: Code, { limits, ...rest }: ProgramSettings): Omit<LoadRequest, 'kind'> {
  const modules = Object.entries(typeof code === 'string' ? { main: code } : code).map(([name, code]) => ({
    name,
    code,
  }))
  return {
    modules,
    order: ['main'],
    secrets: {},
    lookups: {},
    ...rest,
    limits: { ...defaultTransformLimits, ...limits },
  }
}

async function run(guest: Guest, events: readonly unknown[], request: Partial<RunRequest> = {}): Promise<Ran> {
  const lines = events.map((event) => `${typeof event === 'string' ? event : JSON.stringify(event)}\n`)
  const { answer, outputs } = await guest.run(
    {
      careful: false,
      inputs: [{ id: 'input-1', label: 'Shop', type: 'native' }],
      types: ['page', 'click'],
      events: events.map((_, index) => [`id-${index}`, 0, 0, receivedAt, receivedAt, 0, 0]),
      ...request,
    },
    Buffer.from(lines.join('')),
  )
  const made = Buffer.from(outputs).toString().split('\n')
  const faults = new Map(answer.faults.map(({ index, ...fault }) => [index, fault]))
  const outcomes = events.map((_, index) => faults.get(index) ?? made.splice(0, countAt(answer.counts, index)))
  return { outcomes, heads: headsOf(answer), printed: answer.printed }
}
