/** Where a module names another one. */

/** Line and column, from 1, of the first import or re-export of it; nothing if there is none to be seen. */
export function placeOfImport(specifier: string, code: string): { line: number; column: number } | undefined {
  const quoted = specifier.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&')
  const found = new RegExp(`\\b(?:from|import)\\s*(?:"${quoted}"|'${quoted}')`).exec(code)
  if (found === null) return undefined
  const at = found.index + found[0].length - specifier.length - 2
  const before = code.slice(0, at)
  const line = before.split('\n').length
  return { line, column: at - (before.lastIndexOf('\n') + 1) + 1 }
}
