/** One after the other: each job begins when all before it have ended, however they ended. */
export function inTurn(): <T>(job: () => Promise<T>) => Promise<T> {
  let last: Promise<void> = Promise.resolve()
  return (job) => {
    const done = last.then(job)
    last = done.then(forget, forget)
    return done
  }
}

/** What a job gave, a batch of rows perhaps, must not be held until the next has ended. */
function forget(): void {}
