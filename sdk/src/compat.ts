/** Three older clients' APIs over this SDK's core: what is written for them runs on, against Millrace or any server of their protocol. */
export { type AtomAnswer, IronSourceAtom, type IronSourceAtomOptions, type PutParameters } from './compat/atom.ts'
export { IronSourceAtomTracker, type TrackerCallback, type TrackerOptions } from './compat/atom-tracker.ts'
export { SDK } from './compat/panoply.ts'
export type { ShellOptions } from './compat/shell.ts'
export { Streamer, type StreamerOptions } from './compat/streamer.ts'
