/** The two hosts of a job. See job.ts for the port, job-transfer.ts for what a job module needs. */
export { openInlineJob } from './inline-job.ts'
export { openWorkerJob } from './worker-job.ts'
export type { WorkerJobOptions } from './worker-job.ts'
