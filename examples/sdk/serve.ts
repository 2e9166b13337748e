/**
 * Serves a page that sends events, with the SDK as one file: node examples/sdk/serve.ts, then open
 * http://127.0.0.1:8080/?endpoint=http://127.0.0.1:4700&key=mlr_key_… with the key of an input whose `allowedOrigins` names the page's origin.
 */
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { build } from 'esbuild'

const here = import.meta.dirname

export async function servePage(port: number): Promise<Server> {
  const { outputFiles } = await build({
    entryPoints: [join(here, '..', '..', 'sdk', 'src', 'browser.ts')],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
  })
  const page = await readFile(join(here, 'index.html'))
  const server = createServer(({ url = '/' }, response) => {
    const isScript = url.startsWith('/sdk.js')
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? outputFiles[0]!.contents : page)
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return server
}

if (import.meta.main) await servePage(8080)
