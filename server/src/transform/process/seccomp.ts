/**
 * The filter of system calls that the kernel applies to a guest: a program of classic BPF (linux/seccomp.h), as bubblewrap reads it.
 *
 *   instruction   u16 code, u8 jump if true, u8 jump if false, u32 operand (little endian)
 *
 * Names what is refused rather than what is allowed, for Node's own calls differ by version of Node, of the C library and of the
 * kernel; what is newer than this list is unknown to the guest, too. A refused call fails with EPERM, one that has an older
 * equivalent with ENOSYS, so that the C library falls back.
 */

export type FilteredArchitecture = 'x64' | 'arm64'

/** Number of each refused call on x64 and on arm64; -1 where there is none. */
const refused: Readonly<Record<string, readonly [x64: number, arm64: number]>> = {
  // Network, also to abstract sockets of the machine.
  socket: [41, 198],
  socketpair: [53, 199],
  connect: [42, 203],
  bind: [49, 200],
  listen: [50, 201],
  accept: [43, 202],
  accept4: [288, 242],
  // Other processes.
  fork: [57, -1],
  vfork: [58, -1],
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  process_madvise: [440, 440],
  process_mrelease: [448, 448],
  pidfd_open: [434, 434],
  pidfd_getfd: [438, 438],
  pidfd_send_signal: [424, 424],
  kcmp: [312, 272],
  // Namespaces and mounts.
  unshare: [272, 97],
  setns: [308, 268],
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  chroot: [161, 51],
  open_tree: [428, 428],
  move_mount: [429, 429],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fspick: [433, 433],
  mount_setattr: [442, 442],
  statmount: [457, 457],
  listmount: [458, 458],
  name_to_handle_at: [303, 264],
  open_by_handle_at: [304, 265],
  // Parts of the kernel where mistakes were found often.
  bpf: [321, 280],
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  keyctl: [250, 219],
  add_key: [248, 217],
  request_key: [249, 218],
  userfaultfd: [323, 282],
  perf_event_open: [298, 241],
  fanotify_init: [300, 262],
  lookup_dcookie: [212, 18],
  personality: [135, 92],
  modify_ldt: [154, -1],
  vmsplice: [278, 75],
  migrate_pages: [256, 238],
  move_pages: [279, 239],
  // Memory that does not show in what the process holds.
  memfd_create: [319, 279],
  memfd_secret: [447, 447],
  shmget: [29, 194],
  shmat: [30, 196],
  shmctl: [31, 195],
  shmdt: [67, 197],
  semget: [64, 190],
  semop: [65, 193],
  semctl: [66, 191],
  semtimedop: [220, 192],
  msgget: [68, 186],
  msgsnd: [69, 189],
  msgrcv: [70, 188],
  msgctl: [71, 187],
  mq_open: [240, 180],
  mq_unlink: [241, 181],
  // The machine.
  init_module: [175, 105],
  finit_module: [313, 273],
  delete_module: [176, 106],
  kexec_load: [246, 104],
  kexec_file_load: [320, 294],
  reboot: [169, 142],
  swapon: [167, 224],
  swapoff: [168, 225],
  acct: [163, 89],
  quotactl: [179, 60],
  quotactl_fd: [443, 443],
  syslog: [103, 116],
  settimeofday: [164, 170],
  clock_settime: [227, 112],
  adjtimex: [159, 171],
  clock_adjtime: [305, 266],
  sethostname: [170, 161],
  setdomainname: [171, 162],
  vhangup: [153, 58],
  iopl: [172, -1],
  ioperm: [173, -1],
  nfsservctl: [180, 42],
  uselib: [134, -1],
  _sysctl: [156, -1],
  sysfs: [139, -1],
  ustat: [136, -1],
}

const numbers = {
  x64: { audit: 0xc000003e, clone: 56, mmap: 9, prctl: 157, ioctl: 16 },
  arm64: { audit: 0xc00000b7, clone: 220, mmap: 222, prctl: 167, ioctl: 29 },
} as const

const clone3 = 435
/** `mseal`; calls after it came after this list. */
const newestKnown = 462
const x32Bit = 0x40000000

