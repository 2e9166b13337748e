/**
 * What a command says: to a person on a terminal, as JSON lines to everybody else. Standard output carries the answer
 * and nothing else; remarks go to standard error.
 */
import { styleText } from 'node:util'
import type { Failure, Fault } from './failure.ts'
import type { TextSink, World } from './world.ts'

export interface Output {
  readonly isHuman: boolean
  /** Columns of the terminal. */
  readonly width: number
  /** The answer: text for a person, one line per record otherwise. */
  show(records: readonly object[], human: () => string): void
  /** The answer where it has a format of its own, CSV for one. */
  write(text: string): void
  /** A remark for a person; scripts do not get it. */
  remark(text: string): void
  /** What a script must know too: that the answer is not whole. */
  warn(text: string): void
  fail(failure: Failure): void
  /** Replaces the last line of a terminal's standard error, until something else is written. */
  redraw(line: string): void
}

export function openOutput({ stdout, stderr, env }: World, json: boolean | undefined): Output {
  const isHuman = json !== true && stdout.isTTY === true
  const style = styler(stderr, env)
  let isDrawn = false
  const clear = () => {
    if (isDrawn) stderr.write('\r\u001b[K')
    isDrawn = false
  }
  const say = (text: string) => {
    clear()
    stderr.write(`${text}\n`)
  }
  return {
    isHuman,
    width: stdout.columns ?? 100,
    show(records, human) {
      clear()
      if (isHuman) stdout.write(`${human()}\n`)
      else for (const record of records) stdout.write(`${jsonLine(record)}\n`)
    },
    write(text) {
      clear()
      stdout.write(text)
    },
    remark(text) {
      if (isHuman) say(printable(text))
    },
    warn(text) {
      say(isHuman ? printable(text) : jsonLine({ warning: text }))
    },
    fail({ code, message, hint, faults = [] }) {
      if (!isHuman) {
        const places = faults.map(({ place, message }) => ({ place, message }))
        const more = { ...(hint && { hint }), ...(places.length > 0 && { faults: places }) }
        return say(jsonLine({ error: { code, message, ...more } }))
      }
      const error = (text: string) => say(`${style('red', 'error:')} ${text}`)
      // Where the message is what all the faults say, each is said once, with its place.
      const isSum = faults.length > 0 && message === faults.map((fault) => fault.message).join('. ')
      if (!isSum) error(printable(message))
      for (const fault of faults) (isSum ? error : say)(faultText(fault))
      if (hint) say(`${style('dim', 'hint:')}  ${printable(hint)}`)
    },
    redraw(line) {
      if (!isHuman || stderr.isTTY !== true) return
      stderr.write(`\r\u001b[K${printable(line).slice(0, (stderr.columns || 80) - 1)}`)
      isDrawn = true
    },
  }
}

/** `main.ts:4:32: what is wrong`, and the place as it looks. */
export function faultText({ place, message, excerpt }: Fault): string {
  const first = `${printable(place)}: ${printable(message)}`
  return excerpt === undefined ? first : `${first}\n${printable(excerpt)}`
}

/** Offsets are bigints, for which JSON has no word: they are written as text. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? part.toString() : part))
}

/** Text from elsewhere may hold sequences that drive a terminal: control characters are shown, not sent. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

export type Style = (format: 'red' | 'green' | 'yellow' | 'dim' | 'bold', text: string) => string

/** Colours where there is a terminal that wants them (https://no-color.org). */
export function styler(sink: TextSink, env: World['env']): Style {
  const isColoured = sink.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
  return (format, text) => (isColoured ? styleText(format, text, { validateStream: false }) : text)
}
