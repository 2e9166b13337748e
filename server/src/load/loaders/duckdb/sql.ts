/** How names and texts of others become SQL: by `quoteName` and `quoteText` and no other way. */

/** A name as an identifier. The caller has made sure that it holds no NUL: see `evolve.ts`. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A text as a literal. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** DuckDB takes names that differ only in case for the same. */
export function foldCase(name: string): string {
  return name.toLowerCase()
}
