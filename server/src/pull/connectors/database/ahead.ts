/** Reads one page ahead: the next one is fetched while the one before is stored. */

export async function* ahead<T>(pages: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = pages[Symbol.asyncIterator]()
  const fetchNext = () => {
    const next = iterator.next()
    next.catch(() => {}) // who awaits it hears of it
    return next
  }
  let next = fetchNext()
  try {
    for (;;) {
      const { done, value } = await next
      if (done) return
      next = fetchNext()
      yield value
    }
  } finally {
    await iterator.return?.()
  }
}
