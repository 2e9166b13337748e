/** How names and texts that people chose become SQL: by these functions and no other way. */

/** A name as an identifier. Names hold no NUL: `names.ts`. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A text as a literal. Texts hold no NUL: `check.ts`. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** DuckDB takes names that differ only in case for the same. */
export function foldName(name: string): string {
  return name.toLowerCase()
}

/** The row of the table that an expression is about: no column can have this name. */
export const rowAlias = '"_mr_row"'

export function columnOfRow(column: string): string {
  return `${rowAlias}.${quoteName(column)}`
}
