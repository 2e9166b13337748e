/**
 * The command that starts a guest: Node under bubblewrap, with namespaces of its own, nothing of the machine's files but what the
 * guest reads, none of its environment, and a filter of system calls. Where bubblewrap cannot, Node alone, without our environment.
 */
import { accessSync, constants, existsSync, lstatSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { GuestProgram } from '../sandbox.ts'
import { seccompFilter } from './seccomp.ts'

/** What there is to keep guests in with, on this machine. */
export interface Jail {
  /** Path of bubblewrap; absent where it is missing or cannot make namespaces. */
  readonly bubblewrap: string | undefined
  /** Paths of util-linux. */
  readonly prlimit: string | undefined
  readonly setpriv: string | undefined
  /** Bytes of the filter of system calls; absent where none is written for this architecture. */
  readonly filter: Buffer | undefined
}

export interface JailedCommand {
  readonly command: string
  readonly args: readonly string[]
}

/** Descriptors of the started process beside 0, 1 and 2: the filter comes in on one, the guest's pid goes out on the other. */
export const filterDescriptor = 3
export const infoDescriptor = 4

/** Looks for the tools; whether they work is for the probes to say. */
export function findJail(): Jail {
  const { arch } = process
  return {
    bubblewrap: findCommand('bwrap'),
    prlimit: findCommand('prlimit'),
    setpriv: findCommand('setpriv'),
    filter: arch === 'x64' || arch === 'arm64' ? seccompFilter(arch) : undefined,
  }
}

/** Without bubblewrap: limits of memory and time alone hold. */
export function withoutNamespaces(jail: Jail): Jail {
  return { ...jail, bubblewrap: undefined }
}

export function jailedCommand(jail: Jail, guest: GuestProgram, memoryBytes: number): JailedCommand {
  const node = [process.execPath, ...guest.nodeFlags, guest.entry]
  const limited =
    jail.prlimit === undefined ? node : [jail.prlimit, ...processLimits(jail, guest, memoryBytes), ...node]
  if (jail.bubblewrap === undefined) return split([...dyingWithParent(jail), ...limited])
  return split([jail.bubblewrap, ...bubblewrapArguments(jail, guest), '--', ...limited])
}

function split([command = '', ...args]: readonly string[]): JailedCommand {
  return { command, args }
}

/** Threads are counted within the jail alone; outside of it they would be counted together with all of the server's user. */
function processLimits({ bubblewrap }: Jail, guest: GuestProgram, memoryBytes: number): string[] {
  const limits = ['--nofile=64:64', '--core=0:0', '--fsize=0:0', ...guest.processLimits(memoryBytes)]
  return bubblewrap === undefined ? limits : ['--nproc=64:64', ...limits]
}

/** What `--die-with-parent` is to bubblewrap. */
function dyingWithParent({ setpriv }: Jail): string[] {
  return setpriv === undefined ? [] : [setpriv, '--pdeathsig', 'KILL', '--no-new-privs', '--']
}

function bubblewrapArguments({ prlimit, filter }: Jail, guest: GuestProgram): string[] {
  const readable = [process.execPath, ...(prlimit === undefined ? [] : [prlimit]), ...guest.readable, guest.entry]
  return [
    ...['--unshare-all', '--die-with-parent', '--new-session', '--clearenv', '--hostname', 'guest'],
    ...['--setenv', 'TZ', 'UTC'],
    ...['/usr/lib', '/usr/lib64', '/lib', '/lib64'].flatMap(systemFolder),
    ...['--ro-bind-try', '/etc/ld.so.cache', '/etc/ld.so.cache'],
    ...['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp'],
    ...readable.flatMap((path) => ['--ro-bind', path, path]),
    // A server that runs as root is root for the kernel within the jail, too, and could write to /proc/sys.
    ...['/proc', '/dev', '/tmp', '/'].flatMap((path) => ['--remount-ro', path]),
    ...['--uid', '65534', '--gid', '65534', '--cap-drop', 'ALL', '--chdir', '/'],
    // The guest itself is process 1, so that what is measured and killed from outside is the guest, and all die with it.
    ...['--as-pid-1', '--info-fd', `${infoDescriptor}`],
    ...(filter === undefined ? [] : ['--seccomp', `${filterDescriptor}`]),
  ]
}

function systemFolder(path: string): string[] {
  if (!existsSync(path)) return []
  return lstatSync(path).isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path]
}

/** Standard places are looked at, too: a service's PATH may be short. */
function findCommand(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/local/bin', '/usr/bin', '/bin']
  return folders
    .filter((folder) => folder.startsWith('/'))
    .map((folder) => join(folder, name))
    .find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
