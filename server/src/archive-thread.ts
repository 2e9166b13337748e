/** The archives' thread: reads the logs of workspaces behind their pipelines, at a low priority, and puts their events into stores. */
import { randomBytes } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import { type Archive, openArchive } from './archive/archive.ts'
import type { LogToArchive } from './archive/round.ts'
import { stateFileIn } from './archive/state-file.ts'
import type { ArchiveTarget } from './archive.ts'
import type { ArchiveCalls, ArchiveEvents, ArchiveTask, ArchiveThreadSettings } from './archive-rpc.ts'
import { MillraceError } from './errors.ts'
import { openFileLogReader } from './log/files/reader.ts'
import { SharedPartition } from './log/files/shared.ts'
import { inTurn } from './map/turns.ts'
import { openFolderStore } from './object-store/folder.ts'
import { openS3Store } from './object-store/s3.ts'
import { type ObjectStore, storeRefused } from './object-store.ts'
import { openLogger } from './observe/logger.ts'
import { openOutbound } from './outbound.ts'
import { openRpc } from './pipeline-rpc.ts'
import { giveWay } from './priority.ts'
import { openConnectorHttp, openPauses } from './pull/connector-http.ts'

giveWay(10)

const settings = workerData as ArchiveThreadSettings
const logger = openLogger(settings.logger)
const outbound = openOutbound(settings.allowedHosts)
const pauses = openPauses()
const reading = inTurn()
const archives = new Map<string, Archive>()

const calls: ArchiveCalls = {
  async open(task) {
    await calls.closeOne(task.workspace)
    archives.set(task.workspace, begin(task))
  },
  status: async (workspace) => archives.get(workspace)?.status(),
  async test(workspace, target) {
    const { store, close } = openTarget(workspace, target)
    try {
      await tryOut(store, `${encodeURIComponent(workspace)}/test-${randomBytes(6).toString('hex')}`)
    } finally {
      close()
    }
  },
  async closeOne(workspace) {
    const archive = archives.get(workspace)
    archives.delete(workspace)
    await archive?.close()
  },
  async close() {
    await Promise.all([...archives.keys()].map((workspace) => calls.closeOne(workspace)))
  },
}

const main = openRpc<ArchiveEvents, ArchiveCalls>(parentPort!, calls)

function begin({ workspace, folder, logId, log, config }: ArchiveTask): Archive {
  let target: ReturnType<typeof openTarget> | undefined
  const archive = openArchive({
    workspace,
    config,
    log: logOf(logId, log),
    openStore() {
      target ??= openTarget(workspace, config.target)
      return target.store
    },
    stateFile: stateFileIn(folder),
    inTurn: reading,
    onProgress: (progress) => void main.progress.asEvent(workspace, progress),
    onFailure: (failure) => void main.failed.asEvent(workspace, failure),
    onLost: (events) => void main.lost.asEvent(workspace, events),
    logger,
  })
  return {
    status: archive.status,
    async close() {
      const closed = archive.close()
      target?.close()
      await closed
    },
  }
}

function logOf(id: string, shared: ArchiveTask['log']): LogToArchive {
  const partition = new SharedPartition(shared, 0)
  const reader = openFileLogReader(shared)
  return {
    id,
    start: () => partition.start,
    end: () => partition.end,
    read: (from, signal) => reader.read(0, from, signal),
  }
}

/** `close` ends requests that are under way. */
function openTarget(workspace: string, target: ArchiveTarget): { store: ObjectStore; close(): void } {
  if (target.kind === 'folder') return { store: openFolderStore(settings.root, target.folder), close() {} }
  const stop = new AbortController()
  const http = openConnectorHttp({ outbound, pauses, scope: `archive ${workspace}`, signal: stop.signal })
  return {
    store: openS3Store(target, http.request),
    close() {
      stop.abort()
      http.close()
    },
  }
}

async function tryOut(store: ObjectStore, key: string): Promise<void> {
  const bytes = Buffer.from('Millrace was here, to see whether it may write.\n')
  await store.put(key, bytes)
  const found = await store.find(key)
  if (found?.size !== bytes.length)
    throw storeRefused(
      'What was written is not there',
      'Check that the endpoint is the store itself, and not something before it.',
    )
  try {
    await store.delete(key)
  } catch (cause) {
    const reason = cause instanceof MillraceError ? cause.message : String(cause)
    throw storeRefused(
      `It may be written to, but ${key} could not be deleted again: ${reason}`,
      'An archive itself deletes nothing; remove this object.',
      cause,
    )
  }
}
