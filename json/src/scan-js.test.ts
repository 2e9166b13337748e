import { describe } from 'vitest'
import { openJsScanner } from './scan-js.ts'
import { testScanner } from './scanner.suite.ts'

describe('the scanner in JavaScript', () => testScanner(openJsScanner))
