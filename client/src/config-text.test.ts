/** The text of a configuration: its form is fixed, it says what it was made of, and hostile names and values stay data. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Configuration, configFiles } from './config-text.ts'
import { documentOf } from './configuration.ts'
import { typescriptOf } from './typescript-text.ts'

const empty: Configuration = {
  format: 1,
  workspace: 'default',
  mappingMode: 'AUTO_MAP',
  inputs: [],
  buckets: [],
  eventTypes: [],
  tables: [],
  transforms: { order: null, limits: limits(), modules: [], lookups: [], secretNames: [] },
  notificationChannels: [],
  notificationMutes: [],
  archive: null,
  scheduledQueries: [],
  semanticLayer: { dimensions: [], patterns: [], harmonisedDimensions: [], calculatedMeasurements: [] },
}

function limits() {
  return { eventMs: 500, chunkMs: 5_000, memoryBytes: 1, outputBytesMax: 2, outputEventsMax: 3, printedBytesMax: 4 }
}

const sample: Configuration = {
  ...empty,
  inputs: [
    { label: 'shop', type: 'native', isEnabled: true, settings: {} },
    { label: 'hook', type: 'webhook', isEnabled: false, settings: { depth: 7, password: { set: true } } },
    {
      label: 'nightly',
      type: 'daily',
      isEnabled: true,
      settings: {},
      source: {
        schedule: { cron: '0 3 * * *', timeZone: 'UTC' },
        isPaused: true,
        limits: { daysPerJob: 5, jobsAtOnce: null, callsPerDay: null },
      },
    },
  ],
  eventTypes: [
    {
      name: "it's",
      mapping: {
        mode: 'STRICT',
        table: 'sales',
        primaryKey: ['id'],
        fields: [
          { path: ['id'], column: 'id', type: 'BIGINT', origin: 'user' },
          { path: ['debug'], isDiscarded: true },
        ],
      },
    },
  ],
  transforms: {
    order: ['main'],
    limits: limits(),
    modules: [{ name: 'main', language: 'typescript', code: 'export const transform = (event: Event) => event\n' }],
    lookups: [{ name: 'cities', entries: { m: 'Munich' } }],
    secretNames: ['salt'],
  },
  notificationChannels: [
    {
      label: 'on call',
      target: { kind: 'slack', host: 'hooks.example.com' },
      severityMin: 'error',
      digest: 'hourly',
      isEnabled: true,
    },
  ],
  notificationMutes: [{ type: 'events_failed', until: null }],
  archive: { target: { kind: 'folder', folder: 'raw' }, inputs: null, rollBytes: 1_000_000, rollSeconds: 60 },
  scheduledQueries: [
    {
      label: 'daily',
      target: 'made',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: that is what is hostile in it
      statement: { kind: 'select', sql: 'select `a`, \\n\nfrom "${t}"\nwhere 1', mode: 'append' },
      schedule: { everyHours: 6 },
      timeLimitSeconds: 600,
      isEnabled: true,
    },
  ],
  semanticLayer: {
    ...empty.semanticLayer,
    calculatedMeasurements: [{ name: 'CPC', formula: 'spend / clicks', tables: null }],
  },
}

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-config-text-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

let count = 0
/** What the text means to who imports it. */
async function imported(text: string) {
  const file = join(folder, `${count++}.mjs`)
  const config = pathToFileURL(join(import.meta.dirname, 'config.ts')).href
  writeFileSync(file, text.replace("'@millrace/client/config'", `'${config}'`))
  return ((await import(/* @vite-ignore */ pathToFileURL(file).href)) as { default: unknown }).default
}

it('is the text that it is', async () => {
  const files = configFiles(sample)
  await expect(files.get('millrace.config.ts')).toMatchFileSnapshot('config-text.golden.txt')
  expect([...files.keys()]).toEqual(['millrace.config.ts', 'transforms/main.ts', 'lookups/cities.json'])
  expect(configFiles(structuredClone(sample))).toEqual(files)
})

it('means what it was made of, secrets found in the environment', async () => {
  const files = configFiles(sample)
  const config = await imported(files.get('millrace.config.ts')!)
  const env = { HOOK_PASSWORD: 'planted', CODE_SALT: '' }
  const document = await documentOf(config as never, { env, readFile: async (path) => files.get(path)! })
  expect(document).toMatchObject({
    inputs: [
      { label: 'shop' },
      {
        label: 'hook',
        isEnabled: false,
        settings: { depth: 7, password: { secret: { name: 'HOOK_PASSWORD', value: 'planted' } } },
      },
      { label: 'nightly', source: { isPaused: true, schedule: { cron: '0 3 * * *' } } },
    ],
    eventTypes: [{ name: "it's", mapping: sample.eventTypes[0]!.mapping }],
    transforms: {
      modules: sample.transforms.modules,
      lookups: sample.transforms.lookups,
      secrets: [{ name: 'salt', value: { secret: { name: 'CODE_SALT' } } }],
    },
    scheduledQueries: sample.scheduledQueries,
  })
})

describe('hostile names and values', () => {
  it('are data, whatever they are', async () => {
    const hostile = [
      "'",
      '`',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: that is what is hostile in it
      '${process.exit(1)}',
      '\\',
      '*/',
      '\u2028',
      '\r\n',
      '\n',
      '__proto__',
      '\ud800',
      '</script>',
      '\u202e',
      '',
    ]
    const value = { ...Object.fromEntries(hostile.map((text, at) => [`${text}${at}`, text])), ['__proto__']: hostile }
    const nested = JSON.parse(JSON.stringify({ a: [value, { b: value }], n: [1e21, -0.5, null, true] }))
    expect(await imported(`export default ${typescriptOf(nested)}`)).toEqual(nested)
  })

  it('are data, for any JSON', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        const plain = JSON.parse(JSON.stringify(value))
        expect(await imported(`export default ${typescriptOf(plain)}`)).toEqual(plain)
      }),
      { numRuns: 60 },
    )
  }, 60_000)

  it('give secrets names that are none twice', () => {
    const channel = {
      target: { kind: 'slack', host: 'a' },
      severityMin: 'info',
      digest: 'daily',
      isEnabled: true,
    } as const
    const labels = ['é', 'ü', '9 lives', 'a b', 'a-b']
    const text = configFiles({ ...empty, notificationChannels: labels.map((label) => ({ ...channel, label })) }).get(
      'millrace.config.ts',
    )!
    expect(Array.from(text.matchAll(/secret\('(\w+)'\)/g), ([, name]) => name)).toEqual([
      'URL',
      'URL_2',
      '_9_LIVES_URL',
      'A_B_URL',
      'A_B_URL_2',
    ])
  })
})
