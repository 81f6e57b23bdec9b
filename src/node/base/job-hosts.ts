/** The two hosts of a job, and what a job module needs of them. See job.ts for the port. */
export { openInlineJob } from './inline-job.ts'
export { openWorkerJob } from './worker-job.ts'
export type { WorkerJobOptions } from './worker-job.ts'
export { withTransfer } from './job-transfer.ts'
