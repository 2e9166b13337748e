/** Bugs that the harness must catch: each one line of the product, made wrong. A harness that misses one is broken. */

export interface SeededBug {
  readonly name: string
  /** End of the file's path. */
  readonly file: string
  readonly find: string | RegExp
  readonly replace: string
  /** Why it is wrong. */
  readonly breaks: string
}

export const seededBugs: readonly SeededBug[] = []
