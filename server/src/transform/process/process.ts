/**
 * One guest process: started in the jail, asked one thing at a time, killed from outside when it takes too long, holds too much or
 * says what it may not. Whatever ends it, it ends once, and whoever waits learns why.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { releaseOwn } from '../../heap.ts'
import { GuestKilled, type KillReason } from '../guest.ts'
import type { GuestProgram } from '../sandbox.ts'
import { startDeadline } from './deadline.ts'
import { encodeFrame, type Frame, FrameError, type FrameLimits, FrameReader } from './frames.ts'
import { stdioOf } from './inherited.ts'
import { filterDescriptor, infoDescriptor, type Jail, jailedCommand, readInnerPid } from './jail.ts'
import { type Stop, type Stopwatch, startStopwatch } from './stop.ts'
import { watch } from './watch.ts'

const startMsMax = 30_000
const readyLimits: FrameLimits = { headBytesMax: 4096, bodyBytesMax: 0 }
const stderrBytesMax = 1024 * 1024
const complaintLengthMax = 4000
/** How a shell, and bubblewrap, say that SIGKILL ended what they ran. */
const killedExitCode = 128 + 9

/** What is expected of the process, until it answers. */
export interface Expectation<T> {
  readonly limits: FrameLimits
  /** Until the answer, or until the first sign of life. */
  readonly deadlineMs: number
  /** Looks at a frame: the answer, or a sign of life with the next deadline. @throws FrameError */
  receive(frame: Frame): { readonly answer: T } | { readonly deadlineMs: number }
}

interface Waiting {
  readonly limits: FrameLimits
  /** Since it was asked, or gave a sign of life. */
  stopwatch: Stopwatch
  receive(frame: Frame): void
  reject(reason: GuestKilled): void
}

export class GuestProcess {
  /** It is up and may be loaded. Rejects with `GuestKilled`. */
  readonly ready: Promise<void>
  /** It ended, or was never started. */
  readonly ended: Promise<void>
  readonly #child: ChildProcess
  readonly #isJailed: boolean
  readonly #reader = new FrameReader()
  #innerPid: number | undefined
  #waiting: Waiting | undefined
  #end: KillReason | undefined
  #complaint = ''
  #complaintBytes = 0
  readonly #memoryBytesMax: number
  /** What it was asked may bring it to run others' code; until then it runs ours alone, and need not be watched. */
  #isAsked = false
  #stopWatching: (() => void) | undefined
  readonly #onStopped: (stop: Stop) => void

  /** `memoryBytes` is what the code may hold. `onStopped` is told of what it was killed for, once it is dead: not of `kill`. */
  constructor(jail: Jail, program: GuestProgram, memoryBytes: number, onStopped: (stop: Stop) => void = () => {}) {
    this.#onStopped = onStopped
    const { command, args, identity } = jailedCommand(jail, program, memoryBytes)
    this.#isJailed = jail.bubblewrap !== undefined
    this.#child = spawn(command, args, {
      cwd: '/',
      env: { TZ: 'UTC' },
      ...(identity === undefined ? {} : { uid: identity, gid: identity }),
      detached: true, // a group of its own, that can be killed as a whole
      stdio: stdioOf(this.#isJailed ? ['pipe', 'pipe', 'pipe', 'pipe', 'pipe'] : ['pipe', 'pipe', 'pipe']),
    })
    this.#listen()
    this.ended = new Promise((resolve) => {
      this.#child.once('error', () => resolve())
      this.#child.once('exit', () => resolve())
    })
    this.#memoryBytesMax = memoryBytes + program.overheadBytes
    if (this.#isJailed) this.#setUpJail(jail)
    this.ready = this.#await({ limits: readyLimits, deadlineMs: startMsMax, receive: readyIn })
    this.ready.catch(() => {}) // whoever opens it looks at it
  }

  get isAlive(): boolean {
    return this.#end === undefined
  }

  /** The last that it wrote to its error output: why it did not start. */
  get complaint(): string {
    return this.#complaint
  }

  /** One at a time. @throws GuestKilled */
  ask<T>(head: object | string, body: Uint8Array | undefined, expectation: Expectation<T>): Promise<T> {
    const answer = this.#await(expectation)
    this.#isAsked = true
    this.#watch()
    if (this.isAlive) for (const part of encodeFrame(head, body)) this.#child.stdin?.write(part)
    return answer
  }

