/** The catalog as the config leaves it: without what an operator has switched off, with the connectors of packages. */
import { catalogWith, switchedOn } from './catalog.ts'
import type { Config } from './config.ts'
import { loadConnectors } from './connector-packages.ts'
import type { InputType } from './inputs.ts'
import type { Connector } from './pull/connector.ts'

export interface SwitchedCatalog {
  readonly inputTypes: Readonly<Record<string, InputType>>
  readonly connectors: Readonly<Record<string, Connector>>
  switchedOn<T>(part: Readonly<Record<string, T>>): Readonly<Record<string, T>>
}

/** @throws MillraceError: a package cannot be loaded, or a protocol is not known. */
export async function openCatalog({
  connectors: packages,
  protocols: names,
  singerTaps,
}: Config): Promise<SwitchedCatalog> {
  const { connectors, inputTypes } = catalogWith(await loadConnectors(packages, process.cwd()), singerTaps)
  const switched = <T>(part: Readonly<Record<string, T>>) => switchedOn(part, names, inputTypes)
  return { inputTypes: switched(inputTypes), connectors: switched(connectors), switchedOn: switched }
}
