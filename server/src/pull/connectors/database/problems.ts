/** What is told of rows and values that could not come as they are. */
import type { ConnectorContext } from '../../connector.ts'
import type { ReadTools } from './table-page.ts'

const toldMax = 20
const shownMax = 5

export function toolsOf({ log }: Pick<ConnectorContext, 'log'>, run: string, problems: string[]): ReadTools {
  let told = 0
  return {
    run,
    tooLarge({ id: table }, row) {
      if (told++ < toldMax) log.error('a row of more than 10 MiB is left out', { table, row })
      problems.push(
        `${table}: a row of more than 10 MiB is left out, ${row} (choose \`columns\` without the large ones)`,
      )
    },
    unsayable: ({ id: table }, column, count) =>
      log.warn('NaN and infinity, which JSON cannot say, became null', { table, column, count }),
  }
}

/** All else was read. */
export function describe(problems: readonly string[]): string {
  const more = problems.length - shownMax
  return `Not all could be read: ${problems.slice(0, shownMax).join('; ')}${more > 0 ? `; and ${more} more` : ''}`
}
