/** How V8 keeps house in a process whose bytes live outside its heap. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isMarkedAsUntransferable } from 'node:worker_threads'

/**
 * Lets the heap grow to four times what survives a full collection before the next. The heap itself stays small (some 25 MB), but
 * bodies and columns count towards its limit: by default V8 marks the whole heap for every 10 MB of them, a fifth of all CPU time.
 * Holds for this thread and those started afterwards.
 */
export function growHeapFreely(): void {
  setFlagsFromString('--heap-growing-percent=300')
}

/**
 * Gives back what starting has left in this thread's heap, more than half of it: sources, what the compilers made of them, room for
 * young objects. V8 would keep it until there is need. Takes as long as marking the whole heap, some 100 ms, and holds up the thread.
 */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as (how: object) => void
  setFlagsFromString('--no-expose-gc')
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}

/**
 * Gives back the memory that bytes lie in, which nobody uses any more, instead of having garbage collected for it. Whatever else lies in
 * the same buffer is gone with them, but for what Node has in its pool. Safe to repeat.
 */
export function release({ buffer }: ArrayBufferView): void {
  if (buffer.byteLength < worthwhileBytes || !(buffer instanceof ArrayBuffer)) return
  if (!isMarkedAsUntransferable(buffer)) buffer.transfer(0)
}

/** Less is collected with what else is young. */
const worthwhileBytes = 4096

/** Does so where nothing else lies in the same buffer. */
export function releaseOwn(view: ArrayBufferView): void {
  if (view.buffer.byteLength === view.byteLength) release(view)
}
