/** Before the first of the fault tests: the build that most of their servers are started from. */
import { makeBuild } from './build.ts'

export default async function setup(): Promise<() => void> {
  const build = await makeBuild()
  return () => build[Symbol.dispose]()
}
