/**
 * The command that starts a guest: Node under bubblewrap, with namespaces of its own, nothing of the machine's files but what the
 * guest reads, none of its environment, and a filter of system calls. Where bubblewrap cannot, Node alone, without our environment.
 */
import { accessSync, constants, existsSync, lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import type { GuestProgram } from '../sandbox.ts'
import { seccompFilter } from './seccomp.ts'

/** What guests are kept in with. */
export interface Jail {
  /** Path of bubblewrap; absent where it is missing or cannot make namespaces. */
  readonly bubblewrap: string | undefined
  /** Whether guests have a `/proc` of their own; some containers do not let one be made, and Node gets along without. */
  readonly hasProc: boolean
  /** Paths of util-linux. */
  readonly prlimit: string | undefined
  readonly setpriv: string | undefined
  /** Bytes of the filter of system calls; absent where none is written for this architecture. */
  readonly filter: Buffer | undefined
  /** Who guests are to the machine, where this is not the server and where they can read what they need as such. */
  readonly identity: number | undefined
}

export interface JailedCommand {
  readonly command: string
  readonly args: readonly string[]
  /** User and group that it is started as, where this is not the server's. */
  readonly identity: number | undefined
}

/** Descriptors of the started process beside 0, 1 and 2: the filter comes in on one, the guest's pid goes out on the other. */
export const filterDescriptor = 3
export const infoDescriptor = 4

const nobody = 65534

/** Ways to keep guests in, the best first; which works on this machine is for the probes to say. */
export function jailsToTry(): Jail[] {
  const { arch } = process
  const bubblewrap = findCommand('bwrap')
  const tools = { prlimit: findCommand('prlimit'), setpriv: findCommand('setpriv') }
  const filter = arch === 'x64' || arch === 'arm64' ? seccompFilter(arch) : undefined
  const identities = process.getuid?.() === 0 ? [nobody, undefined] : [undefined]
  const inBubblewrap = bubblewrap === undefined ? [] : [true, false].map((hasProc) => ({ bubblewrap, hasProc, filter }))
  const bare = { bubblewrap: undefined, hasProc: true, filter: undefined }
  return [...inBubblewrap, bare].flatMap((way) => identities.map((identity) => ({ ...tools, ...way, identity })))
}

export function jailedCommand(jail: Jail, guest: GuestProgram, memoryBytes: number): JailedCommand {
  const { bubblewrap, prlimit } = jail
  const readable = [process.execPath, guest.entry, ...guest.readable]
  const node = [process.execPath, ...guest.nodeFlags, guest.entry, ...(guest.arguments ?? [])]
  const limited = prlimit === undefined ? node : [prlimit, ...processLimits(jail, guest, memoryBytes), ...node]
  const [command = '', ...args] =
    bubblewrap === undefined
      ? [...dyingWithParent(jail), ...limited]
      : [bubblewrap, ...bubblewrapArguments(jail, readable), '--', ...limited]
  return { command, args, identity: readable.every(isOpenToAll) ? jail.identity : undefined }
}

/** What bubblewrap says on its info descriptor: `{"child-pid": 4711, …}`, as this process sees it. It is read to its end, or bubblewrap fails. */
export function readInnerPid(info: Readable | null, found: (pid: number) => void): void {
  let text = ''
  let isFound = false
  info?.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString('latin1')).slice(0, 1000)
    const pid = Number(/"child-pid": (\d+)\D/.exec(text)?.[1] ?? 0)
    if (isFound || pid === 0) return
    isFound = true
    found(pid)
  })
}

/** Of a limit that is given twice the last counts. */
function processLimits({ bubblewrap }: Jail, guest: GuestProgram, memoryBytes: number): string[] {
  const limits = [...guest.processLimits(memoryBytes), '--nofile=64:64', '--core=0:0', '--fsize=0:0']
  // Threads are counted within the jail alone; outside of it together with all others of the server's user.
  return bubblewrap === undefined ? limits : [...limits, '--nproc=64:64']
}

/** What `--die-with-parent` is to bubblewrap. */
function dyingWithParent({ setpriv }: Jail): string[] {
  return setpriv === undefined ? [] : [setpriv, '--pdeathsig', 'KILL', '--no-new-privs', '--']
}

function bubblewrapArguments({ hasProc, prlimit, filter }: Jail, readable: readonly string[]): string[] {
  return [
    ...['--unshare-all', '--die-with-parent', '--new-session', '--clearenv', '--hostname', 'guest'],
    ...['--setenv', 'TZ', 'UTC'],
    ...['/usr/lib', '/usr/lib64', '/lib', '/lib64'].flatMap(systemFolder),
    ...['--ro-bind-try', '/etc/ld.so.cache', '/etc/ld.so.cache'],
    ...(hasProc ? ['--proc', '/proc'] : []),
    ...['--dev', '/dev', '--tmpfs', '/tmp'],
    ...[...new Set([...(prlimit === undefined ? [] : [prlimit]), ...readable])].flatMap((path) => [
      '--ro-bind',
      path,
      path,
    ]),
    // A server that runs as root is root for the kernel within the jail, too, and could write to /proc/sys.
    ...[...(hasProc ? ['/proc'] : []), '/dev', '/tmp', '/'].flatMap((path) => ['--remount-ro', path]),
    ...['--uid', `${nobody}`, '--gid', `${nobody}`, '--cap-drop', 'ALL', '--chdir', '/'],
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

/** Whether a process of no particular user can read this, as far as it and the folders above it say. */
function isOpenToAll(path: string): boolean {
  try {
    const real = realpathSync(path)
    const isReadable = (statSync(real).mode & constants.S_IROTH) !== 0
    return isReadable && foldersAbove(real).every((folder) => (statSync(folder).mode & constants.S_IXOTH) !== 0)
  } catch {
    return false // its start will say what is wrong with it
  }
}

function foldersAbove(path: string): string[] {
  const folder = dirname(path)
  return folder === path ? [] : [folder, ...foldersAbove(folder)]
}
