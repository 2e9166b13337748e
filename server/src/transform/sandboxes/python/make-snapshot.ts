/** The program that makes the kept state of the interpreter. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { loadInterpreter } from './interpreter.ts'
import { snapshotPath } from './snapshot.ts'

const path = snapshotPath()
const interpreter = await loadInterpreter({ keepable: true })
mkdirSync(dirname(path), { recursive: true })
const unfinished = `${path}.${process.pid}`
writeFileSync(unfinished, interpreter.makeMemorySnapshot(), { mode: 0o444 })
renameSync(unfinished, path) // several may make it at once
