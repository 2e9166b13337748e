/** A database server as a child of a test: in a temporary folder, on a free port of the loopback, under a user that is not root. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)
const readyMs = 120_000

export interface Owner {
  readonly uid?: number
  readonly gid?: number
}

/** Whom the server runs as: servers refuse to be root's. `name` is the user that its Debian package makes. */
export async function ownerOf(name: string): Promise<Owner> {
  if (process.getuid?.() !== 0) return {}
  const id = async (flag: string) => Number((await run('id', [flag, name])).stdout)
  return { uid: await id('-u'), gid: await id('-g') }
}

/** A folder of the owner's own. */
export async function makeFolder(prefix: string, { uid, gid }: Owner): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), prefix))
  await chmod(folder, 0o755)
  if (uid !== undefined && gid !== undefined) await run('chown', [`${uid}:${gid}`, folder])
  return folder
}

/** One that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** A key and a certificate for 127.0.0.1, signed by itself, as server.key and server.crt of the folder. Gives the certificate as PEM. */
export async function makeCertificate(folder: string, owner: Owner): Promise<string> {
  const [key, certificate] = [join(folder, 'server.key'), join(folder, 'server.crt')]
  const what = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2', '-nodes']
  await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', ...what, '-keyout', key, '-out', certificate], owner)
  await chmod(key, 0o600)
  return readFile(certificate, 'utf8')
}

export interface ServerChild {
  readonly pid: number
  /** Resolves when it is gone. Safe to repeat. */
  stop(signal: NodeJS.Signals): Promise<void>
}

/** Starts it and waits until `isReady` says yes. @throws Error It ended before, with what it said. */
export async function startChild(
  command: string,
  args: readonly string[],
  owner: Owner,
  isReady: () => Promise<boolean>,
): Promise<ServerChild> {
  const child = spawn(command, args, { ...owner, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  const listen = (piece: Buffer) => {
    said = (said + piece).slice(-4_000)
  }
  child.stdout.on('data', listen)
  child.stderr.on('data', listen)
  await once(child, 'spawn')
  const forget = endWithUs(child)
  const deadline = Date.now() + readyMs
  while (!(await isReady())) {
    if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL')
      throw new Error(`${command} did not start:\n${said}`)
    }
    await delay(50)
  }
  return {
    pid: child.pid!,
    async stop(signal) {
      forget()
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill(signal)
      await gone
    },
  }
}

export interface ServerLifetime extends AsyncDisposable {
  readonly pid: number
  /** Connections are cut, the data stays. */
  restart(): Promise<void>
}

/** A server that is started anew by the same means, and goes with its folder. */
export async function openServer(
  open: () => Promise<ServerChild>,
  { folder, restartBy, endBy }: { folder: string; restartBy: NodeJS.Signals; endBy: NodeJS.Signals },
): Promise<ServerLifetime> {
  let child = await open()
  return {
    get pid() {
      return child.pid
    },
    async restart() {
      await child.stop(restartBy)
      child = await open()
    },
    async [Symbol.asyncDispose]() {
      await child.stop(endBy)
      await removeFolder(folder)
    },
  }
}

/** Whether a question is answered. */
export function isAnswered(question: Promise<unknown>): Promise<boolean> {
  return question.then(
    () => true,
    () => false,
  )
}

async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
}

/** A test that dies leaves no server behind. */
function endWithUs(child: ChildProcess): () => void {
  const end = () => void child.kill('SIGKILL')
  process.once('exit', end)
  return () => process.removeListener('exit', end)
}
