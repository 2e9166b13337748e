#!/usr/bin/env node
/** The `millrace` command. */
import { run } from './program.ts'
import { processWorld } from './world.ts'

const exitCode = await run(process.argv.slice(2), processWorld())
// A silent standard input would keep the process alive; what was written has to arrive first.
process.stdout.write('', () => process.exit(exitCode))
