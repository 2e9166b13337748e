/** Files of a folder on a server that is reached by SFTP. */
import { matchesGlob } from 'node:path'
import type { FileEntryWithStats, SFTPWrapper, Stats } from 'ssh2'
import { MillraceError } from '../../../errors.ts'
import { type ConnectorContext, NotRetryable, sourceUnavailable } from '../../connector.ts'
import { type FileBytes, UnreadableFile } from './file-bytes.ts'
import type { LocalFolder } from './local-files.ts'
import type { FilesState } from './pages.ts'
import type { SftpSettings } from './settings.ts'

const filesMax = 100_000
const depthMax = 32
/** What servers give by one request at least; so many requests are under way at once. */
const pieceBytes = 32 * 1024
const windowBytes = 32 * pieceBytes
/** Codes of the protocol (draft-ietf-secsh-filexfer-02 §7). */
const [noSuchFile, permissionDenied] = [2, 3]

/** Without those that are as they were. @throws NotRetryable; MillraceError `source_unavailable`, `forbidden`, `not_found`. */
export async function openSftpFolder(
  settings: SftpSettings,
  pattern: string,
  state: FilesState,
  { outbound, log, signal }: Pick<ConnectorContext, 'outbound' | 'log' | 'signal'>,
): Promise<LocalFolder & { close(): void }> {
  const { host, port, folder } = settings
  const { ask, close } = await openSession(settings, outbound, signal)
  const names: string[] = []

  async function walk(below: string, depth: number): Promise<void> {
    const place = below === '' ? folder : `${folder}/${below}`
    for (const { filename, attrs } of await ask<FileEntryWithStats[]>((sftp, done) => sftp.readdir(place, done))) {
      // What a server calls its files is its own affair; a path is none of them.
      if (filename === '.' || filename === '..' || filename.includes('/')) continue
      const name = below === '' ? filename : `${below}/${filename}`
      if (attrs.isDirectory() && depth < depthMax) await walk(name, depth + 1)
      else if (!matchesGlob(name, pattern)) continue
      else if (attrs.isSymbolicLink()) log.warn('a symbolic link is left out', { file: name })
      else if (attrs.isFile() && !isKnown(name, attrs, state)) names.push(name)
      if (names.length > filesMax)
        throw new MillraceError('invalid_request', `There are more than ${filesMax} files in ${folder} at ${host}`, {
          hint: 'Name a folder further down, or a narrower pattern.',
        })
    }
  }

  try {
    await walk('', 0)
  } catch (error) {
    close()
    if ((error as { code?: unknown }).code !== noSuchFile) throw error
    throw new MillraceError('not_found', `There is no folder ${JSON.stringify(folder)} at ${host}:${port}`)
  }
  return { close, names: names.toSorted(), open: (name) => openFile(`${folder}/${name}`, name, ask) }
}

type Ask = <T>(work: (sftp: SFTPWrapper, done: (error?: Error | null, value?: T) => void) => void) => Promise<T>

async function openSession(settings: SftpSettings, outbound: ConnectorContext['outbound'], signal: AbortSignal) {
  const where = `${settings.host}:${settings.port}`
  const { openSshClient } = await import('../ssh/ssh-client.ts')
  const { client, gone, close } = await openSshClient(settings, { outbound, signal })
  const opened = new Promise<SFTPWrapper>((resolve, reject) =>
    client.sftp((error, sftp) => (error ? reject(new NotRetryable(`${where} has no SFTP`)) : resolve(sftp))),
  )
  try {
    const sftp = await Promise.race([opened, gone])
    const ask: Ask = (work) => {
      const answer = new Promise<never>((resolve, reject) =>
        work(sftp, (error, value) => (error ? reject(error) : resolve(value as never))),
      )
      return Promise.race([answer, gone])
    }
    return { ask, close }
  } catch (error) {
    close()
    throw error
  }
}

async function openFile(path: string, name: string, ask: Ask): Promise<FileBytes | undefined> {
  let handle: Buffer
  try {
    handle = await ask<Buffer>((sftp, done) => sftp.open(path, 'r', done))
  } catch (error) {
    const { code } = error as { code?: unknown }
    if (code === noSuchFile) return undefined
    if (code === permissionDenied) throw new UnreadableFile('the server does not let this user read it')
    throw error
  }
  const look = () => ask<Stats>((sftp, done) => sftp.fstat(handle, done))
  const { size, mtime } = await look()
  let window = { from: 0, bytes: Buffer.alloc(0) }

  async function piece(from: number, to: number): Promise<Buffer> {
    const bytes = Buffer.alloc(to - from)
    for (let at = 0; at < bytes.length; ) {
      const count = await ask<number>((sftp, done) => sftp.read(handle, bytes, at, bytes.length - at, from + at, done))
      if (count === 0) throw sourceUnavailable(`${name} became shorter while it was read`)
      at += count
    }
    return bytes
  }

  async function fill(from: number): Promise<void> {
    const end = Math.min(size, from + windowBytes)
    const starts = Array.from({ length: Math.ceil((end - from) / pieceBytes) }, (_, index) => from + index * pieceBytes)
    const pieces = await Promise.all(starts.map((start) => piece(start, Math.min(end, start + pieceBytes))))
    window = { from, bytes: Buffer.concat(pieces) }
  }

  return {
    name,
    size,
    version: `${mtime}`,
    modifiedAt: mtime * 1000,
    async read(from, to) {
      const pieces: Buffer[] = []
      for (let at = from; at < Math.min(to, size); ) {
        if (at < window.from || at >= window.from + window.bytes.length) await fill(at)
        const bytes = window.bytes.subarray(at - window.from, to - window.from)
        pieces.push(bytes)
        at += bytes.length
      }
      return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
    },
    async isUnchanged() {
      const now = await look()
      return now.size === size && now.mtime === mtime
    },
    async close() {
      await ask<void>((sftp, done) => sftp.close(handle, done)).catch(() => {}) // it ends with the connection
    },
  }
}

function isKnown(name: string, { size, mtime }: Stats, state: FilesState): boolean {
  const known = Object.hasOwn(state, name) ? state[name] : undefined
  return known?.isDone === true && known.size === size && known.version === `${mtime}`
}
