/** OpenSSH on a port of its own, with keys and a configuration that are there for one test. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'

export interface SshServer extends AsyncDisposable {
  /** Where its users' files are. */
  readonly files: string
  /** All that the connector needs but the folder. */
  readonly sftp: { host: string; port: number; username: string; privateKey: string; hostKey: string }
  /** Ends every connection. */
  drop(): Promise<void>
}

const run = promisify(execFile)

export async function openSshServer(): Promise<SshServer> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-sshd-'))
  const files = join(folder, 'files')
  await mkdir(files)
  for (const name of ['host', 'user'])
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)])
  await copyFile(join(folder, 'user.pub'), join(folder, 'authorized'))
  // Where it gives up its rights, as root does.
  await mkdir('/run/sshd', { recursive: true }).catch(() => {})
  const port = await freePort()
  const config = join(folder, 'sshd_config')
  const settings = [
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${join(folder, 'host')}`,
    `AuthorizedKeysFile ${join(folder, 'authorized')}`,
    'PidFile none',
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'PermitRootLogin prohibit-password',
    'Subsystem sftp internal-sftp',
  ]
  await writeFile(config, `${settings.join('\n')}\n`)
  const server = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', config], {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  })
  let said = ''
  server.stderr.on('data', (text) => {
    said += text
  })
  const ended = once(server, 'exit')
  await untilAnswers(port, () => (server.exitCode === null ? undefined : said))
  const { stdout } = await run('ssh-keygen', ['-l', '-f', join(folder, 'host.pub')])
  return {
    files,
    sftp: {
      host: '127.0.0.1',
      port,
      username: userInfo().username,
      privateKey: await readFile(join(folder, 'user'), 'utf8'),
      hostKey: stdout.split(' ')[1]!,
    },
    async drop() {
      const { stdout } = await run('pgrep', ['-P', String(server.pid)])
      for (const pid of stdout.split('\n').filter(Boolean)) process.kill(Number(pid), 'SIGKILL')
    },
    async [Symbol.asyncDispose]() {
      server.kill()
      await ended
      await rm(folder, { recursive: true })
    },
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

async function untilAnswers(port: number, failure: () => string | undefined): Promise<void> {
  for (;;) {
    const said = failure()
    if (said !== undefined) throw new Error(`sshd does not run: ${said}`)
    const socket = connect(port, '127.0.0.1')
    const isThere = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (isThere) return
    await delay(50)
  }
}
