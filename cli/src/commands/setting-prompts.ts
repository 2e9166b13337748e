/**
 * On a terminal, the settings of a type that were not given are asked for: those it needs, then the others, where Enter keeps what is
 * so anyway. What is secret is not shown while it is typed.
 */
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { CommandError, exitCodes } from '../failure.ts'
import { printable } from '../output.ts'
import type { World } from '../world.ts'
import {
  isGroup,
  type Question,
  questionsOf,
  questionText,
  readAnswer,
  type Schema,
  variantsOf,
} from './setting-questions.ts'

type Terminal = Pick<World, 'stdin' | 'stderr'>
type Settings = Record<string, unknown>

interface Asking {
  /** Shown before it waits for a line; undefined where there will be none any more. @throws CommandError at Ctrl-C. */
  ask(text: string, isHidden?: boolean): Promise<string | undefined>
  say(line: string): void
}

interface Prompting {
  /** Whether nothing is asked that has a default or may be missing. */
  readonly isBrief?: boolean
}

/** In place of an answer: all that is left is kept as it is. */
const enough = '.'

/** @returns `given` with what was answered; an empty answer leaves a setting out, and the server says what it thinks of that. */
export async function askSettings(
  { stdin, stderr }: Terminal,
  schema: unknown,
  given: Readonly<Settings>,
  { isBrief = false }: Prompting = {},
): Promise<Settings> {
  const { needed, others } = questionsOf(schema as Schema, given)
  const optional = isBrief ? [] : others
  if (stdin.isTTY !== true || needed.length + optional.length === 0) return { ...given }
  const { asking, close } = openAsking({ stdin, stderr })
  try {
    const answers = await askAll(needed, asking, '')
    if (optional.length > 0) {
      asking.say(`Optional: Enter keeps what stands in brackets, or leaves it out; ${enough} keeps all the rest.`)
      Object.assign(answers, await askAll(optional, asking, ''))
    }
    return { ...given, ...answers }
  } finally {
    close()
  }
}

/** Until there is no more, or it is said to be enough. */
async function askAll(questions: readonly Question[], asking: Asking, prefix: string): Promise<Settings> {
  const answers: Settings = {}
  for (const question of questions) {
    const answer = await askOne(question, asking, `${prefix}${printable(question.name)}`)
    if (answer === enough) break
    if (answer !== undefined) answers[question.name] = answer.value
  }
  return answers
}

type Answer = { readonly value: unknown } | typeof enough | undefined

async function askOne({ schema, isNeeded }: Question, asking: Asking, path: string): Promise<Answer> {
  const variants = variantsOf(schema)
  if (variants !== undefined) {
    const { tag, byValue } = variants
    const usual = (schema.default as Settings | undefined)?.[tag]
    const choice = { ...schema, default: usual, enum: [...byValue.keys()] }
    const chosen = await askValue(choice, asking, `${path}.${tag}`, isNeeded)
    if (chosen === undefined || chosen === enough) return chosen
    const rest = await askGroup(byValue.get(String(chosen.value))!, asking, path)
    return { value: { [tag]: chosen.value, ...rest } }
  }
  if (!isGroup(schema)) return askValue(schema, asking, path, isNeeded)
  if (!isNeeded) {
    const { description } = schema
    const wanted = await askValue(
      { type: 'boolean', default: false, ...(description && { description }) },
      asking,
      path,
      false,
    )
    if (wanted === undefined || wanted === enough || wanted.value === false)
      return wanted === enough ? enough : undefined
  }
  return { value: await askGroup(schema, asking, path) }
}

async function askGroup(schema: Schema, asking: Asking, path: string): Promise<Settings> {
  const { needed, others } = questionsOf(schema, {})
  return askAll([...needed, ...others], asking, `  ${path}.`)
}

/** Again and again until it is something that can be meant. */
async function askValue(schema: Schema, { ask, say }: Asking, path: string, isNeeded: boolean): Promise<Answer> {
  for (;;) {
    const text = await ask(questionText(path, schema), schema.writeOnly)
    if (text === undefined) return isNeeded ? undefined : enough
    if (text === '') return undefined
    if (text === enough && !isNeeded) return enough
    const answer = readAnswer(text, schema)
    if ('value' in answer) return answer
    say(`  ${answer.fault}.`)
  }
}

function openAsking({ stdin, stderr }: Terminal): { asking: Asking; close: () => void } {
  let isHidden = false
  let isStopped = false
  const output = new Writable({
    write(text, _, done) {
      if (!isHidden) stderr.write(String(text))
      done()
    },
  })
  const reading = createInterface({ input: stdin, output, terminal: true })
  reading.on('SIGINT', () => {
    isStopped = true
    reading.close()
  })
  // What is typed before it is asked for is not lost.
  const lines = reading[Symbol.asyncIterator]()
  const asking: Asking = {
    async ask(text, hides = false) {
      stderr.write(printable(text))
      isHidden = hides
      const { value, done } = await lines.next()
      isHidden = false
      if (isStopped) throw new CommandError(exitCodes.failed, 'Nothing was done')
      if (hides) stderr.write('\n')
      return done === true ? undefined : String(value).trim()
    },
    say: (line) => void stderr.write(`${printable(line)}\n`),
  }
  return { asking, close: () => reading.close() }
}
