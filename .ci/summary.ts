/** Fails where a test that should have run was skipped, and closes with one plain line. */
import { readFileSync } from 'node:fs'

interface Report {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  testResults: { name: string; assertionResults: { status: string; fullName: string }[] }[]
}

const report = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as Report
const skipped = report.testResults.flatMap(({ name, assertionResults }) =>
  assertionResults
    .filter(({ status }) => status !== 'passed')
    .map(({ status, fullName }) => `${status}: ${name}: ${fullName}`),
)
for (const line of skipped) console.error(line)
console.log(
  `${report.numPassedTests} passed, ${report.numFailedTests} failed, ${report.numPendingTests + report.numTodoTests} skipped`,
)
if (skipped.length > 0 || report.numPassedTests === 0) process.exitCode = 1
