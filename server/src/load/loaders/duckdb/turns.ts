/** One at a time, in the order of the calls; a job that fails does not hold up the next. */
export type Turns = <T>(job: () => Promise<T>) => Promise<T>

export function takeTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve()
  return <T>(job: () => Promise<T>): Promise<T> => {
    const mine = last.then(job)
    last = mine.catch(() => {})
    return mine
  }
}
