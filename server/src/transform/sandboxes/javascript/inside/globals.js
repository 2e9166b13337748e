/** Runs inside of the isolate: what users' code finds beside the language: `secrets` and `lookups`, that nobody changes. */
import { defineProperty, freeze, hasOwn, keys, text } from './intrinsics.js'

/** Both as in a LoadRequest. */
export function provide(secrets, lookups) {
  freezeDeeply(secrets)
  freezeDeeply(lookups)
  publish('secrets', (name) => own(secrets, name))
  publish('lookups', (table, key) => {
    const rows = own(lookups, table)
    return rows === undefined ? undefined : own(rows, key)
  })
}

function publish(name, get) {
  const value = freeze({ __proto__: null, get: freeze(get) })
  defineProperty(globalThis, name, { value, writable: false, enumerable: false, configurable: false })
}

function own(object, key) {
  const name = typeof key === 'string' ? key : text(key)
  return hasOwn(object, name) ? object[name] : undefined
}

function freezeDeeply(value) {
  if (typeof value !== 'object' || value === null) return
  freeze(value)
  const names = keys(value)
  for (let place = 0; place < names.length; place++) freezeDeeply(value[names[place]])
}
