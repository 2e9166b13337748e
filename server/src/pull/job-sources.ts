/** The sources that jobs are of, as the inputs say now: which there are, and which are switched off. */
import type { InputSnapshot, SourceDirectory } from '../inputs.ts'
import type { NotificationDraft } from '../notifications.ts'
import type { Job, JobEnd } from '../sources.ts'

export interface Source {
  readonly input: InputSnapshot
  /** Switched off: it runs only the ranges that somebody asks for. */
  readonly isOff: boolean
}

/** By their keys. */
export type Sources = ReadonlyMap<string, Source>

/** Of the connectors of these names. */
export function sourcesOf(connectors: readonly string[], inputs: SourceDirectory): Sources {
  return new Map(
    connectors.flatMap((type): [string, Source][] => [
      ...inputs.offOfType(type).map((input): [string, Source] => [keyOf(input), { input, isOff: true }]),
      ...inputs.ofType(type).map((input): [string, Source] => [keyOf(input), { input, isOff: false }]),
    ]),
  )
}

/** A source that is switched off does what somebody asks for by name, and nothing else. */
export function isHeldBack({ isBackFill }: Job, { isOff }: Source): boolean {
  return isOff && !isBackFill
}

function keyOf({ workspace, id }: InputSnapshot): string {
  return `${workspace}\n${id}`
}

export function sourceKey({ workspace, source }: Pick<Job, 'workspace' | 'source'>): string {
  return `${workspace}\n${source}`
}

/** Without the reason's words, which may tell what is in the data. */
export function failed({ id, source }: Job, label: string, { error }: JobEnd): NotificationDraft {
  return {
    severity: 'error',
    type: 'job_failed',
    subject: source,
    message: `A job of the source ${JSON.stringify(label)} failed: ${error?.code ?? 'internal'}`,
    input: label,
    cause: { kind: 'job', id },
  }
}
