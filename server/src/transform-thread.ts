/** The thread that keeps the processes of users' code, and nothing else, so that it stops one in time whatever the others do. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { MillraceError } from './errors.ts'
import {
  type GuestCalls,
  type GuestStop,
  movedOf,
  type PackedRun,
  packRun,
  type ThreadCalls,
  type TransformThreadSettings,
} from './guest-rpc.ts'
import { openLogger } from './observe/logger.ts'
import { openRpc } from './pipeline-rpc.ts'
import { sandboxes } from './sandboxes.ts'
import { type Guest, GuestKilled, type Guests } from './transform/guest.ts'
import { openGuests } from './transform/guests.ts'
import type { Program } from './transform/program.ts'
import { findSnapshot, placeForSnapshot, useCacheFolder } from './transform/sandboxes/python/snapshot.ts'
import type { Diagnostic } from './transform.ts'

const { logger: loggerSettings, refusesWithoutIsolation, cacheFolder } = workerData as TransformThreadSettings
useCacheFolder(cacheFolder)
const logger = openLogger(loggerSettings)
let guests: Promise<Guests> | undefined

/** Opened when the first code is: most servers run none at first, and the probes take a moment. */
function opened(): Promise<Guests> {
  guests ??= openGuests({ logger }).catch((error: unknown) => {
    guests = undefined // the next one tries again
    throw error
  })
  return guests
}

function serve(port: MessagePort, first: unknown): void {
  const open = new Map<number, Guest>()
  let last = 0
  const calls: GuestCalls = {
    isolation: async () => (await opened()).isolation,
    async open(program) {
      const guest = await openGuest(program)
      if (Array.isArray(guest)) return guest as readonly Diagnostic[]
      open.set(++last, guest as Guest)
      return last
    },
    run: (number, request, events) => runGuest(open.get(number), request, events),
    closeGuest(number) {
      open.get(number)?.close()
      open.delete(number)
    },
  }
  openRpc<object, GuestCalls>(port, calls, movedOf)
  port.once('close', () => {
    for (const guest of open.values()) guest.close() // whoever used them is gone
  })
  port.emit('message', first)
}

async function openGuest({ sandbox: name, modules, order, ...rest }: Program): Promise<Guest | readonly Diagnostic[]> {
  const sandbox = sandboxes[name as keyof typeof sandboxes]
  const { isolation, open } = await opened()
  if (refusesWithoutIsolation && isolation.level === 'none') throw refused()
  const compiled = await sandbox.compile(modules, order)
  if (name === 'python') tellOfSnapshot()
  if ('diagnostics' in compiled) return compiled.diagnostics
  return open(sandbox, { ...rest, modules: compiled.modules, order })
}

let isTold = false

/** Once: that code starts slowly, and why. */
function tellOfSnapshot(): void {
  if (isTold || findSnapshot() !== undefined) return
  isTold = true
  const reason =
    placeForSnapshot() === undefined
      ? 'neither the folder of packages nor the data folder can be written to, or the server is root'
      : 'it could not be made'
  logger.warn('Python has no kept state: its processes start eight times as slowly', { reason })
}

async function runGuest(
  guest: Guest | undefined,
  request: Parameters<GuestCalls['run']>[1],
  events: Uint8Array,
): Promise<PackedRun | GuestStop> {
  if (guest === undefined) return { reason: 'crash', index: undefined }
  try {
    return packRun(await guest.run(request, events))
  } catch (error) {
    if (!(error instanceof GuestKilled)) throw error
    return { reason: error.reason, index: error.index }
  }
}

function refused(): MillraceError {
  return new MillraceError(
    'sandbox_refused',
    'This machine cannot keep users’ code in, and others can reach this server',
    {
      hint: 'Install bubblewrap and allow user namespaces, listen on loopback alone, or accept it with MILLRACE_CODE_ISOLATION=optional.',
    },
  )
}

openRpc<object, ThreadCalls>(parentPort!, {
  connect: serve,
  async close() {
    await (await guests)?.close()
  },
})
