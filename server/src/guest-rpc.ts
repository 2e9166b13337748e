/** What threads that run users' code and the thread that keeps its processes say to each other. */
import type { MessagePort } from 'node:worker_threads'
import type { BirpcReturn } from 'birpc'
import { MillraceError } from './errors.ts'
import type { LoggerSettings } from './observe/logger.ts'
import { openRpc } from './pipeline-rpc.ts'
import {
  type Guest,
  GuestKilled,
  type GuestRun,
  type Isolation,
  type KillReason,
  type PackedRequest,
  packRequest,
} from './transform/guest.ts'
import type { RunAnswer } from './transform/guest-protocol.ts'
import { fieldsOf, type GuestOpener, type Program } from './transform/program.ts'
import type { Diagnostic } from './transform.ts'

/** What the thread of the processes does for another one. */
export interface GuestCalls {
  isolation(): Promise<Isolation>
  /** The guest's number, or what is wrong with its code. @throws MillraceError `sandbox_unavailable`, `sandbox_refused`. */
  open(program: Program): Promise<number | readonly Diagnostic[]>
  /** What came out, or why the process was stopped. */
  run(guest: number, request: PackedRequest, events: Uint8Array): Promise<PackedRun | GuestStop>
  closeGuest(guest: number): void
}

/** A GuestRun in few parts, since each costs time on its way to another thread. */
export interface PackedRun {
  readonly counts: number | Int32Array
  readonly heads: RunAnswer['outputs']
  readonly faults: RunAnswer['faults']
  readonly printed: string
  readonly outputs: Uint8Array
}

export function packRun({ answer, outputs }: GuestRun): PackedRun {
  const { counts, faults, printed } = answer
  const packed = typeof counts === 'number' ? counts : Int32Array.from(counts)
  return { counts: packed, heads: answer.outputs, faults, printed, outputs }
}

function unpackRun({ counts, heads, faults, printed, outputs }: PackedRun): GuestRun {
  const unpacked = typeof counts === 'number' ? counts : Array.from(counts)
  return { answer: { kind: 'ran', counts: unpacked, outputs: heads, faults, printed }, outputs }
}

export interface GuestStop {
  readonly reason: KillReason
  readonly index: number | undefined
}

/** What the main thread asks of it beside. */
export interface ThreadCalls {
  /** Serves guests to another thread, whose first message has been taken from the port already. */
  connect(port: MessagePort, first: unknown): void
  close(): Promise<void>
}

/** What that thread is started with. */
export interface TransformThreadSettings {
  readonly logger: LoggerSettings
  /** Others than its owner reach the server, and he has not accepted to run code that nothing keeps in. */
  readonly refusesWithoutIsolation: boolean
  /** For what is made once and can be made again; made where it is missing. */
  readonly cacheFolder: string
}

export interface RemoteGuests extends GuestOpener {
  /** The thread was started again: from here on it is asked through this port. */
  reconnect(port: MessagePort): void
  isolation(): Promise<Isolation>
  /** What is wrong with the code; nothing where it can be loaded. @throws MillraceError `sandbox_unavailable`, `sandbox_refused`. */
  check(program: Program): Promise<readonly Diagnostic[]>
}

/** Events on their way to a guest and back belong to whoever has them: they move, and are not copied. */
export function movedOf({ a = [], r }: { a?: unknown[]; r?: unknown }): ArrayBuffer[] {
  const outputs = (r as Partial<PackedRun> | undefined)?.outputs
  return [...a, outputs].flatMap((value) => {
    if (!(value instanceof Uint8Array) || !(value.buffer instanceof ArrayBuffer)) return []
    return value.buffer.byteLength === value.byteLength ? [value.buffer] : [] // else others may use the rest of it
  })
}

/** Guests of another thread, over a port that this thread alone uses. While that thread is down, whatever is asked is `sandbox_unavailable`. */
export function connectGuests(port: MessagePort): RemoteGuests {
  let calls = callsThrough(port)
  return {
    reconnect(next) {
      calls = callsThrough(next)
    },
    isolation: async () => alive(calls).isolation(),
    async check(program) {
      const present = alive(calls)
      const opened = await present.open(program)
      if (typeof opened !== 'number') return opened
      closeGuest(present, opened)
      return []
    },
    async open(program) {
      const present = alive(calls)
      const opened = await present.open(program)
      if (typeof opened === 'number') return remoteGuest(present, opened)
      throw new MillraceError('invalid_code', 'The code cannot be used', { fields: fieldsOf(opened) })
    },
  }
}

type Calls = BirpcReturn<GuestCalls, object>

function callsThrough(port: MessagePort): Calls {
  const calls = openRpc<GuestCalls, object>(port, {}, movedOf)
  port.once('close', () => calls.$close(threadDied()))
  port.unref()
  return calls
}

function remoteGuest(calls: Calls, guest: number): Guest {
  let shared = new SharedArrayBuffer(0)
  return {
    // The other thread reads it where it is. A guest that answers before it was given all may find some of the next events in it.
    room(bytes) {
      if (bytes > shared.byteLength) shared = new SharedArrayBuffer(Math.max(bytes, roomBytesMin))
      return new Uint8Array(shared, 0, bytes)
    },
    async run(request, events) {
      const packed = 'json' in request ? request : packRequest(request)
      const ran = await alive(calls).run(guest, packed, events)
      if ('reason' in ran) throw new GuestKilled(ran.reason, ran.index)
      return unpackRun(ran)
    },
    close: () => closeGuest(calls, guest),
  }
}

/** What most chunks of events fit in. */
const roomBytesMin = 1024 * 1024

function alive(calls: Calls): Calls {
  if (calls.$closed) throw threadDied()
  return calls
}

/** Guests of a thread that died are gone with it. */
function closeGuest(calls: Calls, guest: number): void {
  if (!calls.$closed) void calls.closeGuest.asEvent(guest)
}

function threadDied(): MillraceError {
  return new MillraceError('sandbox_unavailable', 'The thread that runs users’ code died', {
    hint: 'Events wait in the log. It is started again by itself, unless it dies again and again: the server’s log says why.',
  })
}
