/** Speaks `guest-protocol.ts` from within, in the fewest lines: for the probes, and for tests. Runs in the jail and imports nothing. */
import { writeSync } from 'node:fs'
import type { RunRequest } from '../guest-protocol.ts'

export type Run = (request: RunRequest, body: Buffer) => Promise<void>
export interface Load {
  readonly modules: readonly { readonly name: string; readonly code: string }[]
}

/** Says `ready`, then serves until the other side hangs up. */
export async function serve(load: (request: Load) => Promise<void>, run: Run): Promise<void> {
  const read = openInput()
  say({ kind: 'ready' })
  for (;;) {
    const prefix = await read(8)
    const head = await read(prefix.readUInt32LE(0))
    const body = await read(prefix.readUInt32LE(4))
    const request = JSON.parse(head.toString()) as (Load & { kind: 'load' }) | RunRequest
    if (request.kind === 'load') await load(request)
    else await run(request, body)
  }
}

/** Writes a frame, and waits until it is written. */
export function say(head: object, body = ''): void {
  const text = Buffer.from(JSON.stringify(head))
  const bytes = Buffer.from(body)
  const prefix = Buffer.alloc(8)
  prefix.writeUInt32LE(text.length, 0)
  prefix.writeUInt32LE(bytes.length, 4)
  write(1, Buffer.concat([prefix, text, bytes]))
}

export function write(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSome(descriptor, bytes.subarray(at))
}

/** The pipe does not block: it may be full. */
function writeSome(descriptor: number, bytes: Uint8Array): number {
  try {
    return writeSync(descriptor, bytes)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0
    throw error
  }
}

/** Returns how to read the next so many bytes; the process ends when the other side hangs up. */
function openInput(): (bytes: number) => Promise<Buffer> {
  const chunks: Buffer[] = []
  let held = 0
  let arrived = () => {}
  process.stdin.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    held += chunk.length
    arrived()
  })
  process.stdin.on('end', () => process.exit(0))
  return async (bytes) => {
    while (held < bytes) {
      await new Promise<void>((resolve) => {
        arrived = resolve
      })
    }
    const all = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
    chunks.splice(0, chunks.length, all.subarray(bytes))
    held -= bytes
    return all.subarray(0, bytes)
  }
}
