/**
 * The program in the jail that runs users' JavaScript: one isolate, and frames over standard input and output. What crosses into the
 * isolate and out of it is text. Where the isolate cannot hold the code to its limits, this process ends, or is ended from outside.
 */
import type { GuestAnswer, LoadRequest } from '../../guest-protocol.ts'
import { readFrame, writeFrame } from './frames.ts'
import { openGarbageCount } from './garbage.ts'
import { IsolateEnded } from './isolate.ts'
import { openProgram, type Program } from './program.ts'

/** As of a process that the kernel killed for its memory: so the supervisor tells it from a crash. */
const memoryExitCode = 137
const crashExitCode = 1

say({ kind: 'ready' })
try {
  const countGarbage = openGarbageCount()
  const program = load(readFrame().head)
  for (;;) {
    const { head, body } = readFrame()
    const said = run(program, head, body)
    answer(said)
    countGarbage(said.length)
  }
} catch (error) {
  process.exit(error instanceof IsolateEnded ? memoryExitCode : crashExitCode)
}

function load(head: string): Program {
  const opened = openProgram(JSON.parse(head) as LoadRequest, head)
  if ('diagnostics' in opened) {
    say({ kind: 'refused', diagnostics: opened.diagnostics })
    process.exit(0)
  }
  say({ kind: 'loaded' })
  return opened
}

function run(program: Program, head: string, body: string): string {
  const count = program.begin(head, body)
  if (count >= 0) program.all()
  for (let index = 0; index < -count; index++) {
    say({ kind: 'began', index })
    program.one(index)
  }
  return program.end()
}

function say(head: GuestAnswer): void {
  writeFrame(JSON.stringify(head))
}

/** The driver's answer: its head is the first line. */
function answer(text: string): void {
  const end = text.indexOf('\n')
  writeFrame(text.slice(0, end), text.slice(end + 1))
}
