/** What the server itself says when something happens: the words of its notifications. */
import type { NotificationDraft } from '../notifications.ts'

export function restreamFull(workspace: string, count: number): NotificationDraft {
  return {
    severity: 'error',
    type: 'restream_full',
    subject: '',
    message: `${count} events wait in the restream queue, which is as many as may: the pipeline is held until some are sent through again or purged`,
    cause: { kind: 'restream', id: workspace },
  }
}

export function pipelineStopped(workspace: string, reason: string): NotificationDraft {
  return {
    severity: 'error',
    type: 'pipeline_stopped',
    subject: '',
    message: reason,
    cause: { kind: 'pipeline', id: workspace },
  }
}

export function workspaceUnavailable(
  workspace: string,
  { message, hint }: { message: string; hint?: string | undefined },
): NotificationDraft {
  return {
    severity: 'error',
    type: 'workspace_unavailable',
    subject: '',
    message: hint === undefined ? message : `${message}. ${hint}`,
    cause: { kind: 'pipeline', id: workspace },
  }
}

export function transformPaused(workspace: string, reason: string): NotificationDraft {
  return {
    severity: 'error',
    type: 'transform_paused',
    subject: '',
    message: reason,
    cause: { kind: 'transform', id: workspace },
  }
}

export function transformUnavailable(workspace: string, reason: string): NotificationDraft {
  return {
    severity: 'error',
    type: 'transform_unavailable',
    subject: '',
    message: `Events wait in the log, since their code cannot be run: ${reason}`,
    cause: { kind: 'transform', id: workspace },
  }
}

export function valuesChanged(
  { label, id }: { label: string; id: string },
  count: number,
  what: string,
): NotificationDraft {
  return {
    severity: 'warning',
    type: 'values_changed',
    subject: `${id} ${what}`,
    message: `Of events from the input ${JSON.stringify(label)} not every value could be stored: ${what}. Samples say so by "@note" in their metadata`,
    input: label,
    cause: { kind: 'input', id },
    count,
  }
}

export function requestsRefused(code: string, { label, id }: { label: string; id: string }): NotificationDraft {
  return {
    severity: 'warning',
    type: 'requests_refused',
    subject: `${id} ${code}`,
    message: `Requests to the input ${JSON.stringify(label)} were refused: ${code}`,
    input: label,
    cause: { kind: 'input', id },
  }
}
