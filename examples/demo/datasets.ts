/** The real records that the demo sends: GitHub's webhook payloads, and the data sets of the Vega project. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

export interface Dataset {
  /** Event type of all its records. */
  readonly type: string
  /** One JSON object each, as text. */
  readonly records: readonly string[]
}

const require = createRequire(import.meta.url)

/** Example payloads of GitHub's webhooks: about 60 event types, deeply nested. */
export function githubDeliveries(): Dataset[] {
  const hooks = require('@octokit/webhooks-examples/api.github.com/index.json') as {
    name: string
    examples: object[]
  }[]
  return hooks.map(({ name, examples }) => ({
    type: `github_${name}`,
    records: examples.map((example) => JSON.stringify(example)),
  }))
}

const vegaFiles = {
  cars: 'cars.json',
  countries: 'countries.json',
  flights: 'flights-200k.json',
  departures: 'flights-20k.json',
  football: 'football.json',
  gapminder: 'gapminder.json',
  jobs: 'jobs.json',
  movies: 'movies.json',
  penguins: 'penguins.json',
  quakes: 'earthquakes.json',
  unemployment: 'unemployment-across-industries.json',
} as const

/** Real data sets of the package `vega-datasets`, the largest of 200,000 records. */
export function vegaDatasets(): Dataset[] {
  const folder = join(dirname(require.resolve('vega-datasets')), '../data')
  return Object.entries(vegaFiles).map(([type, file]) => {
    const content = JSON.parse(readFileSync(join(folder, file), 'utf8')) as object[] | { features: object[] }
    const records = Array.isArray(content) ? content : content.features
    return { type, records: records.map((record) => JSON.stringify(record)) }
  })
}
