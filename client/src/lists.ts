/** Lists that come page by page. */

/** As the API answers a list; `nextCursor` is null on the last page. */
export interface Page<T> {
  readonly items: T[]
  readonly nextCursor: string | null
}

const pageItemsMax = 1000

/** The items of a list, page by page, up to a number of them. @throws ClientError */
export async function listItems<T>(
  ask: (page: { limit: number; cursor?: string }) => Promise<Page<T>>,
  itemsMax = Number.POSITIVE_INFINITY,
): Promise<T[]> {
  const all: T[] = []
  let cursor: string | null = null
  do {
    const limit = Math.min(pageItemsMax, itemsMax - all.length)
    const page: Page<T> = await ask({ limit, ...(cursor !== null && { cursor }) })
    all.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== null && all.length < itemsMax)
  return all
}
