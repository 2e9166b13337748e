/** The files of a new connector: it reads a list of things page by page, by a cursor, and goes on from there the next time. */

const kit = '@millrace/server/connector-kit'

export function scaffoldOf(name: string, version: string): Readonly<Record<string, string>> {
  return {
    'package.json': packageOf(name, version),
    'tsconfig.json': tsconfig,
    'connector.ts': connectorOf(name),
    'fixture.ts': fixtureOf(name),
    'README.md': readmeOf(name),
  }
}

function packageOf(name: string, version: string): string {
  const about = {
    name: `millrace-connector-${name}`,
    version: '0.1.0',
    type: 'module',
    exports: './connector.ts',
    scripts: {
      test: 'millrace connector test',
      start: 'millrace connector run --settings settings.json --state state.json',
    },
    // The server gives its own kit to what it loads; this one is for the types.
    devDependencies: { '@millrace/server': version, '@types/node': '24.19.2', typescript: '7.0.2' },
  }
  return `${JSON.stringify(about, null, 2)}\n`
}

const tsconfig = `${JSON.stringify(
  {
    compilerOptions: {
      target: 'es2024',
      lib: ['es2024', 'esnext.disposable', 'dom'],
      module: 'nodenext',
      types: ['node'],
      noEmit: true,
      allowImportingTsExtensions: true,
      erasableSyntaxOnly: true,
      verbatimModuleSyntax: true,
      resolveJsonModule: true,
      skipLibCheck: true,
      strict: true,
    },
  },
  null,
  2,
)}\n`

function connectorOf(name: string): string {
  return `/** What is fetched from where, and how it goes on the next time. */
import { bodyOf, defineConnector, type Row, secret, z } from '${kit}'

/** What an operator sets: the form, the command line and the API are made of it. */
const settings = z.strictObject({
  url: z.url().describe('Address of the list'),
  token: secret('Shown with every request').optional(),
  table: z.string().default('${name}').describe('Event type of the rows'),
})

/** Where the next run goes on; made of {} before the first one. */
const state = z.object({ cursor: z.string().nullable().default(null) })

const answer = z.object({
  items: z.array(z.looseObject({ id: z.union([z.string(), z.number()]) })),
  next: z.string().nullable(),
})

const connector = defineConnector({
  title: '${name}',
  settings,
  state,
  isByDate: false,
  async *read({ url, token, table }, { cursor }, { http, progress }) {
    let loaded = 0
    for (;;) {
      const response = await http.request(url, {
        query: { after: cursor ?? undefined },
        ...(token !== undefined && { headers: { authorization: \`Bearer \${token}\` }, credential: token }),
      })
      const { items, next } = answer.parse(bodyOf(response, url))
      cursor = next ?? cursor
      // The rows are durable before the state behind them is kept; ids make a repeat harmless.
      yield { drafts: items.map((item) => ({ type: table, id: String(item.id), data: item as Row })), state: { cursor } }
      loaded += items.length
      progress(loaded, undefined)
      if (next === null) return
    }
  },
})

export const connectors = { '${name}': connector }
`
}

function fixtureOf(name: string): string {
  return `/** A source on this machine, for \`millrace connector test\`: it answers as the real one does. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ConnectorFixture } from '${kit}'
import { connectors } from './connector.ts'

const rowCount = 25
const pageSize = 10

export async function open(): Promise<ConnectorFixture> {
  const server = createServer(({ url }, response) => {
    const after = Number(new URL(url ?? '/', 'http://local').searchParams.get('after') ?? 0)
    const count = Math.max(0, Math.min(pageSize, rowCount - after))
    const items = Array.from({ length: count }, (_, index) => ({ id: after + index + 1, name: \`thing \${after + index + 1}\` }))
    const isLast = after + count >= rowCount
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ items, next: isLast ? null : String(after + count) }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    connector: connectors['${name}'],
    settings: { url: \`http://127.0.0.1:\${port}/things\`, token: 'for-the-fixture' },
    rowCount,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
`
}

function readmeOf(name: string): string {
  return `# ${name}

A connector for Millrace. \`connector.ts\` is it; \`fixture.ts\` is a source that it is checked against.

\`\`\`sh
millrace connector test          # what every connector must do
echo '{ "url": "https://api.example.com/things" }' > settings.json
millrace connector run --settings settings.json --state state.json
\`\`\`

A server loads it where its operator names it:

\`\`\`sh
MILLRACE_CONNECTORS=$PWD millrace start
millrace inputs create things --type ${name} --set url=https://api.example.com/things
millrace sources run things --wait
\`\`\`

For types in an editor: \`npm install\` with the kit, \`@millrace/server\`, beside it.
`
}
