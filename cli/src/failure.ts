/** How a command ends: the exit codes that scripts rely on, and what a failure says in one line. */
import { ClientError } from '@millrace/client/client'
import { CommanderError } from 'commander'

export const exitCodes = { ok: 0, failed: 1, usage: 2, unreachable: 3, refused: 4, partly: 5 } as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

export const exitCodesHelp = `
Exit codes:
  0  ok
  1  failed
  2  usage: the command line, the config or a file given is wrong
  3  the server cannot be reached
  4  refused: no token, a wrong one, or no permission
  5  partly done: something was left out or set aside, and said so`

/** One of several things that are wrong, and where. */
export interface Fault {
  /** `fields.0.type`, `main.ts:4:32` */
  readonly place: string
  readonly message: string
  /** The place as it looks, for people. */
  readonly excerpt?: string
}

interface Circumstances {
  /** What scripts test; the name of the exit code where missing. */
  readonly code?: string
  readonly faults?: readonly Fault[]
}

/** A command's own failure. */
export class CommandError extends Error {
  readonly exitCode: ExitCode
  readonly hint: string | undefined
  readonly code: string
  readonly faults: readonly Fault[]

  constructor(exitCode: ExitCode, message: string, hint?: string, { code, faults = [] }: Circumstances = {}) {
    super(message)
    this.name = 'CommandError'
    this.exitCode = exitCode
    this.hint = hint
    this.code = code ?? Object.entries(exitCodes).find(([, value]) => value === exitCode)?.[0] ?? 'failed'
    this.faults = faults
  }
}

export function usageError(message: string, hint?: string): CommandError {
  return new CommandError(exitCodes.usage, message, hint)
}

export interface Failure {
  readonly exitCode: number
  readonly code: string
  readonly message: string
  readonly hint: string | undefined
  readonly faults?: readonly Fault[]
}

export function describeFailure(error: unknown): Failure {
  if (error instanceof CommandError) {
    const { exitCode, code, message, hint, faults } = error
    return { exitCode, code, message, hint, faults }
  }
  if (error instanceof ClientError) return describeClientError(error)
  if (error instanceof CommanderError) {
    const message = error.message.replace(/^error: /, '').replaceAll('\n', ' ')
    const hint = 'millrace --help lists the commands, millrace COMMAND --help what one takes.'
    return { exitCode: error.exitCode === 0 ? exitCodes.ok : exitCodes.usage, code: 'usage', message, hint }
  }
  if (isMillraceError(error)) {
    const exitCode = error.code === 'invalid_request' ? exitCodes.usage : exitCodes.failed
    return { exitCode, code: error.code, message: error.message, hint: error.hint }
  }
  return describeOther(error)
}

function describeClientError({ status, code, detail, hint, fields = [] }: ClientError): Failure {
  if (status === 0) {
    const advice = hint ?? 'Is the server running (millrace start)? Is --url or MILLRACE_URL right?'
    return { exitCode: exitCodes.unreachable, code, message: detail, hint: advice }
  }
  if (code === 'unauthenticated' || code === 'forbidden') {
    const advice = 'Give a token with --token or MILLRACE_TOKEN, or run the command where the server’s data folder is.'
    // How a request shows who asks is the command's affair.
    const told = code === 'unauthenticated' ? advice : (hint ?? advice)
    return { exitCode: exitCodes.refused, code, message: detail, hint: told }
  }
  const faults = fields.map(({ field, message }) => ({ place: field, message }))
  // A single one is what the message says already.
  const isSaid = faults.every(({ place, message }) => detail.includes(`${place}: ${message}`))
  return { exitCode: exitCodes.failed, code, message: detail, hint, faults: isSaid ? [] : faults }
}

/** The server package is imported only where it is needed; its errors are therefore known by their shape. */
function isMillraceError(error: unknown): error is Error & { code: string; hint: string | undefined } {
  return error instanceof Error && error.name === 'MillraceError' && 'code' in error && typeof error.code === 'string'
}

function describeOther(error: unknown): Failure {
  if (!(error instanceof Error))
    return { exitCode: exitCodes.failed, code: 'failed', message: String(error), hint: undefined }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'failed'
  const path = 'path' in error && typeof error.path === 'string' ? error.path : undefined
  const known = path === undefined ? undefined : fileFailures[code]
  if (known === undefined) {
    const hint = 'Run it again with --debug to see where this comes from.'
    return { exitCode: exitCodes.failed, code, message: error.message, hint }
  }
  return { exitCode: exitCodes.usage, code, message: `${path} ${known}`, hint: undefined }
}

const fileFailures: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read or written by this user',
  EISDIR: 'is a folder, not a file',
  ENOTDIR: 'is a file, not a folder',
}
