/** Jobs, bound to the operations of sources and jobs. */
import { notFound } from '../../operations/operation.ts'
import type { Operations } from '../../operations/operations.ts'
import type { DatoramaPort } from './datorama-port.ts'

type JobPort = Pick<DatoramaPort, 'process' | 'rerun' | 'jobs' | 'job' | 'jobLog' | 'jobFile'>

const logLinesMax = 1_000
/** As the original cuts them. */
const daysPerJob = 10

export function bindJobs({ sources, jobs }: Operations): JobPort {
  return {
    process: (caller, source, range) => sources.process(caller, source, { ...range, daysPerJob, spread: true }),
    async rerun(caller, source, ids) {
      if (ids === 'all') return sources.rerun(caller, source, 'ended')
      for (const id of ids) {
        const job = await jobs.get(caller, id)
        if (job.source !== source) throw notFound('job')
      }
      return jobs.rerun(caller, ids)
    },
    jobs: (caller, source, { skip: offset, limit }) => jobs.listByNumber(caller, { source }, { offset, limit }),
    job: (caller, id) => jobs.get(caller, id),
    jobLog: (caller, id) => jobs.log(caller, id, { from: 0, limit: logLinesMax }),
    jobFile: (caller, id, kind) => jobs.download(caller, id, kind),
  }
}
