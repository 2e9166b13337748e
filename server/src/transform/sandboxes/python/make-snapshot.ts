/** The program that makes the kept state of the interpreter, at the path that it is given. */
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { loadInterpreter } from './interpreter.ts'

const path = process.argv[2]!
const interpreter = await loadInterpreter({ keepable: true })
mkdirSync(dirname(path), { recursive: true })
const older = readdirSync(dirname(path)).filter((name) => /^python-\w+\.snapshot$/.test(name))
const unfinished = `${path}.${process.pid}`
writeFileSync(unfinished, interpreter.makeMemorySnapshot(), { mode: 0o444 })
renameSync(unfinished, path) // several may make it at once
for (const name of older) if (join(dirname(path), name) !== path) rmSync(join(dirname(path), name), { force: true })
