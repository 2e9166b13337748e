/** Shapes of users' code that several routes share. */
import { z } from 'zod'
import { languages } from '../../transform.ts'
import { isPartName, limitBounds, transformRules } from '../operations/transform-rules.ts'
import { inWorkspace, time } from './schemas.ts'

/** Code as a JSON text is longer than it is: each line feed takes two characters. */
export const codeBodyBytesMax = 10 * 1024 * 1024

const versionMax = 2 ** 31 - 1
const count = z.number().int()

export const versionNumber = z.coerce.number().int().min(1).max(versionMax).meta({ type: 'integer' })

export const partName = z
  .string()
  .refine(isPartName, 'A name is letters, digits and _, no digit first, at most 64 of them')
  .meta({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$', maxLength: transformRules.nameCharsMax })

const message = z
  .string()
  .max(transformRules.messageCharsMax)
  .refine((text) => text.isWellFormed() && !text.includes('\0'), 'It holds what is no text')
  .optional()
  .describe('Why, for those who read the versions')

export const deployOptions = {
  message,
  baseVersion: count
    .min(0)
    .max(versionMax)
    .optional()
    .describe('The version that one has seen as the newest: 412 where there is a newer one'),
  allowTypeErrors: z.boolean().optional().describe('Mistakes in the types of TypeScript are warnings'),
}

/** For what has no body. */
export const deployQuery = z.strictObject({
  ...inWorkspace,
  message,
  baseVersion: z.coerce.number().int().min(0).max(versionMax).optional().meta({ type: 'integer' }),
})

export const order = z.array(partName).max(transformRules.modulesMax)

export const codeChange = {
  modules: z
    .array(
      z.strictObject({
        name: partName,
        language: z.enum(languages).optional().describe('As the module has it where missing'),
        code: z.string().describe('Empty: deletes the module'),
      }),
    )
    .max(transformRules.modulesMax)
    .optional()
    .describe('Those that change; the others stay'),
  order: order
    .nullable()
    .optional()
    .describe('Modules whose `transform` is called, one after the other; null: `main`, where there is one'),
  isComplete: z.boolean().optional().describe('There are to be no modules but these'),
}

export function limitsOf<T>(of: (bounds: readonly [number, number]) => T): Record<keyof typeof limitBounds, T> {
  const entries = Object.entries(limitBounds).map(([name, bounds]) => [name, of(bounds)])
  return Object.fromEntries(entries) as Record<keyof typeof limitBounds, T>
}

export const settings = z
  .object({
    order: order.nullable().describe('As set; null: the module `main`, where there is one'),
    calledModules: z.array(z.string()).describe('The modules whose `transform` is called, one after the other'),
    limits: z.object(limitsOf(() => count)),
  })
  .meta({ id: 'TransformSettings' })

const diagnostic = z
  .object({
    module: z.string(),
    line: count.optional().describe('From 1, as is `column`'),
    column: count.optional(),
    message: z.string(),
  })
  .meta({ id: 'Diagnostic' })

export const deployed = z
  .object({
    version: count,
    createdAt: time,
    changed: z.array(z.string()).describe('`module main`, `order`, `lookup cities`, `secret salt`, `limits`'),
    warnings: z.array(diagnostic).describe('Mistakes in types that were let through, or why types were not checked'),
  })
  .meta({ id: 'Deployed' })

export const module = z
  .object({
    name: z.string(),
    language: z.enum(languages),
    since: count.describe('The version that made it so'),
    lines: count,
    bytes: count,
    place: count.nullable().describe('Which one after the other it is called, from 0; null: it is only imported'),
  })
  .meta({ id: 'TransformModule' })

export const moduleWithCode = module.extend({ code: z.string() })
