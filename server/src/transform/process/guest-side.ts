/** Speaks `guest-protocol.ts` from within, in the fewest lines: for the probes, and for tests. Runs in the jail and imports nothing. */
import { once } from 'node:events'
import { writeSync } from 'node:fs'
import type { RunRequest } from '../guest-protocol.ts'

export type Run = (request: RunRequest, body: Buffer) => Promise<void>
export interface Load {
  readonly modules: readonly { readonly name: string; readonly code: string }[]
}

/** Says `ready`, then serves until the other side hangs up. */
export async function serve(load: (request: Load) => Promise<void>, run: Run): Promise<void> {
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

async function read(bytes: number): Promise<Buffer> {
  if (bytes === 0) return Buffer.alloc(0)
  for (;;) {
    const chunk = process.stdin.read(bytes) as Buffer | null
    if (chunk?.length === bytes) return chunk
    if (chunk !== null || process.stdin.readableEnded) process.exit(0)
    await Promise.race([once(process.stdin, 'readable'), once(process.stdin, 'end')])
  }
}
