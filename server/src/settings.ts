/** How components declare their settings beyond what a schema says by itself. */
import { z } from 'zod'

/**
 * A text that only the component may see: encrypted where it is stored, never shown, logged or exported. OpenAPI and the console
 * know it by `writeOnly`.
 */
export function secret(description: string): z.ZodString {
  return z.string().min(1).meta({ description, writeOnly: true })
}

/** As JSON Schema, of what an operator may write: forms, prompts and OpenAPI are made from it. */
export function describeSettings(settings: z.ZodType): Record<string, unknown> {
  return z.toJSONSchema(settings, { io: 'input', unrepresentable: 'any' })
}

/** Where the secrets of a component's settings are, as keys from the outside in: `[['url'], ['proxy', 'password']]`. */
export function secretPaths(settings: z.ZodType): string[][] {
  return pathsIn(describeSettings(settings) as JsonSchema)
}

interface JsonSchema {
  readonly writeOnly?: boolean
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly allOf?: readonly JsonSchema[]
}

function pathsIn({ writeOnly, properties = {}, anyOf = [], oneOf = [], allOf = [] }: JsonSchema): string[][] {
  if (writeOnly) return [[]]
  const own = Object.entries(properties).flatMap(([key, schema]) => pathsIn(schema).map((path) => [key, ...path]))
  const all = [...own, ...[...anyOf, ...oneOf, ...allOf].flatMap(pathsIn)]
  return [...new Map(all.map((path) => [JSON.stringify(path), path])).values()]
}
