/** One V8 isolate with modules in it. What crosses its border is text and numbers. */
import ivm from 'isolated-vm'
import { exposingCollection } from './garbage.ts'

/** The isolate is gone: its memory was used up. */
export class IsolateEnded extends Error {}
/** The code was stopped where it was; the isolate goes on. */
export class TookTooLong extends Error {}

export interface IsolateModule {
  /** Runs the module's own lines, once. @throws IsolateEnded, TookTooLong, what the lines threw */
  evaluate(timeoutMs: number): void
  /** A function that it exports. It gives text, a number, a boolean or nothing. @throws as `evaluate` */
  caller(name: string): (timeoutMs: number, ...values: (string | number | ivm.Dereference<unknown>)[]) => unknown
  /** All that it exports, to be handed to a function of the same isolate. */
  exports(): ivm.Dereference<unknown>
}

/** Says which module is meant, under the name by which errors know it. @throws Error where there is none */
export type FindModule = (specifier: string) => { readonly name: string; readonly code: string }

const mebibyte = 1024 * 1024
const mebibytesMin = 8

export class Isolate {
  readonly #isolate: ivm.Isolate
  readonly #context: ivm.Context
  #collect: ivm.Reference<() => void> | undefined
  readonly #modules = new Map<string, ivm.Module>()

  constructor(memoryBytes: number) {
    this.#isolate = new ivm.Isolate({ memoryLimit: Math.max(mebibytesMin, Math.floor(memoryBytes / mebibyte)) })
    this.#context = this.#isolate.createContextSync()
  }

  /** A full collection. */
  collect(): void {
    this.#collect ??= this.#openCollection()
    this.#collect.applySync(undefined, [])
  }

  /** It is found in a context of its own, where no other code runs. */
  #openCollection(): ivm.Reference<() => void> {
    const { global } = exposingCollection(() => this.#isolate.createContextSync())
    return global.getSync('gc', { reference: true }) as ivm.Reference<() => void>
  }

  /** What it holds. */
  get heapBytes(): number {
    return this.#isolate.getHeapStatisticsSync().used_heap_size
  }

  /** Compiles a module alone, and says what it imports. @throws SyntaxError with `[name:line:column]` in its message */
  importsOf(name: string, code: string): readonly string[] {
    return this.#isolate.compileModuleSync(code, { filename: name }).dependencySpecifiers
  }

  /** Compiles a module and what it imports. @throws SyntaxError with `[name:line:column]` in its message */
  link(specifier: string, find: FindModule): IsolateModule {
    const resolve = (wanted: string): ivm.Module => {
      const { name, code } = find(wanted)
      const module = this.#modules.get(name) ?? this.#isolate.compileModuleSync(code, { filename: name })
      this.#modules.set(name, module)
      return module
    }
    const module = resolve(specifier)
    module.instantiateSync(this.#context, resolve)
    return {
      evaluate: (timeoutMs) => {
        this.#limited(timeoutMs, () => module.evaluateSync({ timeout: timeoutMs }))
      },
      caller: (name) => {
        const callee = module.namespace.getSync(name, { reference: true }) as ivm.Reference<() => unknown>
        return (timeoutMs, ...values) =>
          this.#limited(timeoutMs, () => callee.applySync(undefined, values as [], { timeout: timeoutMs }))
      },
      exports: () => module.namespace.derefInto(),
    }
  }

  dispose(): void {
    this.#isolate.dispose()
  }

  #limited<T>(timeoutMs: number, run: () => T): T {
    const began = performance.now()
    try {
      return run()
    } catch (error) {
      if (this.#isolate.isDisposed) throw new IsolateEnded()
      // By the clock: code can throw an error that looks like that of a timeout.
      if (performance.now() - began >= timeoutMs) throw new TookTooLong(`The code took longer than ${timeoutMs} ms`)
      throw error
    }
  }
}
