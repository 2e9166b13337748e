/**
 * The program that `compile.ts` starts for one compilation: modules as JSON in, `Compiled` as JSON out. Runs none of the code. V8 itself
 * says what is JavaScript, so that what is compiled here loads in the jail.
 */
import { readFileSync } from 'node:fs'
import vm from 'node:vm'
import type { Diagnostic, TransformModule } from '../../../transform.ts'
import type { Compiled } from '../../sandbox.ts'
import { diagnosticOf } from './diagnostics.ts'
import { placeOfImport } from './imports.ts'
import { Isolate } from './isolate.ts'
import { moduleNameIn } from './module-names.ts'
import { stripTypes } from './strip-types.ts'

const missingTransform = 'It has no `transform`: write `export function transform(event) { return event }`'
const memoryBytes = 512 * 1024 * 1024

type Codes = ReadonlyMap<string, string>

const { modules, order } = JSON.parse(readFileSync(0, 'utf8')) as {
  modules: readonly TransformModule[]
  order: readonly string[]
}
process.stdout.write(JSON.stringify(compile()))

function compile(): Compiled {
  const diagnostics: Diagnostic[] = []
  const codes = new Map<string, string>()
  for (const { name, language, code } of modules) {
    const plain = language === 'typescript' ? stripTypes(code, name) : code
    if (typeof plain === 'string') codes.set(name, plain)
    else diagnostics.push(plain)
  }
  const names = new Set(modules.map(({ name }) => name))
  for (const [name, code] of codes) diagnostics.push(...flawsOf(name, code, names))
  if (diagnostics.length > 0) return { diagnostics }

  for (const name of modules.map((module) => module.name)) {
    const flaw = unlinkable(name, codes)
    if (flaw !== undefined) return { diagnostics: [flaw] }
  }
  for (const name of order.filter((name) => codes.has(name))) {
    const code = withTransform(name, codes)
    if (code === undefined) diagnostics.push({ module: name, message: missingTransform })
    else codes.set(name, code)
  }
  if (diagnostics.length > 0) return { diagnostics }
  return { modules: Array.from(codes, ([name, code]) => ({ name, code })) }
}

/** What is wrong with one module alone. */
function flawsOf(name: string, code: string, names: ReadonlySet<string>): Diagnostic[] {
  try {
    const imports = within((isolate) => isolate.importsOf(name, code))
    if (waits(code))
      return [{ module: name, message: '`await` outside of a function is not supported, as nothing here is async' }]
    const others = [...names].filter((other) => other !== name).join(', ') || 'none'
    return imports
      .filter((specifier) => !names.has(moduleNameIn(specifier) ?? ''))
      .map((specifier) => ({
        module: name,
        ...placeOfImport(specifier, code),
        message: `There is no module “${specifier}” to import; only other modules can be, of which there are: ${others}`,
      }))
  } catch (error) {
    return [diagnosticOf(error, name, names)]
  }
}

function waits(code: string): boolean {
  const module = new vm.SourceTextModule(code) as vm.SourceTextModule & { hasTopLevelAwait(): boolean }
  return module.hasTopLevelAwait()
}

/** An import of a name that the other module does not export. V8 does not say where. */
function unlinkable(name: string, codes: Codes): Diagnostic | undefined {
  try {
    within((isolate) => isolate.link(name, finding(codes)))
    return undefined
  } catch (error) {
    const specifier = /^The requested module '(.*)' does not/.exec((error as Error).message)?.[1]
    const code = codes.get(name) ?? ''
    const place = specifier === undefined ? undefined : placeOfImport(specifier, code)
    // If it is another module that imports it, the flaw is told of that one.
    if (specifier !== undefined && place === undefined) return undefined
    return { ...diagnosticOf(error, name, codes), ...place }
  }
}

/** The module's code, if it has a `transform` or a default export; one that it does not export is exported in a line after the last. */
function withTransform(name: string, codes: Codes): string | undefined {
  const code = codes.get(name) ?? ''
  const exported = `${code}\nexport { transform }`
  if (isExported('{ transform }', name, codes)) return code
  if (isExported('{ transform }', name, new Map([...codes, [name, exported]]))) return exported
  return isExported('transform', name, codes) ? code : undefined
}

/** Asks V8, by a module that imports it. */
function isExported(what: string, name: string, codes: Codes): boolean {
  const asking = 'asking whether it is exported' // no name of a module
  const find = (specifier: string) =>
    specifier === asking ? { name: asking, code: `import ${what} from '${name}'` } : finding(codes)(specifier)
  try {
    within((isolate) => isolate.link(asking, find))
    return true
  } catch {
    return false
  }
}

function finding(codes: Codes) {
  return (specifier: string) => {
    const name = moduleNameIn(specifier) ?? ''
    return { name, code: codes.get(name) ?? '' }
  }
}

function within<T>(work: (isolate: Isolate) => T): T {
  const isolate = new Isolate(memoryBytes)
  try {
    return work(isolate)
  } finally {
    isolate.dispose()
  }
}
