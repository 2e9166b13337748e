/** The package as it is published, installed into an empty folder: it runs, its types hold, and nothing comes with it. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildPackage } from './build-package.ts'

const run = promisify(execFile)
const compiler = join(import.meta.dirname, '..', '..', 'node_modules', '.bin', 'tsc')

let folder: string
let consumer: string
let installed: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-package-'))
  consumer = join(folder, 'consumer')
  installed = join(consumer, 'node_modules', '@millrace', 'sdk')
  buildPackage(join(folder, 'package'))
  await run('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: join(folder, 'package') })
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz'))!
  await mkdir(consumer)
  await writeFile(join(consumer, 'package.json'), '{"type":"module","private":true}')
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', join(folder, tarball)], { cwd: consumer })
})

afterAll(() => rm(folder, { recursive: true, force: true }))

describe('the published package', () => {
  it('brings no dependency and at most 250 KB', async () => {
    expect(await readdir(join(consumer, 'node_modules', '@millrace'))).toEqual(['sdk'])
    const packages = (await readdir(join(consumer, 'node_modules'))).filter((name) => !name.startsWith('.'))
    expect(packages).toEqual(['@millrace'])
    const files = await readdir(installed, { recursive: true })
    const sizes = await Promise.all(files.map(async (name) => stat(join(installed, name))))
    const bytes = sizes.filter((one) => one.isFile()).reduce((sum, { size }) => sum + size, 0)
    expect(bytes).toBeLessThanOrEqual(250_000)
  })

  it('holds no source, no test, and every file that its exports name', async () => {
    const files = await readdir(installed, { recursive: true })
    expect(files.filter((name) => /\.(test|fixture)\.|(?<!\.d)\.ts$/.test(name))).toEqual([])
    const { exports } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as { exports: object }
    const named = [...JSON.stringify(exports).matchAll(/"(\.\/[^"]+\.(?:js|ts))"/g)].map(([, path]) => path!)
    expect(named.length).toBeGreaterThan(4)
    expect(named.filter((path) => !existsSync(join(installed, path)))).toEqual([])
  })

  it.each([
    ['browser', 9], // IndexedDB included
    ['worker', 7.5],
    ['extras', 3],
    ['storage', 1],
  ])('has page/%s.js in one file, of at most %f KiB', async (name, kibibytesMax) => {
    const text = await readFile(join(installed, 'page', `${name}.js`), 'utf8')
    expect(text).not.toMatch(/\bimport\b|\brequire\(/)
    expect(gzipSync(text, { level: 9 }).length / 1024).toBeLessThanOrEqual(kibibytesMax)
  })

  it('lets a page that took extras tell errors by their class, wherever they were made', async () => {
    const program = `
      import { createClient, SdkError } from '@millrace/sdk/worker'
      import { extras } from '@millrace/sdk/extras'
      const transport = async () => ({ status: 400, headers: {}, body: '' })
      const client = createClient({ endpoint: 'http://127.0.0.1', apiKey: 'key', transport, extras })
      const errors = [{ n: 1 }, 'no JSON'].map((data) => client.putEvent('order', data).catch((error) => error))
      for (const error of await Promise.all(errors)) console.log(error instanceof SdkError, error.code)`
    await writeFile(join(consumer, 'errors.js'), program)
    const { stdout } = await run(process.execPath, ['errors.js'], { cwd: consumer })
    expect(stdout.split('\n')).toEqual(['true refused', 'true misuse', ''])
  })

  it('sends an event from a program of a few lines', async () => {
    const bodies: string[] = []
    const server = createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += String(chunk)
      bodies.push(body)
      response.end('{"accepted":1,"restreamed":0}')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const program = `
      import { createClient } from '@millrace/sdk'
      await using millrace = createClient({ spool: false })
      millrace.track('order', { id: 1 })`
    await writeFile(join(consumer, 'program.js'), program)
    const { port } = server.address() as AddressInfo
    const env = { ...process.env, MILLRACE_ENDPOINT: `http://127.0.0.1:${port}`, MILLRACE_API_KEY: 'key' }
    await run(process.execPath, ['program.js'], { cwd: consumer, env })
    server.close()
    expect(bodies).toHaveLength(1)
    expect(JSON.parse(bodies[0]!)).toMatchObject({ type: 'order', data: { id: 1 } })
  })

  it('tells a TypeScript program which events there are', async () => {
    const check = async (name: string, data: string) => {
      const program = `
        import { createClient } from '@millrace/sdk'
        import { Streamer } from '@millrace/sdk/compat'
        const millrace = createClient<{ order: { id: number } }>({ endpoint: 'http://127.0.0.1', apiKey: 'key' })
        const isTaken: boolean = millrace.track('order', ${data})
        export { isTaken, Streamer }`
      await writeFile(join(consumer, name), program)
      const flags = [
        '--noEmit',
        '--strict',
        '--module',
        'nodenext',
        '--target',
        'es2022',
        '--lib',
        'es2024,dom,esnext.disposable',
      ]
      return run(compiler, [...flags, '--types', '', name], { cwd: consumer }).then(
        () => 'fine',
        (failure: { stdout: string }) => failure.stdout,
      )
    }
    expect(await check('right.ts', '{ id: 1 }')).toBe('fine')
    expect(await check('wrong.ts', `{ id: 'one' }`)).toMatch(/wrong\.ts.*TS2322/)
  })

  it('gives a page the browser build, a worker the one without a page, and leaves out what is not used', async () => {
    const bundle = async (contents: string, conditions: string[]) => {
      const stdin = { contents, resolveDir: consumer }
      const built = await build({
        stdin,
        bundle: true,
        minify: true,
        write: false,
        format: 'esm',
        platform: 'neutral',
        conditions,
      })
      return built.outputFiles[0]!.text
    }
    const whole = `import { createClient } from '@millrace/sdk'; createClient({ endpoint: 'http://127.0.0.1', apiKey: 'key' })`
    const [page, worker] = [await bundle(whole, ['browser']), await bundle(whole, ['worker', 'browser'])]
    expect(page).toContain('indexedDB')
    expect(worker).not.toContain('indexedDB')
    const errorsAlone = await bundle(`import { SdkError } from '@millrace/sdk'; console.log(SdkError)`, ['browser'])
    expect(errorsAlone.length).toBeLessThan(page.length / 5)
  })
})
