/**
 * The program in the jail that runs users' JavaScript: one isolate, and frames over standard input and output. What crosses into the
 * isolate and out of it is text. Where the isolate cannot hold the code to its limits, this process ends, or is ended from outside.
 */
import type { GuestAnswer, LoadRequest } from '../../guest-protocol.ts'
import { readFrame, writeFrame } from './frames.ts'
import { countGarbage, keepMemory, ownHeap } from './garbage.ts'
import { IsolateEnded } from './isolate.ts'
import { openProgram, type Program } from './program.ts'

/** As of a process that the kernel killed for its memory: so the supervisor tells it from a crash. */
const memoryExitCode = 137
const crashExitCode = 1

say({ kind: 'ready' })
try {
  keepMemory()
  const count = countGarbage(ownHeap())
  const program = load(readFrame().head)
  for (;;) {
    const { head, body } = readFrame()
    count(answer(program, head, body))
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

/** Returns how long the answer was. */
function answer(program: Program, head: string, body: readonly string[]): number {
  const count = program.begin(head, body)
  if (count >= 0) program.all()
  for (let index = 0; index < -count; index++) {
    say({ kind: 'began', index })
    program.one(index)
  }
  const [answerHead, ...answerBody] = program.end()
  writeFrame(answerHead, answerBody)
  return answerBody.reduce((sum, { length }) => sum + length, answerHead.length)
}

function say(head: GuestAnswer): void {
  writeFrame(JSON.stringify(head))
}
