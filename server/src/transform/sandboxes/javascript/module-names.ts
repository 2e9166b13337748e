/** How users' modules are named, and how they name each other. */

const pattern = /^[A-Za-z_][A-Za-z0-9_]*$/

export function isModuleName(name: string): boolean {
  return pattern.test(name)
}

/** The module that an import means: `'./shop'`, `'shop'` and `'./shop.ts'` are the same one. */
export function moduleNameIn(specifier: string): string | undefined {
  const name = specifier.replace(/^\.\//, '').replace(/\.[jt]s$/, '')
  return isModuleName(name) ? name : undefined
}
