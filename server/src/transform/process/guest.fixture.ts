/**
 * A guest that does as it is told, for tests of whoever keeps guests in: its code says what it does when it is loaded, the type of an
 * event what it does with the event. Most of it is what no guest should do.
 */
import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { RunRequest } from '../guest-protocol.ts'
import type { GuestProgram, Sandbox } from '../sandbox.ts'
import { type Load, say, serve, write } from './guest-side.ts'

const entry = import.meta.filename

export const fixtureProgram: GuestProgram = {
  entry,
  nodeFlags: [],
  readable: [entry, join(import.meta.dirname, 'guest-side.ts')],
  processLimits: () => [],
  overheadBytes: 120 * 1024 * 1024,
}

export const fixtureSandbox: Sandbox = {
  title: 'Misbehaves when told',
  languages: ['javascript'],
  compile: async (modules) => ({ modules }),
  guest: fixtureProgram,
}

/** Whether this machine lets bubblewrap do what it is for. */
export function canMakeNamespaces(): boolean {
  return spawnSync('bwrap', ['--unshare-all', '--ro-bind', '/', '/', 'true']).status === 0
}

const held: Buffer[] = []

function allocate(): never {
  for (;;) held.push(Buffer.alloc(4 * 1024 * 1024, 1))
}

function loop(): never {
  for (;;);
}

const answerTo = (lines: readonly string[]) => ({
  head: { kind: 'ran', counts: [lines.length], outputs: lines.map(() => [0, 0]), faults: [], printed: '' },
  body: lines.map((line) => `${line}\n`).join(''),
})

/** What it does with an event of this type instead of answering as it should. */
const deeds: Readonly<Record<string, (line: string, index: number) => unknown>> = {
  loop,
  allocate,
  'fill its heap': () => {
    for (const objects: object[] = []; ; ) objects.push({ length: objects.length })
  },
  hang: () => new Promise(() => {}),
  'work on afterwards': () => void setTimeout(loop, 50),
  sleep: () => new Promise((resolve) => setTimeout(resolve, 150)),
  exit: () => process.exit(0),
  abort: () => process.abort(),
  'say garbage': () => write(1, Buffer.alloc(64 * 1024, 'GARBAGE!')),
  'say no JSON': () => write(1, Buffer.from('\x01\0\0\0\0\0\0\0{')),
  'nest deeply': () => write(1, Buffer.concat([Buffer.from([160, 134, 1, 0, 0, 0, 0, 0]), Buffer.alloc(100_000, '[')])),
  'announce too much': () => write(1, Buffer.from([2, 0, 0, 0, 255, 255, 255, 255])),
  'announce more than comes': () => write(1, Buffer.from([2, 0, 0, 0, 0, 0, 0, 0])),
  flood() {
    for (;;) say({ kind: 'began', index: 0 })
  },
  complain() {
    for (;;) write(2, Buffer.alloc(4096, 'x'))
  },
  'begin again': () => say({ kind: 'began', index: 0 }),
  'begin another': () => say({ kind: 'began', index: 400 }),
  'begin itself unasked': () => setImmediate(() => say({ kind: 'began', index: 0 })),
  'lie about counts': (line) => sayWith(line, { counts: [2] }),
  'leave out a count': (line) => sayWith(line, { counts: [] }),
  'count a fault it has not': () => say({ ...answerTo([]).head, counts: [-1] }),
  'fault an event it counted': (line) =>
    sayWith(line, { faults: [{ index: 0, code: 'transform_error', message: 'no' }] }),
  'fault with another code': () =>
    say({ ...answerTo([]).head, counts: [-1], faults: [{ index: 0, code: 'internal', message: 'no' }] }),
  'leave out a line': (line) => say(answerTo([line]).head),
  'write no UTF-8': () => write(1, frameOf(JSON.stringify(answerTo(['']).head), Buffer.from([0xff, 10]))),
  'say loaded': () => say({ kind: 'loaded' }),
  'start processes': () => {
    for (let count = 0; count < 5; count++)
      spawn(process.execPath, [...process.execArgv, '-e', 'for(;;);'], { stdio: 'inherit' })
  },
}

function sayWith(line: string, changes: object): void {
  const { head, body } = answerTo([line])
  say({ ...head, ...changes }, body)
}

function frameOf(head: string, body: Buffer): Buffer {
  const prefix = Buffer.alloc(8)
  prefix.writeUInt32LE(Buffer.byteLength(head), 0)
  prefix.writeUInt32LE(body.length, 4)
  return Buffer.concat([prefix, Buffer.from(head), body])
}

async function load({ modules: [main] }: Load): Promise<void> {
  const code = main?.code ?? ''
  if (code === 'refuse') {
    return say({ kind: 'refused', diagnostics: [{ module: 'main', line: 3, column: 7, message: 'No such name: a' }] })
  }
  await deeds[code]?.('', 0)
  say({ kind: 'loaded' })
}

/** Answers that all is dropped where the type ends in `drop`, else each line as it came; after the deed, if there is one. */
async function run({ careful, types, events }: RunRequest, body: Buffer): Promise<void> {
  const lines = body.toString().split('\n')
  const counts: number[] = []
  const made: string[] = []
  for (const [index, [, , type]] of (
    events as readonly (readonly [string, number, number, ...unknown[]])[]
  ).entries()) {
    if (careful) say({ kind: 'began', index })
    const name = types[type] ?? ''
    const line = lines[index] ?? ''
    await deeds[name]?.(line, index)
    counts.push(name === 'drop' ? 0 : name === 'double' ? 2 : 1)
    made.push(...Array<string>(counts.at(-1) ?? 0).fill(line))
  }
  say({ ...answerTo(made).head, counts }, answerTo(made).body)
}

if (process.argv[1] === entry) await serve(load, run)
