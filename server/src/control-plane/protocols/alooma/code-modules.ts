/**
 * Modules of code as Alooma's clients know them. Its default, a `main` that gives back what it got, is no code here: events then go on
 * without a sandbox. That a client has set it is kept, and told again.
 */
import { type Caller, notFound } from '../../operations/operation.ts'
import type { CodeModule } from './alooma-port.ts'
import type { AloomaParts } from './route.ts'

export const mainModule = 'main'
export const defaultCode = 'def transform(event):\n\treturn event'

export interface CodeModules {
  list(caller: Caller): Promise<readonly CodeModule[]>
  /** @throws MillraceError `not_found`. */
  get(caller: Caller, name: string): Promise<CodeModule>
  /** Those without code are deleted. @throws MillraceError `invalid_code`. */
  put(caller: Caller, modules: readonly CodeModule[]): Promise<void>
  /** @throws MillraceError `not_found`. */
  delete(caller: Caller, name: string): Promise<void>
}

export function openCodeModules({ port, kept }: Pick<AloomaParts, 'port' | 'kept'>): CodeModules {
  const list = async (caller: Caller): Promise<readonly CodeModule[]> => {
    const modules = await port.modules(caller)
    const isDefault = (await kept.get(caller, 'default-code', mainModule)) !== undefined
    if (!isDefault || modules.some(({ name }) => name === mainModule)) return modules
    return [{ name: mainModule, language: 'python', code: defaultCode }, ...modules]
  }
  const get = async (caller: Caller, name: string): Promise<CodeModule> => {
    const module = (await list(caller)).find((module) => module.name === name)
    if (module === undefined) throw notFound(`module ${name}`)
    return module
  }
  const removeLive = async (caller: Caller, names: readonly string[]): Promise<void> => {
    const live = new Set((await port.modules(caller)).map(({ name }) => name))
    for (const name of names) if (live.has(name)) await port.deleteModule(caller, name)
  }

  return {
    list,
    get,
    async put(caller, modules) {
      const coded = modules.filter((module) => !isEmpty(module) && !isDefault(module))
      const gone = modules.filter((module) => isEmpty(module) || isDefault(module))
      if (coded.length > 0) await port.putModules(caller, coded)
      await removeLive(
        caller,
        gone.map(({ name }) => name),
      )
      const main = modules.find(({ name }) => name === mainModule)
      if (main && isDefault(main)) await kept.put(caller, 'default-code', mainModule, {})
      else if (main) await kept.remove(caller, 'default-code', mainModule)
    },
    async delete(caller, name) {
      await get(caller, name)
      await removeLive(caller, [name])
      if (name === mainModule) await kept.remove(caller, 'default-code', mainModule)
    },
  }
}

export function isEmpty({ code }: CodeModule): boolean {
  return code.trim() === ''
}

function isDefault({ name, code }: CodeModule): boolean {
  return name === mainModule && code.trim() === defaultCode
}
