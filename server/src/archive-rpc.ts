/** What the main thread and the archives' thread say to each other. */
import type { ArchiveConfig, ArchiveFailure, ArchiveProgress, ArchiveStatus, ArchiveTarget } from './archive.ts'
import type { SharedLog } from './log/files/shared.ts'
import type { LoggerSettings } from './observe/logger.ts'

/** What the archives' thread does for the main thread. */
export interface ArchiveCalls {
  /** Begins to archive a workspace, or goes on. In place of an archive that it had. */
  open(task: ArchiveTask): Promise<void>
  /** Undefined: it has none. */
  status(workspace: string): Promise<ArchiveStatus | undefined>
  /** Puts a small object, finds it, and deletes it. @throws MillraceError that says why not. */
  test(workspace: string, target: ArchiveTarget): Promise<void>
  /** Safe to repeat. */
  closeOne(workspace: string): Promise<void>
  close(): Promise<void>
}

/** What the main thread is told. */
export interface ArchiveEvents {
  progress(workspace: string, progress: ArchiveProgress): void
  failed(workspace: string, failure: ArchiveFailure): void
  lost(workspace: string, events: number): void
}

export interface ArchiveTask {
  readonly workspace: string
  /** Of the file that says how far it is. */
  readonly folder: string
  readonly logId: string
  readonly log: SharedLog
  readonly config: ArchiveConfig
}

export interface ArchiveThreadSettings {
  readonly logger: LoggerSettings
  /** MILLRACE_ARCHIVE_ROOT; '' where none is set. */
  readonly root: string
  readonly allowedHosts: readonly string[]
}
