/**
 * The program inside of the jail: frames of `guest-protocol.ts` in and out, and the driver in Python to answer them. Here nothing is
 * known of events; bytes go from standard input to the driver and from it to standard output.
 */
import { Buffer } from 'node:buffer'
import { existsSync, readFileSync, readSync, writeSync } from 'node:fs'
import { type FileSystem, type Interpreter, loadInterpreter, restoreInterpreter } from './interpreter.ts'
import { boundFiles, boundMemory, stripGlobals } from './limits.ts'
import { snapshotPath } from './snapshot.ts'

const { exit } = process // importing `node:process` would open standard input as a stream that does not wait
const framePrefixBytes = 8
const devicePath = '/dev/frames'

const memory = boundMemory()
const kept = snapshotPath()
const interpreter = existsSync(kept) ? await restoreInterpreter(readFileSync(kept)) : await loadInterpreter()
const frames = openFrames(interpreter.FS)
boundFiles(interpreter.FS)
serve(interpreter)

function serve({ runPython, FS }: Interpreter): never {
  runPython(`confine.confine()`)
  const step = runPython(`driver.start('${devicePath}'); driver.step`) as () => void
  FS.unlink(devicePath)
  stripGlobals(interpreter)
  for (let isLoaded = false; ; isLoaded = true) {
    if (!frames.next()) exit(0)
    if (!isLoaded) memory.limit(frames.memoryBytes())
    step()
  }
}

/** The frame at hand is read by the driver from a device; what it writes there goes out at once. */
function openFrames(FS: FileSystem) {
  let frame = Buffer.alloc(0)
  let position = 0
  const device = FS.makedev(100, 0)
  FS.registerDevice(device, {
    open(stream) {
      stream.seekable = false
    },
    close() {},
    read(_stream, memory, offset, length) {
      const part = frame.subarray(position, position + length)
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
      const prefix = readExactly(framePrefixBytes)
      if (!prefix) return false
      const rest = readExactly(prefix.readUInt32LE(0) + prefix.readUInt32LE(4))
      if (!rest) return false
      frame = Buffer.concat([prefix, rest])
      position = 0
      return true
    },
    /** Of the request to load. */
    memoryBytes(): number {
      const head = frame.toString('utf8', framePrefixBytes, framePrefixBytes + frame.readUInt32LE(0))
      return (JSON.parse(head) as { limits: { memoryBytes: number } }).limits.memoryBytes
    },
  }
}

function readExactly(length: number): Buffer | undefined {
  const bytes = Buffer.allocUnsafe(length)
  for (let done = 0; done < length; ) {
    const count = readSync(0, bytes, done, length - done, null)
    if (count === 0) return undefined
    done += count
  }
  return bytes
}
