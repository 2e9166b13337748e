/** Names and texts as SQL writes them. Nothing that a user or a database says gets into a statement otherwise. */

export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** Whatever `standard_conforming_strings` is. */
export function literal(text: string): string {
  const quoted = `'${text.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`
  return text.includes('\\') ? ` E${quoted}` : quoted
}
