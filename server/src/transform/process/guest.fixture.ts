/**
 * A guest that does as it is told: the code of its module `main` says how it misbehaves when it is loaded, the type of an event what it
 * does with it. For the tests of whoever keeps guests in.
 */
import { once } from 'node:events'
import { writeSync } from 'node:fs'

async function read(bytes: number): Promise<Buffer> {
  if (bytes === 0) return Buffer.alloc(0)
  for (;;) {
    const chunk = process.stdin.read(bytes) as Buffer | null
    if (chunk?.length === bytes) return chunk
    if (chunk !== null || process.stdin.readableEnded) process.exit(0)
    await Promise.race([once(process.stdin, 'readable'), once(process.stdin, 'end')])
  }
}

function write(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSome(bytes, at)
}

function writeSome(bytes: Uint8Array, at: number): number {
  try {
    return writeSync(1, bytes, at)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0
    throw error
  }
}

function say(head: unknown, body = ''): void {
  const text = Buffer.from(JSON.stringify(head))
  const bytes = Buffer.from(body)
  const prefix = Buffer.alloc(8)
  prefix.writeUInt32LE(text.length, 0)
  prefix.writeUInt32LE(bytes.length, 4)
  write(Buffer.concat([prefix, text, bytes]))
}

interface Request {
  readonly kind: 'load' | 'run'
  readonly modules: readonly { readonly code: string }[]
  readonly careful: boolean
  readonly types: readonly string[]
  readonly events: readonly (readonly [string, number, number])[]
}

const held: Buffer[] = []

/** What an event of this type makes it do; what is returned is what the event becomes. */
const deeds: Readonly<Record<string, (line: string) => string[] | Promise<string[]>>> = {
  echo: (line) => [line],
  drop: () => [],
  twice: (line) => [line, line],
  loop() {
    for (;;);
  },
  hang: () => new Promise(() => {}),
  allocate() {
    for (;;) held.push(Buffer.alloc(4 * 1024 * 1024, 1))
  },
  exit: () => process.exit(3),
  garbage(line) {
    write(Buffer.alloc(64 * 1024, 'GARBAGE!'))
    return [line]
  },
  flood() {
    const prefix = Buffer.from([2, 0, 0, 0, 255, 255, 255, 255])
    write(prefix)
    for (;;) write(Buffer.alloc(64 * 1024))
  },
  complain() {
    for (;;) writeSync(2, 'x'.repeat(4096))
  },
  idle(line) {
    setTimeout(() => say({ kind: 'began', index: 0 }), 10)
    return [line]
  },
}

async function run({ careful, types, events }: Request, body: Buffer): Promise<void> {
  const lines = body.toString().split('\n')
  const counts: number[] = []
  const made: string[] = []
  for (const [index, [, , type]] of events.entries()) {
    if (careful) say({ kind: 'began', index })
    const name = types[type] ?? ''
    const outputs = await (deeds[name] ?? deeds['echo']!)(lines[index] ?? '')
    counts.push(outputs.length)
    made.push(...outputs)
  }
  say(
    { kind: 'ran', counts, outputs: made.map(() => [0, 0]), faults: [], printed: '' },
    made.map((line) => `${line}\n`).join(''),
  )
}

say({ kind: 'ready' })
async function serve(): Promise<void> {
  for (;;) {
    const prefix = await read(8)
    const request = JSON.parse((await read(prefix.readUInt32LE(0))).toString()) as Request
    const body = await read(prefix.readUInt32LE(4))
    if (request.kind === 'load') say({ kind: 'loaded' })
    else await run(request, body)
  }
}
await serve()
