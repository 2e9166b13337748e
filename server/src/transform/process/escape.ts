/**
 * Runs in the jail and tries to get out of it, as hostile code would that has got hold of Node itself. Started by `probes.ts`, which says
 * what there is to be found outside.
 */
import { spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { closeSync, constants, openSync, readdirSync, readFileSync, unlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type Run, say, serve } from './guest-side.ts'

/** What is outside. */
export interface Outside {
  /** Files and folders that everybody may read. */
  readonly readable: readonly string[]
  /** Of the server. */
  readonly pid: number
  /** TCP on 127.0.0.1. */
  readonly port: number
}

/** For each way out whether it was shut. */
export type Attempts = Readonly<Record<string, boolean>>

const run: Run = async ({ types: [deed] }, body) => {
  if (deed === 'loop') for (;;);
  const attempts = deed === 'allocate' ? await allocate() : await tryAll(JSON.parse(body.toString()) as Outside)
  say({ kind: 'ran', counts: [0], outputs: [], faults: [], printed: JSON.stringify(attempts) })
}

/** More than twice what it may, and no more, in case that nobody stops it; then leaves time to be stopped. */
async function allocate(): Promise<Attempts> {
  const held = Array.from({ length: 128 }, () => Buffer.alloc(4 * 1024 * 1024, 1))
  await setTimeout(3_000)
  return { memory: held.length === 0 }
}

async function tryAll({ readable, pid, port }: Outside): Promise<Attempts> {
  const tcp = await connectionTo(port)
  const udp = await datagramTo(port)
  return {
    environment: Object.keys(process.env).every((name) => name === 'PWD' || name === 'TZ'),
    files: !['/etc/passwd', '/root', '/home', '/var', '/sys', ...readable].some(canRead),
    writing:
      !['/', '/tmp', '/dev', '/dev/shm', dirname(process.argv[1] ?? '/')].some(canCreate) && !kernelFiles.some(canOpen),
    processes: processesSeen() === 0 && !canSignal(pid),
    network: tcp !== 'connected', // a datagram is sent without anybody to hear it
    'new processes': spawnSync(process.execPath, ['--version']).status !== 0,
    privileges: !canBecomeRoot() && (statusOf('CapEff') ?? '0').replaceAll('0', '') === '',
    // Without a filter it would be refused by nobody, or by another error.
    'system calls': tcp === 'EPERM' && udp === 'EPERM' && statusOf('Seccomp') !== '0',
  }
}

/** With them a process could change the machine, or be spared where memory is short. */
const kernelFiles = [
  '/proc/sys/kernel/core_pattern',
  '/proc/self/oom_score_adj',
  '/proc/self/mem',
  '/proc/sysrq-trigger',
]

function canRead(path: string): boolean {
  return succeeds(() => readdirSync(path)) || succeeds(() => readFileSync(path))
}

function canCreate(folder: string): boolean {
  const path = join(folder, `millrace-probe-${process.pid}`)
  return succeeds(() => closeSync(openSync(path, 'wx'))) && (succeeds(() => unlinkSync(path)) || true)
}

function canOpen(path: string): boolean {
  return succeeds(() => closeSync(openSync(path, constants.O_WRONLY)))
}

/** Others than this one. Where there is no list of processes, none is seen. */
function processesSeen(): number {
  if (!succeeds(() => readdirSync('/proc'))) return 0
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid).length
}

function canSignal(pid: number): boolean {
  return pid !== process.pid && succeeds(() => process.kill(pid, 0))
}

function canBecomeRoot(): boolean {
  return succeeds(() => process.setuid?.(0)) || succeeds(() => process.setgroups?.([0]))
}

function statusOf(name: string): string | undefined {
  try {
    return new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
  } catch {
    return undefined
  }
}

/** `connected`, or the code of the error. */
async function connectionTo(port: number): Promise<string | undefined> {
  const socket = connect({ port, host: '127.0.0.1' })
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(2000) })
    return 'connected'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code
  } finally {
    socket.destroy()
  }
}

/** `sent`, or the code of the error. */
async function datagramTo(port: number): Promise<string | undefined> {
  const socket = createSocket('udp4')
  try {
    const failed = once(socket, 'error').then(([error]) => (error as NodeJS.ErrnoException).code)
    const sent = new Promise<string | undefined>((resolve) => {
      socket.send('out', port, '127.0.0.1', (error) => resolve(error ? (error as NodeJS.ErrnoException).code : 'sent'))
    })
    return await Promise.race([failed, sent])
  } catch (error) {
    return (error as NodeJS.ErrnoException).code
  }
}

function succeeds(attempt: () => unknown): boolean {
  try {
    attempt()
    return true
  } catch {
    return false
  }
}

await serve(async () => say({ kind: 'loaded' }), run)
