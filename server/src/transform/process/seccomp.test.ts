import { describe, expect, test } from 'vitest'
import { type FilteredArchitecture, seccompFilter } from './seccomp.ts'

const allow = 0x7fff0000
const kill = 0x80000000
const EPERM = 0x00050001
const ENOSYS = 0x00050026

/** By the system's own headers, and not by the list that is tested. */
const audit = { x64: 0xc000003e, arm64: 0xc00000b7 }
const calls = {
  x64: {
    read: 0,
    write: 1,
    mmap: 9,
    ioctl: 16,
    socket: 41,
    clone: 56,
    fork: 57,
    execve: 59,
    prctl: 157,
    ptrace: 101,
    mount: 165,
    openat: 257,
    unshare: 272,
    bpf: 321,
    io_uring_setup: 425,
    clone3: 435,
  },
  arm64: {
    read: 63,
    write: 64,
    mmap: 222,
    ioctl: 29,
    socket: 198,
    clone: 220,
    execve: 221,
    prctl: 167,
    ptrace: 117,
    mount: 40,
    openat: 56,
    unshare: 97,
    bpf: 280,
    io_uring_setup: 425,
    clone3: 435,
  },
} as const

const pthread = 0x3d0f00 // CLONE_VM, FS, FILES, SIGHAND, THREAD, SYSVSEM, SETTLS, PARENT_SETTID, CHILD_CLEARTID
const SIGCHLD = 17
const CLONE_NEWUSER = 0x10000000

describe.each(['x64', 'arm64'] as const)('the filter of system calls for %s', (architecture) => {
  const numbers = calls[architecture]
  const verdict = (number: number, ...args: number[]) => run(seccompFilter(architecture), architecture, number, args)

  test.each(['read', 'write', 'openat', 'execve'] as const)('allows %s', (name) => {
    expect(verdict(numbers[name])).toBe(allow)
  })

  test.each(['socket', 'ptrace', 'mount', 'unshare', 'bpf', 'io_uring_setup'] as const)('refuses %s', (name) => {
    expect(verdict(numbers[name])).toBe(EPERM)
  })

  test('allows threads, and refuses processes and namespaces', () => {
    expect(verdict(numbers.clone, pthread)).toBe(allow)
    expect(verdict(numbers.clone, SIGCHLD)).toBe(EPERM)
    expect(verdict(numbers.clone, pthread | CLONE_NEWUSER)).toBe(EPERM)
    expect(verdict(numbers.clone3)).toBe(ENOSYS) // its flags are in memory, where a filter does not see them
    if ('fork' in numbers) expect(verdict(numbers.fork)).toBe(EPERM)
  })

  test('allows memory of its own, and refuses memory that can be held without being seen', () => {
    const MAP_SHARED = 1
    const MAP_PRIVATE = 2
    const MAP_ANONYMOUS = 0x20
    expect(verdict(numbers.mmap, 0, 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS)).toBe(allow)
    expect(verdict(numbers.mmap, 0, 4096, 3, MAP_SHARED | MAP_ANONYMOUS)).toBe(EPERM)
  })

  test('refuses to outlive the server and to type into its terminal', () => {
    const PR_SET_PDEATHSIG = 1
    const PR_SET_NAME = 15
    expect(verdict(numbers.prctl, PR_SET_PDEATHSIG, 0)).toBe(EPERM)
    expect(verdict(numbers.prctl, PR_SET_NAME)).toBe(allow)
    const TCGETS = 0x5401
    const TIOCSTI = 0x5412
    const TIOCLINUX = 0x541c
    expect([TCGETS, TIOCSTI, TIOCLINUX].map((request) => verdict(numbers.ioctl, 0, request))).toEqual([
      allow,
      EPERM,
      EPERM,
    ])
  })

  test('knows no call that is newer than itself, and kills who calls as another architecture', () => {
    expect(verdict(463)).toBe(ENOSYS)
    expect(verdict(100_000)).toBe(ENOSYS)
    const other = architecture === 'x64' ? 'arm64' : 'x64'
    expect(run(seccompFilter(architecture), other, numbers.read, [])).toBe(kill)
  })

  test('is within what the kernel takes', () => {
    expect(seccompFilter(architecture).length / 8).toBeLessThan(4096)
  })
})

test('the filter for x64 kills who calls with the numbers of x32', () => {
  expect(run(seccompFilter('x64'), 'x64', 0x40000000, [])).toBe(kill)
})

/** Runs the filter as the kernel does; throws where the kernel would not load it. */
function run(program: Buffer, architecture: FilteredArchitecture, number: number, args: readonly number[]): number {
  const data = new DataView(new ArrayBuffer(64))
  data.setUint32(0, number, true)
  data.setUint32(4, audit[architecture], true)
  for (const [index, value] of args.entries()) data.setUint32(16 + 8 * index, value, true)
  let accumulator = 0
  for (let at = 0; at < program.length; at += 8) {
    const operand = program.readUInt32LE(at + 4)
    const jump = (isTrue: boolean) => 8 * program.readUInt8(at + (isTrue ? 2 : 3))
    const code = program.readUInt16LE(at)
    if (code === 0x06) return operand
    if (code === 0x20) accumulator = data.getUint32(operand, true)
    else if (code === 0x54) accumulator = (accumulator & operand) >>> 0
    else if (code === 0x15) at += jump(accumulator === operand)
    else if (code === 0x25) at += jump(accumulator > operand)
    else if (code === 0x35) at += jump(accumulator >= operand)
    else throw new Error(`No instruction of classic BPF: ${code}`)
  }
  throw new Error('The program ends without an answer')
}
