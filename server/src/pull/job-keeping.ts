/** The store as one job knows it: its own row, in the name of the process that holds it. */
import type { Job, JobProgress, Landing, PageDone, SourceState, SourceStore } from '../sources.ts'

/** Whatever keeps something throws MillraceError `not_found` where the job is not this process's any more. */
export interface JobKeeping {
  stateOf(): Promise<SourceState>
  pageDone(page: PageDone): Promise<void>
  progressed(progress: JobProgress): Promise<void>
  triedAgain(attempts: number): Promise<void>
  landed(landed: { landing: Landing; rowsLoaded?: number; rowsReplaced?: number }): Promise<void>
  /** Over the settings that the source has. @throws MillraceError `invalid_request`. */
  saveSettings(change: Readonly<Record<string, unknown>>): Promise<void>
}

export function keepingFor(store: SourceStore, job: Job, owner: string): JobKeeping {
  return {
    stateOf: () => store.stateOf(job),
    pageDone: (page) => store.pageDone(job, owner, page),
    progressed: (progress) => store.progressed(job, owner, progress),
    triedAgain: (attempts) => store.triedAgain(job, owner, attempts),
    landed: (landed) => store.landed(job, owner, landed),
    saveSettings: (change) => store.saveSettings(job, change),
  }
}
