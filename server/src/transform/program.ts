/** A deployment as it runs: its modules in stages, each of one language, one after the other. */
import type { Deployment, Diagnostic, Language } from '../transform.ts'
import type { Guest } from './guest.ts'

/** What a guest is opened with. */
export interface Program extends Omit<Deployment, 'version'> {
  /** Name of the sandbox, in the catalog. */
  readonly sandbox: string
}

/** Whoever starts guests, maybe in another thread. */
export interface GuestOpener {
  /**
   * A process with this code loaded.
   * @throws MillraceError `invalid_code` with the diagnostics as fields, `sandbox_unavailable`, `sandbox_refused`.
   */
  open(program: Program): Promise<Guest>
}

export const sandboxOf: Readonly<Record<Language, string>> = {
  typescript: 'javascript',
  javascript: 'javascript',
  python: 'python',
}

/** Neighbours in the order that share a sandbox are one stage; a stage can import every module of its sandbox. */
export function stagesOf({ modules, order, version: _, ...rest }: Deployment): Program[] {
  const languageOf = new Map(modules.map(({ name, language }) => [name, language]))
  const stages: { sandbox: string; order: string[] }[] = []
  for (const name of order) {
    const language = languageOf.get(name)
    if (language === undefined) continue // checked when it was deployed
    const sandbox = sandboxOf[language]
    const last = stages.at(-1)
    if (last?.sandbox === sandbox) last.order.push(name)
    else stages.push({ sandbox, order: [name] })
  }
  return stages.map((stage) => ({
    ...rest,
    ...stage,
    modules: modules.filter(({ language }) => sandboxOf[language] === stage.sandbox),
  }))
}

/** Diagnostics as the fields of an error: `module:line:column`, or the module alone. */
export function fieldsOf(diagnostics: readonly Diagnostic[]): { field: string; message: string }[] {
  return diagnostics.map(({ module, line, column, message }) => ({
    field: [module, line, column].filter((part) => part !== undefined).join(':'),
    message,
  }))
}
