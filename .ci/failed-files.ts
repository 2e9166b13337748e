/** The test files of a report in which something failed, one a line. Fails where there are too many to be chance. */
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import type { Report } from './report.ts'

const filesMax = 6

const { testResults } = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as Report
const failed = testResults.filter(({ status }) => status !== 'passed').map(({ name }) => relative(process.cwd(), name))
console.log(failed.join('\n'))
if (failed.length === 0 || failed.length > filesMax) process.exitCode = 1
