/** What kinds of settings there are: how each is read from a text, and from a value of `millrace.config.ts`. */
import { z } from 'zod'

interface SettingFields<S extends z.ZodType> {
  variable: string
  schema: S
  allowed: string
  meaning: string
}

export function setting<S extends z.ZodType>(fields: SettingFields<S> & { fallback: z.input<S> }) {
  return { ...fields, isSecret: false }
}

export function secret<S extends z.ZodType>(fields: SettingFields<S>) {
  return { ...fields, schema: fields.schema.optional(), fallback: undefined, isSecret: true }
}

export function wholeNumber(min: number, max: number) {
  return z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]).pipe(z.int().min(min).max(max))
}

export function positive() {
  const text = z
    .string()
    .regex(/^\d+(\.\d+)?$/)
    .transform(Number)
  return z.union([z.number(), text]).pipe(z.number().positive())
}

/** Elements of an array, or of one text with commas between them. */
export function list<T extends z.ZodType<string, string>>(element: T) {
  const split = z.string().transform((text) => text.split(',').map((part) => part.trim()))
  return z.union([z.array(z.string()), split]).pipe(z.array(element))
}

const unitBytes: Readonly<Record<string, number>> = {
  '': 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
}

export function byteCount(min: number) {
  const text = z
    .string()
    .regex(/^\d+(\.\d+)? ?([kmgt]i?b)?$/i)
    .transform((size) => {
      const unit = size.replace(/[\d. ]/g, '').toLowerCase()
      return Math.floor(Number.parseFloat(size) * unitBytes[unit]!)
    })
  return z.union([z.number(), text]).pipe(z.int().min(min))
}

/** The one place that is built so far. The planned ones are refused by name, so that nobody looks for a mistake of theirs. */
export function place<Built extends string>(built: Built, planned: readonly string[]) {
  return z.string().transform((value, context): Built => {
    if (value === built) return built
    const scheme = planned.find((name) => value.startsWith(name))
    const message = `which is not built yet: this version knows ${built} alone`
    context.addIssue({ code: 'custom', message, params: { notBuilt: scheme !== undefined } })
    return z.NEVER
  })
}
