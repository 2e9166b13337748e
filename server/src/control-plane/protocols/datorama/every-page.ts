/** The client's lists come whole, ours page by page. */
import type { Page } from '../../operations/operation.ts'

const limit = 1_000

export async function everything<T>(
  ask: (page: Page) => Promise<readonly T[]>,
  keyOf: (item: T) => string,
): Promise<T[]> {
  const all: T[] = []
  for (let after: string | undefined; ; ) {
    const items = await ask({ limit, ...(after !== undefined && { after }) })
    all.push(...items)
    if (items.length < limit) return all
    after = keyOf(items.at(-1)!)
  }
}