const load = 0x20
const and = 0x54
const jumpIfEqual = 0x15
const jumpIfGreater = 0x25
const jumpIfGreaterOrEqual = 0x35
const answer = 0x06

const allow = 0x7fff0000
const kill = 0x80000000
const fail = (errno: number) => 0x00050000 | errno
const EPERM = 1
const ENOSYS = 38

/** Where `struct seccomp_data` has the number, the architecture, and the low half of an argument. */
const numberAt = 0
const architectureAt = 4
const argumentAt = (index: number) => 16 + 8 * index

const CLONE_THREAD = 0x10000
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET */
const CLONE_NEW = 0x7e020000
/** Pages of a shared mapping can be kept without being mapped, and then nobody sees who holds them. */
const MAP_SHARED = 0x01
/** Would let a guest outlive the server. */
const PR_SET_PDEATHSIG = 1
/** Would type into the terminal of whoever started the server. */
const TIOCSTI = 0x5412
const TIOCLINUX = 0x541c

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, operand: number]

/** The filter for this architecture, for `bwrap --seccomp`. */
export function seccompFilter(architecture: FilteredArchitecture): Buffer {
  const { audit, clone, mmap, prctl, ioctl } = numbers[architecture]
  const program: Instruction[] = [
    [load, 0, 0, architectureAt],
    [jumpIfEqual, 1, 0, audit],
    [answer, 0, 0, kill],
    [load, 0, 0, numberAt],
    ...(architecture === 'x64' ? refuseFrom(x32Bit) : []),
    [jumpIfGreater, 0, 1, newestKnown],
    [answer, 0, 0, fail(ENOSYS)],
    ...refuse(clone3, ENOSYS),
    ...Object.values(refused).flatMap((byArchitecture) => {
      const number = byArchitecture[architecture === 'x64' ? 0 : 1]
      return number === -1 ? [] : refuse(number, EPERM)
    }),
    // Threads, no processes.
    ...refuseUnless(clone, 0, CLONE_THREAD | CLONE_NEW, CLONE_THREAD),
    ...refuseUnless(mmap, 3, MAP_SHARED, 0),
    ...refuseWith(prctl, 0, [PR_SET_PDEATHSIG]),
    ...refuseWith(ioctl, 1, [TIOCSTI, TIOCLINUX]),
    [answer, 0, 0, allow],
  ]
  return encode(program)
}

function refuse(number: number, errno: number): Instruction[] {
  return [
    [jumpIfEqual, 0, 1, number],
    [answer, 0, 0, fail(errno)],
  ]
}

function refuseFrom(number: number): Instruction[] {
  return [
    [jumpIfGreaterOrEqual, 0, 1, number],
    [answer, 0, 0, kill],
  ]
}

/** Refuses the call unless its argument, masked, is this value. */
function refuseUnless(number: number, argument: number, mask: number, value: number): Instruction[] {
  return [
    [jumpIfEqual, 0, 5, number],
    [load, 0, 0, argumentAt(argument)],
    [and, 0, 0, mask],
    [jumpIfEqual, 0, 1, value],
    [answer, 0, 0, allow],
    [answer, 0, 0, fail(EPERM)],
  ]
}

/** Refuses the call where its argument is one of these. */
function refuseWith(number: number, argument: number, values: readonly number[]): Instruction[] {
  const checks = values.flatMap((value) => refuse(value, EPERM))
  return [
    [jumpIfEqual, 0, checks.length + 2, number],
    [load, 0, 0, argumentAt(argument)],
    ...checks,
    [answer, 0, 0, allow],
  ]
}

function encode(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(8 * program.length)
  for (const [index, [code, ifTrue, ifFalse, operand]] of program.entries()) {
    bytes.writeUInt16LE(code, 8 * index)
    bytes.writeUInt8(ifTrue, 8 * index + 2)
    bytes.writeUInt8(ifFalse, 8 * index + 3)
    bytes.writeUInt32LE(operand >>> 0, 8 * index + 4)
  }
  return bytes
}
