/** Guests that run plain functions in this process, by the words of the guest protocol, and that can be killed by what they throw. */
import { MillraceError } from '../errors.ts'
import type { TransformFault } from '../transform.ts'
import { type Guest, GuestKilled, type KillReason } from './guest.ts'
import type { EventRun, RunRequest } from './guest-protocol.ts'
import type { GuestOpener, Program } from './program.ts'

type Json = Record<string, unknown>

/** By the code of a module: what it makes of an event. Throws a {@link Kill} where the process is to be stopped. */
export type FakeCode = Readonly<Record<string, (event: Json) => Json | readonly Json[] | null>>

export class Kill extends Error {
  readonly reason: KillReason
  constructor(reason: KillReason) {
    super(reason)
    this.reason = reason
  }
}

export interface FakeGuests extends GuestOpener {
  /** Programs opened so far. */
  readonly opened: Program[]
  /** Events that the code was called with. */
  calls: number
}

export function openFakeGuests(code: FakeCode): FakeGuests {
  const guests: FakeGuests = {
    opened: [],
    calls: 0,
    async open(program) {
      guests.opened.push(program)
      const steps = program.order.map((name) => code[program.modules.find((module) => module.name === name)!.code]!)
      return fakeGuest((event) => {
        guests.calls++
        return steps.reduce<Json[]>(
          (events, step) => events.flatMap((one) => [step(one)].flat().filter((made) => made !== null) as Json[]),
          [event],
        )
      })
    },
  }
  return guests
}

function fakeGuest(step: (event: Json) => Json[]): Guest {
  return {
    async run(request, lines) {
      const { careful, events, types } = 'json' in request ? (JSON.parse(request.json) as RunRequest) : request
      const counts: number[] = []
      const outputs: [string | 0, number | 0][] = []
      const faults: ({ index: number } & TransformFault)[] = []
      const made: string[] = []
      const texts = Buffer.from(lines).toString().trimEnd().split('\n')
      for (const [index, [id, , type]] of events.flatMap(oneByOne).entries()) {
        try {
          const results = step({
            ...(JSON.parse(texts[index]!) as Json),
            _metadata: { '@uuid': id, event_type: types[type] },
          })
          counts.push(results.length)
          for (const { _metadata, ...data } of results) {
            const routed = (_metadata as Json | undefined)?.['event_type'] as string | undefined
            outputs.push([routed === undefined || routed === types[type] ? 0 : routed, 0])
            made.push(JSON.stringify(data))
          }
        } catch (error) {
          if (error instanceof Kill) throw new GuestKilled(error.reason, careful ? index : undefined)
          counts.push(-1)
          faults.push({ index, code: 'transform_error', message: String(error), module: 'main', line: 1 })
        }
      }
      const body = Buffer.from(made.map((text) => `${text}\n`).join(''))
      return { answer: { kind: 'ran', counts, outputs, faults, printed: '' }, outputs: body }
    },
    close() {},
  }
}

/** The id of each event, and which type it has. */
function oneByOne(entry: RunRequest['events'][number]): [id: string, _: unknown, type: number][] {
  if (typeof entry[0] === 'string') return [[entry[0], undefined, entry[2] as number]]
  const [count, text, first, , type] = entry as EventRun
  const idOf = (place: number) => text + ((first + place) >>> 0).toString(16).padStart(8, '0')
  return Array.from({ length: count }, (_, place) => [idOf(place), undefined, type])
}

/** @throws MillraceError `sandbox_refused` always: for a server that may not run users' code. */
export function refuseGuests(reason: string): GuestOpener {
  return {
    async open() {
      throw new MillraceError('sandbox_refused', reason)
    },
  }
}
