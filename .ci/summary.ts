/** Fails where a test that should have run was skipped or failed, and closes with one plain line. A later report stands for the files it has. */
import { readFileSync } from 'node:fs'
import type { FileReport, Report } from './report.ts'

const reports = process.argv.slice(2).map((path) => JSON.parse(readFileSync(path, 'utf8')) as Report)
const files = new Map<string, FileReport>()
for (const { testResults } of reports) for (const file of testResults) files.set(file.name, file)

const tests = [...files.values()].flatMap(({ name, assertionResults }) =>
  assertionResults.map(({ status, fullName }) => ({ name, status, fullName })),
)
const countOf = (wanted: string) => tests.filter(({ status }) => status === wanted).length
for (const { name, status, fullName } of tests)
  if (status !== 'passed') console.error(`${status}: ${name}: ${fullName}`)
const [passed, failed] = [countOf('passed'), countOf('failed')]
console.log(
  `${passed} passed, ${failed} failed, ${tests.length - passed - failed} skipped, ${reports.length - 1} second tries`,
)
const isWhole = passed > 0 && passed === tests.length && [...files.values()].every(({ status }) => status === 'passed')
if (!isWhole) process.exitCode = 1