  /** Safe to repeat; the first reason stays. */
  kill(reason: KillReason): void {
    this.#finish(reason)
    // Bubblewrap that is killed before it let the inner process go leaves one behind that waits for ever: `#setUpJail` kills both then.
    if (this.#isJailed && this.#innerPid === undefined) setTimeout(() => this.#killGroup(), startMsMax).unref()
    else this.#killGroup()
  }

  /** For what it did itself. */
  #stop(reason: KillReason): void {
    if (!this.isAlive) return
    const stopwatch = this.#waiting?.stopwatch ?? startStopwatch(undefined)
    this.kill(reason)
    const pid = this.#innerPid ?? this.#child.pid
    if (pid !== undefined) stopwatch.killed(pid, this.#end ?? reason, this.#onStopped)
  }

  #killGroup(): void {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return // the number may be another's by now
    if (this.#innerPid !== undefined) killNow(this.#innerPid)
    if (this.#child.pid !== undefined) killNow(-this.#child.pid)
  }

  #await<T>({ limits, deadlineMs, receive }: Expectation<T>): Promise<T> {
    if (this.#end !== undefined) return Promise.reject(new GuestKilled(this.#end, undefined))
    if (this.#waiting !== undefined) throw new Error('A guest is asked one thing at a time')
    return new Promise<T>((resolve, reject) => {
      const missed = () => this.#stop('time')
      let stopDeadline = startDeadline(deadlineMs, missed)
      const waiting: Waiting = {
        limits,
        stopwatch: startStopwatch(deadlineMs),
        receive: (frame) => {
          const received = receive(frame)
          stopDeadline()
          if ('deadlineMs' in received) {
            stopDeadline = startDeadline(received.deadlineMs, missed)
            waiting.stopwatch = startStopwatch(received.deadlineMs)
            return
          }
          this.#waiting = undefined
          resolve(received.answer)
        },
        reject: (reason) => {
          stopDeadline()
          reject(reason)
        },
      }
      this.#waiting = waiting
    })
  }

  #finish(reason: KillReason): void {
    this.#end ??= reason
    this.#stopWatching?.()
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.reject(new GuestKilled(this.#end, undefined))
  }

  #listen(): void {
    const child = this.#child
    for (const stream of child.stdio) stream?.on('error', () => {}) // it ended, and `close` says so
    child.stdout?.on('data', (chunk: Buffer) => {
      this.#hear(chunk)
      releaseOwn(chunk)
    })
    child.stderr?.on('data', (chunk: Buffer) => this.#hearComplaint(chunk))
    child.once('error', (error) => {
      this.#complaint ||= error.message
      this.#finish('crash')
    })
    child.once('exit', () => {
      if (!this.#isJailed && child.pid !== undefined) killNow(-child.pid) // what it may have left behind
    })
    child.once('close', (code, signal) => {
      // Nobody but we and a kernel that is out of memory sends this signal; V8 says it in words.
      const isMemory = signal === 'SIGKILL' || code === killedExitCode || /out of memory/i.test(this.#complaint)
      this.#finish(isMemory ? 'memory' : 'crash')
    })
  }

  #hear(chunk: Buffer): void {
    if (!this.isAlive) return
    try {
      this.#reader.push(
        chunk,
        () => this.#expected().limits,
        (frame) => this.#expected().receive(frame),
      )
    } catch (error) {
      this.#stop(error instanceof FrameError ? error.reason : 'crash')
    }
  }

  #expected(): Waiting {
    if (this.#waiting === undefined) throw new FrameError('crash', 'It speaks unasked')
    return this.#waiting
  }

  #hearComplaint(chunk: Buffer): void {
    this.#complaintBytes += chunk.length
    if (this.#complaintBytes > stderrBytesMax) this.#stop('output')
    else this.#complaint = (this.#complaint + chunk.toString()).slice(-complaintLengthMax)
  }

  #setUpJail({ filter }: Jail): void {
    const { stdio } = this.#child
    ;(stdio[filterDescriptor] as Writable | null)?.end(filter)
    readInnerPid(stdio[infoDescriptor] as Readable | null, (pid) => {
      this.#innerPid = pid
      if (this.isAlive) this.#watch()
      else this.kill('crash') // for the reason it was given already
    })
  }

  #watch(): void {
    const pid = this.#isJailed ? this.#innerPid : this.#child.pid
    if (pid === undefined || !this.#isAsked || !this.isAlive || this.#stopWatching) return
    this.#stopWatching = watch({
      pid,
      memoryBytesMax: this.#memoryBytesMax,
      isIdle: () => this.#waiting === undefined,
      onExceeded: (reason) => this.#stop(reason),
    })
  }
}

function readyIn({ head }: Frame): { answer: undefined } {
  if ((head as { kind?: unknown } | null)?.kind !== 'ready') throw new FrameError('crash', 'It did not say `ready`')
  return { answer: undefined }
}

function killNow(target: number): void {
  try {
    process.kill(target, 'SIGKILL')
  } catch {
    // It ended a moment ago.
  }
}
