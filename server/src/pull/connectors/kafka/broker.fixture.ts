/** Apache Kafka itself, one node without ZooKeeper, on ports of its own. Its jars come from Maven once, into node_modules/.cache. */
import { execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { makeCertificate, ownerOf } from '../../../../../test/servers/server-child.ts'

export interface KafkaBroker extends AsyncDisposable {
  readonly address: string
  /** The same, for who logs in as `ada` with the password `secret-of-ada`. */
  readonly lockedAddress: string
  /** The same encrypted, for who proves the password without telling it (SCRAM). */
  readonly encryptedAddress: string
  /** That it signed itself, as PEM. */
  readonly certificate: string
  readonly hasEnded: boolean
}

const version = '4.1.1'
const cache = join(import.meta.dirname, '../../../../../node_modules/.cache', `kafka-${version}`)
const run = promisify(execFile)
const scram = ['SCRAM-SHA-256', 'SCRAM-SHA-512']
const scramLogin = 'org.apache.kafka.common.security.scram.ScramLoginModule required;'
/** As a file of properties has it. */
const lineOf = (pem: string) => pem.trim().replaceAll('\n', '\\n')

export async function openKafkaBroker(): Promise<KafkaBroker> {
  await fetchJars()
  const folder = await mkdtemp(join(tmpdir(), 'millrace-kafka-'))
  const certificate = await makeCertificate(folder, await ownerOf('root'))
  const key = await readFile(join(folder, 'server.key'), 'utf8')
  const [port, lockedPort, encryptedPort] = [await freePort(), await freePort(), await freePort()]
  const controllerPort = await freePort()
  const places = `PLAINTEXT://127.0.0.1:${port},SASL_PLAINTEXT://127.0.0.1:${lockedPort},SASL_SSL://127.0.0.1:${encryptedPort}`
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `${places},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': places,
    'listener.security.protocol.map':
      'PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT',
    'listener.name.sasl_plaintext.sasl.enabled.mechanisms': 'PLAIN',
    'listener.name.sasl_ssl.sasl.enabled.mechanisms': scram.join(','),
    ...Object.fromEntries(
      scram.map((name) => [`listener.name.sasl_ssl.${name.toLowerCase()}.sasl.jaas.config`, scramLogin]),
    ),
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.certificate.chain': lineOf(certificate),
    'ssl.keystore.key': lineOf(key),
    'listener.name.sasl_plaintext.plain.sasl.jaas.config':
      'org.apache.kafka.common.security.plain.PlainLoginModule required user_ada="secret-of-ada";',
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': join(folder, 'logs'),
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'auto.create.topics.enable': false,
  }
  const file = join(folder, 'server.properties')
  await writeFile(
    file,
    Object.entries(settings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  )
  const java = ['-Xmx384m', '-cp', join(cache, '*')]
  const id = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url')
  const users = scram.flatMap((name) => ['--add-scram', `${name}=[name=ada,password=secret-of-ada]`])
  await run('java', [...java, 'kafka.tools.StorageTool', 'format', '-t', id, '-c', file, ...users])
  const broker = spawn('java', [...java, 'kafka.Kafka', file], { stdio: 'ignore' })
  return {
    address: `127.0.0.1:${port}`,
    lockedAddress: `127.0.0.1:${lockedPort}`,
    encryptedAddress: `127.0.0.1:${encryptedPort}`,
    certificate,
    get hasEnded() {
      return broker.exitCode !== null || broker.signalCode !== null
    },
    async [Symbol.asyncDispose]() {
      const ended = once(broker, 'exit')
      if (broker.exitCode === null && broker.kill('SIGKILL')) await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function fetchJars(): Promise<void> {
  if (existsSync(cache)) return
  await mkdir(join(cache, '..'), { recursive: true })
  const folder = await mkdtemp(`${cache}-`)
  const dependency = `<groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${version}</version>`
  const about = `<modelVersion>4.0.0</modelVersion><groupId>test</groupId><artifactId>test</artifactId><version>1</version>`
  const pom = `<project>${about}<dependencies><dependency>${dependency}</dependency></dependencies></project>`
  await writeFile(join(folder, 'pom.xml'), pom)
  await run('mvn', [
    '-q',
    '-B',
    '-f',
    join(folder, 'pom.xml'),
    'dependency:copy-dependencies',
    `-DoutputDirectory=${folder}`,
  ])
  await rename(folder, cache).catch(() => rm(folder, { recursive: true })) // somebody else was there first
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}
