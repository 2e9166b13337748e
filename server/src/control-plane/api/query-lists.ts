/** Lists in a query: `?names=a,b`, or `?names=a&names=b`. */
import { z } from 'zod'

export function manyOf<T extends z.ZodType<string, string>>(element: T, max: number) {
  return z
    .union([z.string(), z.array(z.string())])
    .transform((given) => [given].flat().flatMap((text) => text.split(',')))
    .pipe(z.array(element).min(1).max(max))
    .meta({ type: 'array', items: { type: 'string' } })
}
