import { describe } from 'vitest'
import { openWasmScanner } from './scan-wasm.ts'
import { testScanner } from './scanner.suite.ts'

describe('the scanner in WebAssembly', () => testScanner(openWasmScanner))
