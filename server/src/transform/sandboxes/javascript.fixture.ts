/** Runs users' TypeScript as the data plane does, for tests: loaded into a jailed guest, given events. Compiled in short: types stripped. */
import { stripTypeScriptTypes } from 'node:module'
import { silentLogger } from '../../telemetry.ts'
import { type Deployment, defaultTransformLimits, type TransformLimits } from '../../transform.ts'
import { countAt, type Guest, type Guests } from '../guest.ts'
import type { RunAnswer, RunRequest } from '../guest-protocol.ts'
import { openGuests } from '../guests.ts'
import { javascript } from './javascript.ts'

export const openJavascriptGuests = (logger = silentLogger) => openGuests({ logger })

export interface Code extends Partial<Pick<Deployment, 'secrets' | 'lookups' | 'order'>> {
  readonly main: string
  /** Code of further modules. */
  readonly others?: Readonly<Record<string, string>>
  readonly limits?: Partial<TransformLimits>
}

/** @throws MillraceError `invalid_code` */
export async function openCode(guests: Guests, { main, others = {}, limits, ...rest }: Code): Promise<Guest> {
  const modules = Object.entries({ main, ...others }).map(([name, code]) => ({
    name,
    code: stripTypeScriptTypes(code),
  }))
  return guests.open(javascript, {
    modules,
    order: ['main'],
    secrets: {},
    lookups: {},
    ...rest,
    limits: { ...defaultTransformLimits, ...limits },
  })
}

export interface Ran {
  /** With the count of each event, and the head of each output. */
  readonly answer: RunAnswer & { readonly counts: readonly number[] }
  /** Lines of the outputs. */
  readonly lines: readonly string[]
}

/** `events` are JSON texts. */
export async function runOn(
  guest: Guest,
  events: readonly string[],
  { careful = false, ...changes }: Partial<Omit<RunRequest, 'kind'>> = {},
): Promise<Ran> {
  const request = {
    careful,
    inputs: [{ id: 'in1', label: 'Shop', type: 'webhook' }],
    types: ['order'],
    events: events.map((_, index) => [`id${index}`, 0, 0, receivedAt, receivedAt, 0, 0] as const),
    ...changes,
  }
  const { answer, outputs } = await guest.run(request, Buffer.from(events.map((event) => `${event}\n`).join('')))
  const text = Buffer.from(outputs).toString()
  const counts = events.map((_, index) => countAt(answer.counts, index))
  return { answer: { ...answer, counts, outputs: headsOf(answer) }, lines: text.split('\n').slice(0, -1) }
}

/** The head of each output. */
export function headsOf({ outputs }: RunAnswer): Exclude<RunAnswer['outputs'], number> {
  return typeof outputs === 'number' ? Array.from({ length: outputs }, () => [0, 0] as const) : outputs
}

/** 2026-01-02T03:04:05.678Z */
export const receivedAt = Date.UTC(2026, 0, 2, 3, 4, 5, 678)
