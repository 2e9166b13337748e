/** Where in an answer something is: names and places with dots between, `data.items`, `data.-1.id` for the last one's id. */

/** Undefined where there is nothing. Names are own members alone, so that no path reaches a prototype. */
export function valueAt(value: unknown, path: string): unknown {
  if (path === '') return value
  let here = value
  for (const name of path.split('.')) {
    if (Array.isArray(here)) here = /^-?\d+$/.test(name) ? here.at(Number(name)) : undefined
    else if (here !== null && typeof here === 'object' && Object.hasOwn(here, name)) here = Reflect.get(here, name)
    else return undefined
  }
  return here
}
