/** The examples of the guide are settings that the connectors take, and the guide names every setting. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { files } from './files.ts'
import { httpJson } from './http-json.ts'
import { kafka } from './kafka.ts'
import { mysql } from './mysql.ts'
import { postgres } from './postgres.ts'
import { singerTaps } from './singer.ts'

const connectors = { files, 'http-json': httpJson, kafka, singer: singerTaps(''), postgres, mysql }
const guide = readFileSync(join(import.meta.dirname, '../../../../docs/guides/connectors.md'), 'utf8')
const examples = [...guide.matchAll(/```json\n(.*?)```/gs)].map(([, json]) => JSON.parse(json!))

it.each(examples.map((example, index) => [index + 1, example]))('example %i is taken', (_, { type, settings }) => {
  const { error } = connectors[type as keyof typeof connectors].settings.safeParse(settings)
  expect(error).toBeUndefined()
})

it.each(Object.entries(connectors))('every setting of %s is explained', (_, { settings }) => {
  for (const name of Object.keys(settings.shape)) expect(guide).toMatch(new RegExp(`^\\|[^|]*\`${name}\`[^|]*\\|`, 'm'))
})
