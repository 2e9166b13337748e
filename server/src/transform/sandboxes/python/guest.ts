/**
 * The program inside of the jail: frames of `guest-protocol.ts` in and out, and the driver in Python to answer them. Here nothing is
 * known of events; bytes go from standard input to the driver and from it to standard output.
 */
import { Buffer } from 'node:buffer'
import * as fs from 'node:fs'
import { type FileSystem, type Interpreter, loadInterpreter, restoreInterpreter } from './interpreter.ts'
import { boundFiles, boundMemory, stripNode } from './limits.ts'

const { exit } = process // importing `node:process` would open standard input as a stream that does not wait
const { readSync, writeSync } = fs // what is imported is taken away from all before users' code runs
const { gc } = globalThis as { gc?: () => void }
const framePrefixBytes = 8
const devicePath = '/dev/frames'
/** How the supervisor is told that memory was lacking: as a process that the kernel killed. */
const outOfMemoryExitCode = 137

const memory = boundMemory()
const interpreter = await openInterpreter()
const frames = openFrames(interpreter.FS)
boundFiles(interpreter.FS)
serve(interpreter)

async function openInterpreter(): Promise<Interpreter> {
  const [, , kept] = process.argv
  if (kept === undefined || !fs.existsSync(kept)) return loadInterpreter()
  const restored = await restoreInterpreter(fs.readFileSync(kept))
  delete restored._api.config._loadSnapshot
  gc?.() // it has the size of the interpreter itself
  return restored
}

function serve(interpreter: Interpreter): never {
  interpreter.runPython('confine.confine()')
  const step = interpreter.runPython(`driver.start('${devicePath}'); driver.step`) as () => void
  interpreter.FS.unlink(devicePath)
  stripNode(interpreter)
  for (let isLoaded = false; ; isLoaded = true) {
    if (!frames.next()) exit(0)
    if (!isLoaded) memory.limit(interpreter._module.HEAP8.byteLength + frames.memoryBytes())
    try {
      step()
    } catch (error) {
      exit(isLackOfMemory(error) ? outOfMemoryExitCode : 1)
    }
  }
}

/** Of Python beyond what it could answer itself, or of the interpreter. */
function isLackOfMemory(error: unknown): boolean {
  const { type, message } = error as { type?: unknown; message?: unknown }
  return type === 'MemoryError' || /allocation failed|out of memory/i.test(String(message))
}

/** The frame at hand is read by the driver from a device; what it writes there goes out at once. */
function openFrames(FS: FileSystem) {
  let buffer = Buffer.alloc(64 * 1024)
  let length = 0
  let position = 0
  const device = FS.makedev(100, 0)
  FS.registerDevice(device, {
    open(stream) {
      stream.seekable = false
    },
    close() {},
    read(_stream, memory, offset, wanted) {
      const part = buffer.subarray(position, Math.min(position + wanted, length))
      memory.set(part, offset)
      position += part.length
      return part.length
    },
    write(_stream, memory, offset, length) {
      for (let done = 0; done < length; ) done += writeSync(1, memory, offset + done, length - done)
      return length
    },
  })
  FS.mkdev(devicePath, 0o600, device)
  return {
    /** Waits for the next frame. False: there will be none. */
    next(): boolean {
      if (!fill(0, framePrefixBytes)) return false
      length = framePrefixBytes + buffer.readUInt32LE(0) + buffer.readUInt32LE(4)
      if (length > buffer.length) buffer = Buffer.concat([buffer.subarray(0, framePrefixBytes)], 2 * length)
      position = 0
      return fill(framePrefixBytes, length)
    },
    /** Of the request to load. */
    memoryBytes(): number {
      const head = buffer.toString('utf8', framePrefixBytes, framePrefixBytes + buffer.readUInt32LE(0))
      return (JSON.parse(head) as { limits: { memoryBytes: number } }).limits.memoryBytes
    },
  }

  function fill(from: number, to: number): boolean {
    for (let at = from; at < to; ) {
      const count = readSync(0, buffer, at, to - at, null)
      if (count === 0) return false
      at += count
    }
    return true
  }
}
