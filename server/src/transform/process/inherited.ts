/**
 * Descriptors that a started process would get beside those that it is given: what the server itself inherited, or what a native part of
 * it opened carelessly. Node marks all of its own as not to be passed on.
 */
import { openSync, readdirSync, readFileSync } from 'node:fs'

const O_CLOEXEC = 0o2000000

let nothing: number | undefined

/** `stdio` of a process that gets these descriptors, from 0 on, and instead of any other one that reads and writes nothing. */
export function stdioOf(given: readonly 'pipe'[]): ('pipe' | 'ignore' | number)[] {
  const stdio: ('pipe' | 'ignore' | number)[] = [...given]
  for (const descriptor of inherited()) {
    if (descriptor < given.length) continue
    while (stdio.length < descriptor) stdio.push('ignore') // which leaves a descriptor beyond 2 as it is
    nothing ??= openSync('/dev/null', 'r+')
    stdio[descriptor] = nothing
  }
  return stdio
}

function inherited(): number[] {
  if (process.platform !== 'linux') return [] // there is no jail either
  const numbers = readdirSync('/proc/self/fd').map(Number)
  return numbers.filter(isPassedOn).sort((left, right) => left - right)
}

function isPassedOn(descriptor: number): boolean {
  try {
    const flags = /^flags:\s+(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1'))?.[1] ?? '0'
    return (Number.parseInt(flags, 8) & O_CLOEXEC) === 0
  } catch {
    return false // it was closed meanwhile
  }
}
