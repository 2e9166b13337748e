/**
 * Names that must not be at the top of an answer: pyDatorama copies every attribute onto its own object, and one of these would take
 * the place of what the object works with (wire contract 7.3).
 */
import type { Attributes } from './kept.ts'

const shared = ['restore_path', 'connection', 'jobs', 'logs', 'log_error', 'log_update', 'log_job', 'get_meta_data']

const names = {
  workspace: [
    ...shared,
    ...['ws_state', 'ws_state_ts', 'pending', 'queue_max', 'throttle', 'streams', 'dimensions'],
    ...['harmonized_dimensions', 'patterns', 'calculated_measures', 'check_backup_folders', 'restore_streams'],
    ...['queue_check', 'queue_eval', 'pending_queue', 'get_dimensions', 'get_harmonized_dimensions', 'get_patterns'],
    ...['create_pattern', 'get_streams', 'store_streams', 'get_calculated_measurements'],
    ...['create_calculated_measurement', 'create_stream'],
  ],
  stream: [
    ...shared,
    ...['queue_check', 'queue_eval', 'check_backup_folders', 'delete', 'enable', 'disable', 'process', 'patch'],
    ...['get_mapping', 'update_mapping', 'update_stream', 'rerun_all_jobs', 'rerun_job_batch', 'get_stream_runs'],
    ...['store_jobs', 'restore_jobs'],
  ],
} as const

export function isForbidden(of: keyof typeof names, name: string): boolean {
  return (names[of] as readonly string[]).includes(name) || name.startsWith('__')
}

export function withoutForbidden(of: keyof typeof names, attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => !isForbidden(of, name)))
}
