/** What is a secret of a source's settings, taken out of all that its jobs say. */
import type { z } from 'zod'
import { secretPaths } from '../settings.ts'

export interface Redaction {
  redact(text: string): string
  /** From now on also these. */
  learn(settings: Readonly<Record<string, unknown>>): void
}

const mark = '•••'
/** Shorter ones would leave nothing readable. */
const charsMin = 3

export function openRedaction(schema: z.ZodType, settings: Readonly<Record<string, unknown>>): Redaction {
  const paths = secretPaths(schema)
  const known = new Set<string>()
  const learn = (given: Readonly<Record<string, unknown>>) => {
    for (const path of paths) for (const form of formsOf(valueAt(given, path))) known.add(form)
  }
  learn(settings)
  return {
    learn,
    redact: (text) =>
      [...known].toSorted((a, b) => b.length - a.length).reduce((all, one) => all.replaceAll(one, mark), text),
  }
}

function valueAt(settings: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined | null)?.[name], settings)
}

/** As it is, as a URL or JSON has it, and as basic authentication would. */
function formsOf(secret: unknown): string[] {
  if (typeof secret !== 'string' || secret.length < charsMin) return []
  const base64 = Buffer.from(secret).toString('base64').replace(/=+$/, '')
  return [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), base64]
}
