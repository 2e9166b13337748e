/** What a sandbox is: how a language's code is made ready, and the program that runs it inside of the jail. */
import type { Diagnostic, Language, TransformModule } from '../transform.ts'
import type { LoadRequest } from './guest-protocol.ts'

export interface Sandbox {
  readonly title: string
  readonly languages: readonly Language[]
  /**
   * Makes modules of this sandbox's languages ready to be loaded, without running any of them: syntax, names, sizes, a `transform`
   * in each module of `order`. Line for line what the user wrote.
   */
  compile(modules: readonly TransformModule[], order: readonly string[]): Promise<Compiled>
  /** What runs in the jail and speaks `guest-protocol.ts`. */
  readonly guest: GuestProgram
}

export type Compiled = { readonly modules: LoadRequest['modules'] } | { readonly diagnostics: readonly Diagnostic[] }

export interface GuestProgram {
  /** Absolute path of the module that Node runs. */
  readonly entry: string
  /** What the module is given; none where it is absent. */
  readonly arguments?: readonly string[]
  /** Flags of Node. */
  readonly nodeFlags: readonly string[]
  /** Absolute paths of files and folders that it reads; it sees nothing else of the machine but Node and the system's libraries. */
  readonly readable: readonly string[]
  /** Limits of `prlimit`, for instance `--data=600000000`; given the memory that the code may hold. */
  readonly processLimits: (memoryBytes: number) => readonly string[]
  /** Memory that the process needs beside what the code may hold. */
  readonly overheadBytes: number
}
