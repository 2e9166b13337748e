/** On a terminal, settings that a type needs and that were not given are asked for; what is secret is not shown while it is typed. */
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { printable } from '../output.ts'
import type { World } from '../world.ts'

interface Schema {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly description?: string
  readonly writeOnly?: boolean
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
}

/** @returns `given` with what was answered; an empty answer leaves a setting out, and the server says what it thinks of that. */
export async function askMissing(
  { stdin, stderr }: Pick<World, 'stdin' | 'stderr'>,
  settings: unknown,
  given: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown>> {
  const { required = [], properties = {} } = settings as Schema
  const missing = required.filter((name) => !(name in given))
  if (stdin.isTTY !== true || missing.length === 0) return { ...given }
  let isHidden = false
  const output = new Writable({
    write(text, _, done) {
      if (!isHidden) stderr.write(String(text))
      done()
    },
  })
  const reading = createInterface({ input: stdin, output, terminal: true })
  // What is typed before it is asked for is not lost.
  const lines = reading[Symbol.asyncIterator]()
  const answers: Record<string, unknown> = {}
  try {
    for (const name of missing) {
      const schema = properties[name] ?? {}
      const { description, writeOnly = false, enum: values } = schema
      const about = values ? values.join(', ') : description
      stderr.write(`${printable(name)}${about === undefined ? '' : ` (${printable(about)})`}: `)
      isHidden = writeOnly
      const { value } = await lines.next()
      const text = String(value ?? '').trim()
      isHidden = false
      if (writeOnly) stderr.write('\n')
      if (text !== '') answers[name] = typedValue(text, schema)
    }
  } finally {
    reading.close()
  }
  return { ...given, ...answers }
}

function typedValue(text: string, { type }: Schema): unknown {
  if (type === 'string') return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
