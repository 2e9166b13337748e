/** Generated from server/openapi.json by client/generate.ts. */
export interface paths {
  '/healthz': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Whether the process is alive */
    get: operations['getHealth']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/readyz': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Whether everything the process needs is ready */
    get: operations['getReadiness']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/metrics': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Metrics in Prometheus’ text format */
    get: operations['getMetrics']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/session': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Who am I, and what may I do here */
    get: operations['getSession']
    put?: never
    /** Log in: the answer sets the session’s cookie */
    post: operations['login']
    /** Log out */
    delete: operations['logout']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/session/password': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    /** Change one’s password; all other sessions end */
    put: operations['changePassword']
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/workspaces': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** The workspaces in which one has a role, by id */
    get: operations['listWorkspaces']
    put?: never
    /** Make a workspace and be its first owner */
    post: operations['createWorkspace']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/workspaces/{workspace}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** One workspace */
    get: operations['getWorkspace']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    /** Give a workspace another name */
    patch: operations['renameWorkspace']
    trace?: never
  }
  '/api/v1/workspaces/{workspace}/archive': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Close a workspace: it takes and runs nothing, nobody sees it, and what it holds stays on disk */
    post: operations['archiveWorkspace']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/workspaces/{workspace}/unarchive': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Open an archived workspace again, as it was */
    post: operations['unarchiveWorkspace']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/workspaces/{workspace}/reopen': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Try to open a workspace again that could not be opened, once what was in the way is put right */
    post: operations['reopenWorkspace']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/workspaces/{workspace}/quota': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** How much a workspace may take in, and what of it is used */
    get: operations['getQuota']
    /** Set how much a workspace may take in; it holds from the next request on */
    put: operations['putQuota']
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/users': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Who has a role in the workspace */
    get: operations['listUsers']
    put?: never
    /** Give somebody a role in the workspace */
    post: operations['inviteUser']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/users/{id}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** One user */
    get: operations['getUser']
    put?: never
    post?: never
    /** Take away a user’s role and tokens in the workspace */
    delete: operations['removeUser']
    options?: never
    head?: never
    /** Give a user another role */
    patch: operations['changeRole']
    trace?: never
  }
  '/api/v1/tokens': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** One’s own tokens; all of the workspace for who may manage users */
    get: operations['listTokens']
    put?: never
    /** Make a token that may at most what one may oneself */
    post: operations['createToken']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/tokens/{id}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    post?: never
    /** Revoke a token; it counts at once */
    delete: operations['revokeToken']
    options?: never
    head?: never
    /** Say how many calls a token may make; only an administrator may go above the defaults */
    patch: operations['limitToken']
    trace?: never
  }
  '/api/v1/inputs': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** The inputs of a workspace */
    get: operations['listInputs']
    put?: never
    /** Make an input, and a key for it */
    post: operations['createInput']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/input-types': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** What an input can be, and the settings of each type */
    get: operations['listInputTypes']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/inputs/{id}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** One input */
    get: operations['getInput']
    /** Put all that is set of an input in place of what was; its type and its keys stay */
    put: operations['replaceInput']
    post?: never
    /** Delete an input and its keys; its events stay */
    delete: operations['deleteInput']
    options?: never
    head?: never
    /** Rename an input, change its settings, stop or restart it */
    patch: operations['updateInput']
    trace?: never
  }
  '/api/v1/inputs/{id}/connection': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** How an input that goes and listens is connected */
    get: operations['getInputConnection']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/inputs/{id}/rotate-key': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Make a new key; the keys before it expire */
    post: operations['rotateInputKey']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/sources': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Inputs that fetch by themselves, with their last job */
    get: operations['listSources']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/sources/{id}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** One source */
    get: operations['getSource']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/sources/{id}/schedule': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    /** Say when a source runs by itself */
    put: operations['scheduleSource']
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/sources/{id}/run': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Run it now; without a range the job that waits or is under way, where there is one */
    post: operations['runSource']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/sources/{id}/limits': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    /** Say how its jobs are cut and run; what is left out stays as it is */
    patch: operations['limitSource']
    trace?: never
  }
  '/api/v1/sources/{id}/pause': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Let its schedule stand still; what is under way goes on */
    post: operations['pauseSource']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/sources/{id}/resume': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Let its schedule go on; what was due meanwhile is left out */
    post: operations['resumeSource']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/sources/{id}/reset': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Forget where it ended: the next run begins from the beginning, and rows stay */
    post: operations['resetSource']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/sources/{id}/process': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Fetch a range of days in jobs of a few days each; their rows replace those of the same days */
    post: operations['processSource']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/sources/{id}/rerun': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Fetch again what a source has fetched: each range once, where its newest job failed, or every one */
    post: operations['rerunSource']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/sources/{id}/plan': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** What processing a range would take: jobs, calls, days of quota, time; queues nothing */
    post: operations['planSource']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/sources/plan': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** What processing a range of many sources would take; queues nothing */
    post: operations['planSources']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/jobs': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** What sources and scheduled queries do and did, the newest first; of each the last ones that have ended are kept */
    get: operations['listJobs']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/jobs/{id}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** One job */
    get: operations['getJob']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/jobs/{id}/cancel': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Cancel a job; rows of sources that are durable stay, and one that has ended stays as it is */
    post: operations['cancelJob']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/jobs/rerun': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Queue jobs of sources again, as new ones with the same ranges; their rows replace those of the same days */
    post: operations['rerunJobs']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/jobs/cancel': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Cancel jobs; those that have ended stay as they are */
    post: operations['cancelJobs']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/jobs/pause': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Let jobs of sources stand still; those under way wait again, behind their last page */
    post: operations['pauseJobs']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/jobs/resume': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Let jobs of sources go on that stand still */
    post: operations['resumeJobs']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/jobs/{id}/log': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** What a job says, also while it runs; without secrets. Of a scheduled query’s run: when it was queued, begun and ended, and how */
    get: operations['getJobLog']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/jobs/{id}/raw': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** The pages of a source’s job as they were retrieved; the first are kept, up to MILLRACE_JOB_BYTES_MAX */
    get: operations['listRawPages']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/jobs/{id}/raw/{page}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** One page as it was retrieved */
    get: operations['getRawPage']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/jobs/{id}/download': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** All that a source’s job retrieved, as far as it is kept, as one file: CSV, or a zip of it */
    get: operations['downloadJob']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/bulk': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** The bulk operations one asked for, the newest first; ended ones are kept for 30 days */
    get: operations['listBulkOperations']
    put?: never
    /** Do something to many sources, in the background; each item needs the permission in its workspace */
    post: operations['startBulkOperation']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/bulk/{id}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** How far a bulk operation is */
    get: operations['getBulkOperation']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/bulk/{id}/cancel': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Leave the items out that wait still; what is done stays done */
    post: operations['cancelBulkOperation']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/bulk/{id}/results': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** What became of each item, also while it goes on */
    get: operations['listBulkResults']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/bulk/{id}/results.csv': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** The same as CSV, whole; formulas in it are made text */
    get: operations['getBulkResultsCsv']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/buckets': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** The buckets of a workspace */
    get: operations['listBuckets']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/buckets/{id}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** One bucket */
    get: operations['getBucket']
    put?: never
    post?: never
    /** Forget a bucket; its events stay, and the next one makes it anew */
    delete: operations['deleteBucket']
    options?: never
    head?: never
    /** Give a bucket another name */
    patch: operations['renameBucket']
    trace?: never
  }
  '/api/v1/event-types': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** The kinds of events a workspace has seen, by name */
    get: operations['listEventTypes']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/event-types/{name}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** One event type with its mapping of today */
    get: operations['getEventType']
    put?: never
    post?: never
    /** Forgets the mapping of an event type; its table stays, and new events bring it back */
    delete: operations['deleteEventType']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/event-types/{name}/mappings/{version}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** One version of an event type’s mapping */
    get: operations['getMapping']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/transforms/modules': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** The modules of the deployed code, by name */
    get: operations['listModules']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/transforms/modules/{name}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** One module with its code */
    get: operations['getModule']
    /** Make a module, or give it other code: a new version is deployed */
    put: operations['putModule']
    post?: never
    /** Delete a module: a new version without it is deployed */
    delete: operations['deleteModule']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/transforms/deploy': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Deploy several modules and their order at once, all or nothing */
    post: operations['deployTransforms']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/transforms/versions': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** What was deployed when and by whom, newest first */
    get: operations['listTransformVersions']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/transforms/versions/{version}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** One version, with its code */
    get: operations['getTransformVersion']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/transforms/versions/{version}/difference': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** What a version changed of another one, as unified diffs */
    get: operations['compareTransformVersions']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/transforms/versions/{version}/rollback': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Deploy an old version again, as a new one; secrets stay as they are today */
    post: operations['rollBackTransforms']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/transforms/settings': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** The order of modules, and the limits of the code */
    get: operations['getTransformSettings']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    /** Change the order of modules or limits of the code: a new version is deployed */
    patch: operations['updateTransformSettings']
    trace?: never
  }
  '/api/v1/transforms/state': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Whether the code runs, and how well it is kept in */
    get: operations['getTransformState']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/transforms/resume': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Go on after a pause; start the newest version where it does not run yet */
    post: operations['resumeTransforms']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/transforms/types': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Declarations of events, secrets and lookups, for editors of TypeScript: the text of a .d.ts file */
    get: operations['getTransformTypes']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/transforms/test': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Run code on a few events: what is deployed, or that with a change; nothing is stored */
    post: operations['testTransforms']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/transforms/dry-runs': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** The last dry runs, newest first; a restart forgets them */
    get: operations['listDryRuns']
    put?: never
    /** See what would become of what waits in the restream queue, with changed code or mapping; nothing is stored */
    post: operations['startDryRun']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/transforms/dry-runs/{id}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** How far a dry run is, and what it found */
    get: operations['getDryRun']
    put?: never
    post?: never
    /** Stop a dry run, or forget it */
    delete: operations['deleteDryRun']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/transforms/secrets': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** The names of secrets that code may ask for; nobody can read their values */
    get: operations['listTransformSecrets']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/transforms/secrets/{name}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    /** Set a secret: a new version that has it is deployed */
    put: operations['putTransformSecret']
    post?: never
    /** Delete a secret for good: a new version without it is deployed */
    delete: operations['deleteTransformSecret']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/transforms/lookups': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** The lookups that code may read */
    get: operations['listLookups']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/transforms/lookups/{name}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** One lookup with its entries */
    get: operations['getLookup']
    /** Set all entries of a lookup: a new version that has them is deployed */
    put: operations['putLookup']
    post?: never
    /** Delete a lookup: a new version without it is deployed */
    delete: operations['deleteLookup']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/event-types/{name}/mapping': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    /** Makes the whole mapping of an event type what is given, as a new version */
    put: operations['setMapping']
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/event-types/{name}/fields': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** What was seen in the fields of an event type: counts, types, samples, when */
    get: operations['getFields']
    put?: never
    post?: never
    /** Forgets what was seen in the fields of an event type */
    delete: operations['clearFields']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/mapping-mode': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** The mode of event types that have none of their own */
    get: operations['getMappingMode']
    /** Sets the mode of event types that have none of their own */
    put: operations['setMappingMode']
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/event-types/{name}/backfills': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** The last back-fills since the server was started, newest first */
    get: operations['listBackfills']
    put?: never
    /** Fill columns that are null in rows of before from the events that the log still has */
    post: operations['startBackfill']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/event-types/{name}/backfills/{id}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** One back-fill, and how far it is */
    get: operations['getBackfill']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/event-types/{name}/backfills/{id}/stop': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** End a back-fill; what it has filled stays */
    post: operations['stopBackfill']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/tables': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** The tables of a workspace, by name */
    get: operations['listTables']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/tables/{name}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** One table */
    get: operations['getTable']
    /** Creates a table, or adds columns to it and widens them; never drops or narrows one */
    put: operations['putTable']
    post?: never
    /** Drops a table with its rows, for good. The books keep count of them */
    delete: operations['dropTable']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/query': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Run one read-only statement in the destination */
    post: operations['runQuery']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/scheduled-queries': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Statements that run by themselves, and how they fare */
    get: operations['listScheduledQueries']
    put?: never
    /** Make a statement run by itself, into a table of its own */
    post: operations['createScheduledQuery']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/scheduled-queries/{id}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** One scheduled query */
    get: operations['getScheduledQuery']
    put?: never
    post?: never
    /** Remove a scheduled query with its history; its table stays */
    delete: operations['deleteScheduledQuery']
    options?: never
    head?: never
    /** Change a scheduled query, or switch it on or off; its target stays */
    patch: operations['updateScheduledQuery']
    trace?: never
  }
  '/api/v1/scheduled-queries/{id}/run': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Run it once, now; the run that waits or is under way where there is one */
    post: operations['runScheduledQuery']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/scheduled-queries/{id}/runs': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Its runs, the newest first; the last 100 are kept */
    get: operations['listScheduledQueryRuns']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/scheduled-queries/{id}/runs/{run}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** One run */
    get: operations['getScheduledQueryRun']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/scheduled-queries/{id}/runs/{run}/stop': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Stop a run; one that has ended stays as it is */
    post: operations['stopScheduledQueryRun']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/dimensions': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** The columns of all tables: which are dimensions, which are measurements, and what they are called */
    get: operations['listDimensions']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/dimensions/{table}/{column}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** What one column is */
    get: operations['getDimension']
    put?: never
    post?: never
    /** Forget what was said of a column: it is as it is inferred */
    delete: operations['resetDimension']
    options?: never
    head?: never
    /** Say what a column is: what is given of it is changed */
    patch: operations['updateDimension']
    trace?: never
  }
  '/api/v1/patterns': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** The patterns of a workspace, in the order in which they were made */
    get: operations['listPatterns']
    put?: never
    /** Make a pattern; it is in the views when this is answered */
    post: operations['createPattern']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/patterns/{id}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** One pattern, and whether views show it */
    get: operations['getPattern']
    /** Set all of a pattern: what is left out is as it is by default */
    put: operations['replacePattern']
    post?: never
    /** Delete a pattern that nothing else uses */
    delete: operations['deletePattern']
    options?: never
    head?: never
    /** Change what is given of a pattern */
    patch: operations['updatePattern']
    trace?: never
  }
  '/api/v1/patterns/preview': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** What a rule makes of the values of a column, without saving it */
    post: operations['previewPattern']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/harmonised-dimensions': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** The harmonised dimensions of a workspace, in the order in which they were made */
    get: operations['listHarmonisedDimensions']
    put?: never
    /** Make a harmonised dimension; it is in the views when this is answered */
    post: operations['createHarmonisedDimension']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/harmonised-dimensions/{id}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** One harmonised dimension, and whether views show it */
    get: operations['getHarmonisedDimension']
    /** Set all of a harmonised dimension: what is left out is as it is by default */
    put: operations['replaceHarmonisedDimension']
    post?: never
    /** Delete a harmonised dimension that nothing else uses */
    delete: operations['deleteHarmonisedDimension']
    options?: never
    head?: never
    /** Change what is given of a harmonised dimension */
    patch: operations['updateHarmonisedDimension']
    trace?: never
  }
  '/api/v1/calculated-measurements': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** The calculated measurements of a workspace, in the order in which they were made */
    get: operations['listCalculatedMeasurements']
    put?: never
    /** Make a calculated measurement; it is in the views when this is answered */
    post: operations['createCalculatedMeasurement']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/calculated-measurements/{id}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** One calculated measurement, and whether views show it */
    get: operations['getCalculatedMeasurement']
    /** Set all of a calculated measurement: what is left out is as it is by default */
    put: operations['replaceCalculatedMeasurement']
    post?: never
    /** Delete a calculated measurement that nothing else uses */
    delete: operations['deleteCalculatedMeasurement']
    options?: never
    head?: never
    /** Change what is given of a calculated measurement */
    patch: operations['updateCalculatedMeasurement']
    trace?: never
  }
  '/api/v1/calculated-measurements/{id}/sql': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** How a calculated measurement is asked for in SQL, in each table that has it */
    get: operations['getCalculatedMeasurementSql']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/semantic-layer': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** All that is said of columns and derived from them: the same as long as nobody changes it */
    get: operations['exportSemanticLayer']
    /** Make the layer what is given, all of it or nothing: what is not in it is deleted */
    put: operations['applySemanticLayer']
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/restream': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** What could not go on, by offset */
    get: operations['listRestream']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/restream/{offset}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** One entry, with the event as it arrived */
    get: operations['getRestreamEntry']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/restream/purge': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Throw entries away for good: those of the filter, all with an empty one */
    post: operations['purgeRestream']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/restream/clusters': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** What failed for the same reason, as one: the largest first */
    get: operations['listRestreamClusters']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/restream/clusters/{fingerprint}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** One cluster */
    get: operations['getRestreamCluster']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/restream/runs': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** The last hundred runs, the newest first */
    get: operations['listRestreamRuns']
    put?: never
    /** Send entries through again in the background: those of the filter, all with an empty one */
    post: operations['startRestreamRun']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/restream/runs/{run}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** How far a run is */
    get: operations['getRestreamRun']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/restream/runs/{run}/stop': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** End a run; what it has not sent goes on waiting */
    post: operations['stopRestreamRun']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/outputs': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Where rows go, and how that is doing: the one destination of the workspace */
    get: operations['listOutputs']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/settings': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** What the workspace is set to as a whole */
    get: operations['getSettings']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    /** Changes what is given, all of it or nothing */
    patch: operations['updateSettings']
    trace?: never
  }
  '/api/v1/status': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** The books, how far behind, how much disk */
    get: operations['getStatus']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/verify': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Recompute the books from the log and the tables; reads the whole log */
    get: operations['verifyBooks']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/metadata/{kind}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** All workspaces, sources or jobs that one may see, as one table: NDJSON, CSV or Parquet */
    get: operations['getMetadata']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/metadata/refresh': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Bring the tables millrace_workspaces, millrace_sources and millrace_jobs of the destination up to now */
    post: operations['refreshMetadata']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/metrics': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** What the workspace did, interval by interval, to this second; null where nothing was measured */
    get: operations['readMetrics']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/samples': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Events as they arrived, newest first: up to ten are kept of each event type and status */
    get: operations['listSamples']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/samples/stats': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** How many samples there are, by event type and status */
    get: operations['getSampleStats']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/samples/statuses': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** What the statuses of samples mean */
    get: operations['listSampleStatuses']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/live': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Events as they go by, as server-sent events (text/event-stream) */
    get: operations['watchEvents']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/notifications': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** What somebody should know, by when it last happened, ascending; kept for 30 days */
    get: operations['listNotifications']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/notification-mutes': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Types of notifications that are not sent */
    get: operations['listNotificationMutes']
    put?: never
    /** Send no notifications of a type for a while, or for good; they are listed all the same */
    post: operations['muteNotifications']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/notification-mutes/{id}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    post?: never
    /** Send notifications of a type again */
    delete: operations['unmuteNotifications']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/notification-channels': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Whom notifications are sent to, and whether they arrive */
    get: operations['listNotificationChannels']
    put?: never
    /** Make a channel */
    post: operations['createNotificationChannel']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/notification-channels/{id}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** One channel */
    get: operations['getNotificationChannel']
    put?: never
    post?: never
    /** Delete a channel, and what is to be sent by it */
    delete: operations['deleteNotificationChannel']
    options?: never
    head?: never
    /** Change a channel, switch it off or on */
    patch: operations['updateNotificationChannel']
    trace?: never
  }
  '/api/v1/notification-channels/{id}/test': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Send a test at once, and tell whether it arrived */
    post: operations['testNotificationChannel']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/inputs/discover': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Ask a source what there is to choose from: tables, reports */
    post: operations['discoverResources']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/archive': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Where raw events are kept, and how far that is; 404 where nothing is archived */
    get: operations['getArchive']
    /** Keep raw events there; an archive that there is goes on where it was */
    put: operations['setArchive']
    post?: never
    /** Archive no more; what is archived stays where it is */
    delete: operations['deleteArchive']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/archive/test': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Write a small object and delete it: there, or where the archive is; and tell what is wrong */
    post: operations['testArchive']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/audit': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Who did what, newest first */
    get: operations['listAudit']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/audit/verification': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Whether every row of the audit is as it was written, and none is missing */
    get: operations['verifyAudit']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/configuration': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** All that a workspace is set to, without secrets: the same as long as nobody changes it */
    get: operations['exportConfiguration']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/configuration/plan': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** What applying a document would change, all of it checked; changes nothing */
    post: operations['planConfiguration']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/configuration/apply': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Make the workspace what a document says, all of it or nothing */
    post: operations['applyConfiguration']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v1/openapi.json': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** This description */
    get: operations['getOpenapi']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
}
export type webhooks = Record<string, never>
export interface components {
  schemas: {
    PatternRuleInput:
      | {
          /** @constant */
          kind: 'split'
          separator: string
          position: number
          /** @enum {string} */
          from: 'start' | 'end'
        }
      | {
          /** @constant */
          kind: 'regex'
          expression: string
          group: number
          isCaseSensitive: boolean
        }
      | {
          /** @constant */
          kind: 'lookup'
          entries: {
            from: string
            to: string
          }[]
          isCaseSensitive: boolean
        }
      | {
          /** @constant */
          kind: 'lookup-table'
          table: string
          key: string
          value: string
          isCaseSensitive: boolean
        }
      | {
          /** @constant */
          kind: 'pattern'
          pattern: string
        }
      | {
          /** @constant */
          kind: 'first'
          rules: components['schemas']['PatternRuleInput'][]
        }
    MappedFieldInput: {
      /** @description Keys, from the outside in */
      path: string[]
      /** @description Absent: the field has no column */
      column?: string
      /** @description BOOLEAN, BIGINT, DOUBLE, DECIMAL, TIMESTAMP, DATE, VARCHAR or JSON */
      type?: string
      /** @description Dropped in every mode, with all below it that has no entry */
      isDiscarded?: boolean
      nonNull?: boolean
      /** @description Characters of a VARCHAR */
      length?: number
      /** @description Longer texts are cut; otherwise their events are set aside */
      truncate?: boolean
      precision?: number
      scale?: number
      /** @description Of a JSON column: takes an object whole, rather than by its members */
      isWhole?: boolean
      /** @description What is known of the event, not its data: the path is `_metadata` and a name, such as `@uuid` */
      isMetadata?: boolean
      /**
       * @description auto: events may widen the column
       * @enum {string}
       */
      origin?: 'auto' | 'user'
    }
    MappingChangeInput: {
      /** @description AUTO_MAP, STRICT, FLEXIBLE; absent: the workspace's mode counts */
      mode?: string
      usesDefaultMode?: boolean
      /** @description All its events are discarded */
      isDiscarded?: boolean
      table?: string
      /** @description widen, restream or null: of a value that does not fit its column */
      onConflict?: string
      /** @description Columns by which a newer row replaces an older one */
      primaryKey?: string[]
      fields: components['schemas']['MappedFieldInput'][]
    }
    SeenFieldInput: {
      name: string
      /** @description Keys, from the outside in */
      path: string[]
      /** @description Values that are no null: all of a field with a column, of others those that were looked at */
      count: number
      /** @description Whether all were counted */
      isExact: boolean
      /** @description How many of the values looked at need which type of column */
      types: {
        [key: string]: number
      }
      /** @description The newest last; at most 200 characters of each */
      samples: string[]
      /** @description ms since 1970 UTC; 0 where only fields below were seen */
      firstSeenAt: number
      /** @description ms since 1970 UTC: when the event was received */
      lastSeenAt: number
      /** @description Those below, by name */
      fields: components['schemas']['SeenFieldInput'][]
    }
    ScheduledQueryRunInput: {
      id: string
      /** @enum {string} */
      state: 'QUEUED' | 'RUNNING' | 'SUCCESS' | 'FAILURE' | 'CANCELLED'
      /** @description Id of the user who asked for it; null where it was due */
      askedBy: string | null
      /** Format: date-time */
      queuedAt: string
      startedAt: string | null
      endedAt: string | null
      /** @description Rows written, changed or deleted */
      rowCount: number | null
      error: {
        code: string
        message: string
      } | null
    }
    /** @description Names stand for ids; `PUT /semantic-layer` takes it as it is */
    SemanticLayerInput: {
      /** @description What was said of columns */
      dimensions: {
        table: string
        column: string
        role: ('dimension' | 'measurement') | null
        displayName: string | null
        aggregation: ('sum' | 'avg' | 'min' | 'max' | 'count' | 'none') | null
      }[]
      patterns: {
        name: string
        sources: {
          table: string
          column?: string
          pattern?: string
        }[]
        rule: components['schemas']['PatternRuleInput']
        default: string | null
      }[]
      harmonisedDimensions: {
        name: string
        members: {
          table?: string
          column?: string
          pattern?: string
          harmonisedDimension?: string
        }[]
      }[]
      calculatedMeasurements: {
        name: string
        formula: string
        tables: string[] | null
      }[]
    }
    SourceJobInput: {
      id: string
      /** @constant */
      kind: 'source'
      /** @description Id of the source */
      source: string
      range: {
        start: string
        end: string
      } | null
      /** @enum {string} */
      state: 'QUEUED' | 'RUNNING' | 'SUCCESS' | 'FAILURE' | 'CANCELLED'
      /** @description Id of the user who asked for it; null where it was due */
      askedBy: string | null
      /** @description The job that it repeats */
      rerunOf: string | null
      /** @description Whether it comes behind what is due */
      isBackFill: boolean
      /** Format: date-time */
      queuedAt: string
      /** @description It is not begun before; null: at once */
      notBefore: string | null
      /** @description Since when it stands still */
      pausedAt: string | null
      startedAt: string | null
      endedAt: string | null
      /** @description How often it was tried again after an error */
      attempts: number
      /** @description Pages that are durable */
      pages: number
      /** @description Requests that it sent to the source */
      calls: number
      /** @description Rows that were retrieved and are durable */
      rowCount: number
      /** @description Rows that went on to the tables; of a job with a range, that stand in them */
      rowsLoaded: number
      /** @description Rows of the same days that they took the place of */
      rowsReplaced: number
      /** @description How far it is, as the connector counts; null where it does not know */
      loaded: number | null
      total: number | null
      /** @description What it does, in the words of the connector */
      message: string | null
      /** @description When it will have ended, by the pace so far */
      etaAt: string | null
      error: {
        code: string
        message: string
      } | null
    }
    TransformSettingsInput: {
      /** @description As set; null: the module `main`, where there is one */
      order: string[] | null
      /** @description The modules whose `transform` is called, one after the other */
      calledModules: string[]
      limits: {
        eventMs: number
        chunkMs: number
        memoryBytes: number
        outputBytesMax: number
        outputEventsMax: number
        printedBytesMax: number
      }
    }
    DiagnosticInput: {
      module: string
      /** @description From 1, as is `column` */
      line?: number
      column?: number
      message: string
    }
    ConfigurationDocumentInput: {
      /**
       * @description Left out, it stays
       * @enum {string}
       */
      mappingMode?: 'AUTO_MAP' | 'STRICT' | 'FLEXIBLE'
      /** @default [] */
      inputs: {
        label: string
        type: string
        /** @default true */
        isEnabled: boolean
        /**
         * @description Secrets by reference
         * @default {}
         */
        settings: {
          [key: string]: unknown
        }
        /** @description Of one that fetches; left out, it stays as it is */
        source?: {
          /**
           * @description By the clock of a time zone, or every so many minutes from now on; null: only when somebody asks
           * @default null
           */
          schedule:
            | (
                | {
                    /** @description Days that its jobs have, of a source that fetches by dates; without it they have no ranges */
                    window?: {
                      /** @description So many days */
                      days: number
                      /**
                       * @description The last of them was so many days ago; 1: yesterday
                       * @default 1
                       */
                      lagDays: number
                    }
                    /** @description Minute, hour, day, month and weekday: 0 3 * * * */
                    cron: string
                    /**
                     * @description Of the IANA database: Europe/Prague
                     * @default UTC
                     */
                    timeZone: string
                  }
                | {
                    /** @description Days that its jobs have, of a source that fetches by dates; without it they have no ranges */
                    window?: {
                      /** @description So many days */
                      days: number
                      /**
                       * @description The last of them was so many days ago; 1: yesterday
                       * @default 1
                       */
                      lagDays: number
                    }
                    everyMinutes: number
                  }
              )
            | null
          /** @default false */
          isPaused: boolean
          /**
           * @default {
           *       "daysPerJob": null,
           *       "jobsAtOnce": null,
           *       "callsPerDay": null
           *     }
           */
          limits: {
            /**
             * @description Days of a range that one job has, at most; null: 10
             * @default null
             */
            daysPerJob: number | null
            /**
             * @description Jobs of different ranges under way at once; null: 4
             * @default null
             */
            jobsAtOnce: number | null
            /**
             * @description Requests that the source may be sent in a day of UTC; null: as many as it takes
             * @default null
             */
            callsPerDay: number | null
          }
        }
      }[]
      /** @default [] */
      buckets: {
        input: string
        key: string
        name: string
        eventType: string
      }[]
      /** @default [] */
      eventTypes: {
        name: string
        mapping: components['schemas']['MappingChangeInput']
      }[]
      /**
       * @default {
       *       "modules": [],
       *       "lookups": [],
       *       "secrets": []
       *     }
       */
      transforms: {
        /** @description Left out, it stays */
        order?: string[] | null
        /** @description One that is left out is as by default */
        limits?: {
          eventMs?: number
          chunkMs?: number
          memoryBytes?: number
          outputBytesMax?: number
          outputEventsMax?: number
          printedBytesMax?: number
        }
        /** @default [] */
        modules: {
          name: string
          /** @enum {string} */
          language: 'typescript' | 'javascript' | 'python'
          code: string
        }[]
        /** @default [] */
        lookups: {
          name: string
          entries: {
            [key: string]: unknown
          }
        }[]
        /** @default [] */
        secrets: {
          name: string
          /** @description A secret, by reference: no export has its value */
          value: {
            secret: {
              /** @description What it is called where it is kept */
              name: string
              /** @description Left out, the one that is there stays */
              value?: string
            }
          }
        }[]
      }
      /** @default [] */
      notificationChannels: {
        label: string
        target:
          | {
              /** @constant */
              kind: 'email'
              to: string[]
            }
          | {
              /** @constant */
              kind: 'webhook'
              /** @description Of a channel the address is a secret: it lets in whoever knows it */
              url: {
                secret: {
                  /** @description What it is called where it is kept */
                  name: string
                  /** @description Left out, the one that is there stays */
                  value?: string
                }
              }
            }
          | {
              /** @constant */
              kind: 'slack'
              /** @description Of a channel the address is a secret: it lets in whoever knows it */
              url: {
                secret: {
                  /** @description What it is called where it is kept */
                  name: string
                  /** @description Left out, the one that is there stays */
                  value?: string
                }
              }
            }
        /**
         * @default warning
         * @enum {string}
         */
        severityMin: 'info' | 'warning' | 'error'
        /**
         * @default immediately
         * @enum {string}
         */
        digest: 'immediately' | 'hourly' | 'daily'
        /** @default true */
        isEnabled: boolean
      }[]
      notificationMutes?: {
        type: string
        until?: string | null
      }[]
      /** @default [] */
      scheduledQueries: {
        label: string
        /** @description The table that is written: a new one, or one that was made by a scheduled query; never one that events fill */
        target: string
        statement:
          | {
              /** @constant */
              kind: 'select'
              /** @description One SELECT */
              sql: string
              /**
               * @description What becomes of the rows that the target has
               * @enum {string}
               */
              mode: 'replace' | 'append' | 'upsert'
              /** @description With upsert: columns by which a row replaces another */
              key?: string[]
            }
          | {
              /** @constant */
              kind: 'write'
              /** @description One INSERT, UPDATE, DELETE or CREATE TABLE … AS of the target */
              sql: string
            }
          | {
              /** @constant */
              kind: 'newest'
              /** @description The table whose newest row of each key the target becomes */
              from: string
              key: string[]
              /**
               * @description The column that tells which is newer; null: what was loaded last
               * @default null
               */
              by: string | null
            }
        /** @description By the clock of a time zone, or every so many hours from when it was made */
        schedule:
          | {
              /** @description Minute, hour, day, month and weekday: 0 3 * * * */
              cron: string
              /**
               * @description Of the IANA database: Europe/Prague
               * @default UTC
               */
              timeZone: string
            }
          | {
              everyHours: number
            }
        /** @default 600 */
        timeLimitSeconds: number
        /** @default true */
        isEnabled: boolean
      }[]
      archive?: {
        target:
          | {
              /** @constant */
              kind: 'folder'
              /** @description Below the folder that the operator allows (MILLRACE_ARCHIVE_ROOT); . is that folder itself */
              folder: string
            }
          | {
              /** @constant */
              kind: 's3'
              /** @description Address of the store, without the bucket; Amazon’s of the region where it is missing */
              endpoint?: string
              /**
               * @description Other stores than Amazon’s mostly take any
               * @default us-east-1
               */
              region: string
              bucket: string
              /**
               * @description Before the name of every object; end it with a slash
               * @default
               */
              prefix: string
              accessKeyId: string
              /**
               * @description The store encrypts what it keeps (AES256)
               * @default false
               */
              serverSideEncryption: boolean
              /** @description A secret, by reference: no export has its value */
              secretAccessKey?: {
                secret: {
                  /** @description What it is called where it is kept */
                  name: string
                  /** @description Left out, the one that is there stays */
                  value?: string
                }
              }
            }
        /**
         * @description Labels of the inputs whose events are archived; null: of all
         * @default null
         */
        inputs: string[] | null
        /**
         * @description Objects are put as soon as so many bytes wait, before they are compressed …
         * @default 16777216
         */
        rollBytes: number
        /**
         * @description … or so many seconds after those before
         * @default 60
         */
        rollSeconds: number
      }
      /**
       * @default {
       *       "dimensions": [],
       *       "patterns": [],
       *       "harmonisedDimensions": [],
       *       "calculatedMeasurements": []
       *     }
       */
      semanticLayer: {
        /** @default [] */
        dimensions: {
          table: string
          column: string
          /** @default null */
          role: ('dimension' | 'measurement') | null
          /** @default null */
          displayName: string | null
          /** @default null */
          aggregation: ('sum' | 'avg' | 'min' | 'max' | 'count' | 'none') | null
        }[]
        /** @default [] */
        patterns: {
          name: string
          /**
           * @description At most one of each table
           * @default []
           */
          sources: (
            | {
                table: string
                column: string
              }
            | {
                table: string
                pattern: string
              }
          )[]
          /** @description How a text becomes another one; first: the first rule that finds something */
          rule:
            | {
                /** @constant */
                kind: 'split'
                separator: string
                /** @description 1 is the first part from that end */
                position: number
                /**
                 * @default start
                 * @enum {string}
                 */
                from: 'start' | 'end'
              }
            | {
                /** @constant */
                kind: 'regex'
                /** @description Of RE2: time grows with the length of the text, never beyond */
                expression: string
                /**
                 * @description 0 is the whole match
                 * @default 1
                 */
                group: number
                /** @default true */
                isCaseSensitive: boolean
              }
            | {
                /** @constant */
                kind: 'lookup'
                entries: {
                  from: string
                  to: string
                }[]
                /** @default true */
                isCaseSensitive: boolean
              }
            | {
                /** @constant */
                kind: 'lookup-table'
                table: string
                key: string
                value: string
                /** @default true */
                isCaseSensitive: boolean
              }
            | {
                /** @constant */
                kind: 'pattern'
                /** @description Id of a pattern */
                pattern: string
              }
            | {
                /** @constant */
                kind: 'first'
                rules: (
                  | {
                      /** @constant */
                      kind: 'split'
                      separator: string
                      /** @description 1 is the first part from that end */
                      position: number
                      /**
                       * @default start
                       * @enum {string}
                       */
                      from: 'start' | 'end'
                    }
                  | {
                      /** @constant */
                      kind: 'regex'
                      /** @description Of RE2: time grows with the length of the text, never beyond */
                      expression: string
                      /**
                       * @description 0 is the whole match
                       * @default 1
                       */
                      group: number
                      /** @default true */
                      isCaseSensitive: boolean
                    }
                  | {
                      /** @constant */
                      kind: 'lookup'
                      entries: {
                        from: string
                        to: string
                      }[]
                      /** @default true */
                      isCaseSensitive: boolean
                    }
                  | {
                      /** @constant */
                      kind: 'lookup-table'
                      table: string
                      key: string
                      value: string
                      /** @default true */
                      isCaseSensitive: boolean
                    }
                  | {
                      /** @constant */
                      kind: 'pattern'
                      /** @description Id of a pattern */
                      pattern: string
                    }
                  | {
                      /** @constant */
                      kind: 'first'
                      rules: (
                        | {
                            /** @constant */
                            kind: 'split'
                            separator: string
                            /** @description 1 is the first part from that end */
                            position: number
                            /**
                             * @default start
                             * @enum {string}
                             */
                            from: 'start' | 'end'
                          }
                        | {
                            /** @constant */
                            kind: 'regex'
                            /** @description Of RE2: time grows with the length of the text, never beyond */
                            expression: string
                            /**
                             * @description 0 is the whole match
                             * @default 1
                             */
                            group: number
                            /** @default true */
                            isCaseSensitive: boolean
                          }
                        | {
                            /** @constant */
                            kind: 'lookup'
                            entries: {
                              from: string
                              to: string
                            }[]
                            /** @default true */
                            isCaseSensitive: boolean
                          }
                        | {
                            /** @constant */
                            kind: 'lookup-table'
                            table: string
                            key: string
                            value: string
                            /** @default true */
                            isCaseSensitive: boolean
                          }
                        | {
                            /** @constant */
                            kind: 'pattern'
                            /** @description Id of a pattern */
                            pattern: string
                          }
                      )[]
                    }
                )[]
              }
          /**
           * @description What it derives where the rule finds nothing; null: nothing
           * @default null
           */
          default: string | null
        }[]
        /** @default [] */
        harmonisedDimensions: {
          name: string
          /** @description What it is in each table; or all that another one is */
          members: (
            | (
                | {
                    table: string
                    column: string
                  }
                | {
                    table: string
                    pattern: string
                  }
              )
            | {
                harmonisedDimension: string
              }
          )[]
        }[]
        /** @default [] */
        calculatedMeasurements: {
          name: string
          /** @description spend / clicks * 1000, with sum, avg, min, max, count, coalesce, nullif, if, round, abs and others */
          formula: string
          /**
           * @description Null: all that have what it names
           * @default null
           */
          tables: string[] | null
        }[]
      }
    }
    QueryJobInput: {
      id: string
      /**
       * @description consolidation: its query, as that is now, makes the newest row of each key
       * @enum {string}
       */
      kind: 'query' | 'consolidation'
      /** @description Id of the scheduled query */
      query: string
      /** @description Of the scheduled query */
      label: string
      /** @description The table that it writes */
      target: string
      /** @enum {string} */
      state: 'QUEUED' | 'RUNNING' | 'SUCCESS' | 'FAILURE' | 'CANCELLED'
      /** @description Id of the user who asked for it; null where it was due */
      askedBy: string | null
      /** Format: date-time */
      queuedAt: string
      startedAt: string | null
      endedAt: string | null
      /** @description Rows written, changed or deleted */
      rowCount: number | null
      error: {
        code: string
        message: string
      } | null
    }
    Problem: {
      type: string
      title: string
      status: number
      code: string
      detail: string
      hint?: string
      requestId?: string
      errors?: {
        field: string
        message: string
      }[]
    }
    Archive: {
      target:
        | {
            /** @constant */
            kind: 'folder'
            /** @description Below the folder that the operator allows (MILLRACE_ARCHIVE_ROOT); . is that folder itself */
            folder: string
          }
        | {
            /** @constant */
            kind: 's3'
            /** @description Address of the store, without the bucket; Amazon’s of the region where it is missing */
            endpoint?: string
            /**
             * @description Other stores than Amazon’s mostly take any
             * @default us-east-1
             */
            region: string
            bucket: string
            /**
             * @description Before the name of every object; end it with a slash
             * @default
             */
            prefix: string
            accessKeyId: string
            /**
             * @description The store encrypts what it keeps (AES256)
             * @default false
             */
            serverSideEncryption: boolean
          }
      /** @description Labels of the inputs whose events are archived; null: of all */
      inputs: string[] | null
      /** @description Objects are put as soon as so many bytes wait, before they are compressed … */
      rollBytes: number
      /** @description … or so many seconds after those before */
      rollSeconds: number
      /** Format: date-time */
      createdAt: string
      /** Format: date-time */
      updatedAt: string
      status?: {
        /** @description The first offset that is not archived */
        position: string
        /** @description Events behind it */
        lagEvents: number
        /** @description Age of the oldest of them */
        lagMs: number
        /** @description Archived so far */
        events: number
        objects: number
        /** @description Of the objects, compressed */
        bytes: number
        /** @description Events that the log had no room for until they were archived */
        lost: number
        /**
         * Format: date-time
         * @description When the last objects were put
         */
        archivedAt?: string
        /** @description Why it does not go on at the moment; it is tried again all the time */
        failure?: {
          code: string
          message: string
          /** Format: date-time */
          since: string
          /** Format: date-time */
          at: string
        }
      }
    }
    AuditEntry: {
      id: string
      /** Format: date-time */
      at: string
      /** @description Id of a user, or `bootstrap`, or `pipeline` */
      actor: string
      tokenId: string | null
      ip: string | null
      requestId: string | null
      action: string
      object: string
      /** @description Depends on the action */
      detail: {
        [key: string]: unknown
      }
    }
    AuditVerification: {
      isIntact: boolean
      /** @description Rows that are right */
      rowCount: number
      /** @description Of the newest of them. Keep it elsewhere: rows that are cut off at the end show by it alone */
      head: string | null
      /** @description The first row that is not right */
      broken: {
        id: string
        /** Format: date-time */
        at: string
      } | null
      hasKnownHead: boolean | null
    }
    Backfill: {
      id: string
      eventType: string
      columns: string[]
      /** @enum {string} */
      state: 'RUNNING' | 'DONE' | 'STOPPED' | 'FAILED'
      /** @description Events of the log, of all types, that it meant at its start */
      total: number
      /** @description Those of them that it has looked at */
      done: number
      /** @description Rows that it filled */
      updated: number
      /** @description Events that the code or the mapping refuses now */
      failed: number
      /** Format: date-time */
      startedAt: string
      endedAt: string | null
      /** @description Events per second */
      rate: number | null
      /** @description ms until it is done, at that rate */
      etaMs: number | null
      /** @description Why it failed, or why it waits */
      error: string | null
    }
    Bucket: {
      id: string
      /** @description As its senders name it: unique among the buckets of an input */
      key: string
      /** @description Empty where nobody gave it one */
      name: string
      inputId: string
      /** @description Of the events that are its values */
      eventType: string
      /** Format: date-time */
      createdAt: string
    }
    BulkOperation: {
      id: string
      /** @enum {string} */
      kind: 'process' | 'rerun' | 'rename' | 'patch' | 'enable' | 'disable' | 'delete'
      parameters: {
        [key: string]: unknown
      }
      isDryRun: boolean
      /**
       * @description FAILURE: at least one item failed; the others are done
       * @enum {string}
       */
      state: 'QUEUED' | 'RUNNING' | 'SUCCESS' | 'FAILURE' | 'CANCELLED'
      total: number
      /** @description Items that wait no more */
      done: number
      succeeded: number
      failed: number
      cancelled: number
      /** Format: date-time */
      createdAt: string
      startedAt: string | null
      endedAt: string | null
      elapsedMs: number
      /** @description How long it will take still, by the pace so far */
      etaMs: number | null
    }
    BulkItem: {
      /** @description From 1, as they were given */
      position: number
      workspace: string
      /** @description Id of the source */
      source: string
      /** @description When the operation was asked for; null where there was no such source */
      label: string | null
      /** @description Of the CSV */
      line: number | null
      /** @enum {string} */
      state: 'QUEUED' | 'SUCCESS' | 'FAILURE' | 'CANCELLED'
      error: {
        code: string
        message: string
      } | null
      /** @description What was done, or would be */
      detail: {
        [key: string]: unknown
      } | null
    }
    PatternRule:
      | {
          /** @constant */
          kind: 'split'
          separator: string
          position: number
          /** @enum {string} */
          from: 'start' | 'end'
        }
      | {
          /** @constant */
          kind: 'regex'
          expression: string
          group: number
          isCaseSensitive: boolean
        }
      | {
          /** @constant */
          kind: 'lookup'
          entries: {
            from: string
            to: string
          }[]
          isCaseSensitive: boolean
        }
      | {
          /** @constant */
          kind: 'lookup-table'
          table: string
          key: string
          value: string
          isCaseSensitive: boolean
        }
      | {
          /** @constant */
          kind: 'pattern'
          pattern: string
        }
      | {
          /** @constant */
          kind: 'first'
          rules: components['schemas']['PatternRule'][]
        }
    Pattern: {
      id: string
      /** @description Counts its changes, from 1 */
      version: number
      /** Format: date-time */
      createdAt: string
      /** Format: date-time */
      updatedAt: string
      /**
       * @description invalid: as it is, no view shows it
       * @enum {string}
       */
      state: 'valid' | 'invalid'
      /** @description Why it is invalid */
      reasons: {
        field: string
        message: string
      }[]
      /** @description Views of the destination that show it */
      views: string[]
      name: string
      sources: {
        table: string
        column?: string
        pattern?: string
      }[]
      rule: components['schemas']['PatternRule']
      default: string | null
    }
    HarmonisedDimension: {
      id: string
      /** @description Counts its changes, from 1 */
      version: number
      /** Format: date-time */
      createdAt: string
      /** Format: date-time */
      updatedAt: string
      /**
       * @description invalid: as it is, no view shows it
       * @enum {string}
       */
      state: 'valid' | 'invalid'
      /** @description Why it is invalid */
      reasons: {
        field: string
        message: string
      }[]
      /** @description Views of the destination that show it */
      views: string[]
      name: string
      members: {
        table?: string
        column?: string
        pattern?: string
        harmonisedDimension?: string
      }[]
    }
    CalculatedMeasurement: {
      id: string
      /** @description Counts its changes, from 1 */
      version: number
      /** Format: date-time */
      createdAt: string
      /** Format: date-time */
      updatedAt: string
      /**
       * @description invalid: as it is, no view shows it
       * @enum {string}
       */
      state: 'valid' | 'invalid'
      /** @description Why it is invalid */
      reasons: {
        field: string
        message: string
      }[]
      /** @description Views of the destination that show it */
      views: string[]
      name: string
      formula: string
      tables: string[] | null
    }
    Dimension: {
      table: string
      column: string
      /** @description Of the destination */
      type: string
      /** @enum {string} */
      role: 'dimension' | 'measurement'
      /** @description Whether nobody said so */
      isInferred: boolean
      displayName: string | null
      /** @description Null of a dimension */
      aggregation: ('sum' | 'avg' | 'min' | 'max' | 'count' | 'none') | null
      /** @description What it is called in the table’s view; null where a harmonised dimension stands for it */
      viewColumn: string | null
      /**
       * @description invalid: as it is, no view shows it
       * @enum {string}
       */
      state: 'valid' | 'invalid'
      /** @description Why it is invalid */
      reasons: {
        field: string
        message: string
      }[]
    }
    PatternPreview: {
      /** @description Read of the table */
      rows: number
      /** @description Whether those were all there are */
      isWhole: boolean
      /** @description For whose value something was found, the default aside */
      rowsMatched: number
      /** @description How many differ */
      values: number
      valuesMatched: number
      /** @description How many differ of what was found */
      results: number
      /** @description Shares from 0 to 1 of rows and of values; null where there are none */
      coverage: {
        rows: number | null
        values: number | null
      }
      /** @description The most frequent values first */
      examples: {
        value: string | null
        rows: number
        result: string | null
      }[]
      /** @description Values for which nothing was found, the most frequent first */
      misses: {
        value: string | null
        rows: number
        result: string | null
      }[]
    }
    MappedField: {
      /** @description Keys, from the outside in */
      path: string[]
      /** @description Absent: the field has no column */
      column?: string
      /** @description BOOLEAN, BIGINT, DOUBLE, DECIMAL, TIMESTAMP, DATE, VARCHAR or JSON */
      type?: string
      /** @description Dropped in every mode, with all below it that has no entry */
      isDiscarded?: boolean
      nonNull?: boolean
      /** @description Characters of a VARCHAR */
      length?: number
      /** @description Longer texts are cut; otherwise their events are set aside */
      truncate?: boolean
      precision?: number
      scale?: number
      /** @description Of a JSON column: takes an object whole, rather than by its members */
      isWhole?: boolean
      /** @description What is known of the event, not its data: the path is `_metadata` and a name, such as `@uuid` */
      isMetadata?: boolean
      /**
       * @description auto: events may widen the column
       * @enum {string}
       */
      origin?: 'auto' | 'user'
    }
    MappingChange: {
      /** @description AUTO_MAP, STRICT, FLEXIBLE; absent: the workspace's mode counts */
      mode?: string
      usesDefaultMode?: boolean
      /** @description All its events are discarded */
      isDiscarded?: boolean
      table?: string
      /** @description widen, restream or null: of a value that does not fit its column */
      onConflict?: string
      /** @description Columns by which a newer row replaces an older one */
      primaryKey?: string[]
      fields: components['schemas']['MappedField'][]
    }
    Mapping: {
      eventType: string
      version: number
      /** @description Empty until the first rows name it */
      table: string
      /**
       * @description Counts unless `usesDefaultMode`
       * @enum {string}
       */
      mode: 'AUTO_MAP' | 'STRICT' | 'FLEXIBLE'
      /** @description Whether the workspace’s mode counts; absent: it does */
      usesDefaultMode?: boolean
      isDiscarded?: boolean
      /** @description Whether it was removed */
      isForgotten?: boolean
      /**
       * @description Absent: widen
       * @enum {string}
       */
      onConflict?: 'widen' | 'restream' | 'null'
      primaryKey?: string[]
      /** @description In the order of the table’s columns */
      fields: ({
        path: string[]
        column: string
        /** @description Of the column: VARCHAR, DECIMAL(38,2) */
        type: string
        nonNull?: boolean
        /** @description Characters of a VARCHAR */
        length?: number
        /** @description Longer texts are cut; otherwise their events are set aside */
        truncate?: boolean
        precision?: number
        /** @description Of a JSON column: takes an object whole, rather than by its members */
        isWhole?: boolean
        /** @description What is known of the event, not its data: the path is `_metadata` and a name, such as `@uuid` */
        isMetadata?: boolean
        /**
         * @description auto: events may widen the column
         * @enum {string}
         */
        origin?: 'auto' | 'user'
        /** @description What the column may hold; the mapper’s own */
        seen?: {
          [key: string]: unknown
        }
      } & {
        [key: string]: unknown
      })[]
      /** @description Fields that are discarded, with all below them that has no column */
      discarded?: string[][]
      /** @description Columns that no field fills any more */
      retired?: ({
        path: string[]
        column: string
        /** @description Of the column: VARCHAR, DECIMAL(38,2) */
        type: string
        /** @description What the column may hold; the mapper’s own */
        seen?: {
          [key: string]: unknown
        }
        table: string
      } & {
        [key: string]: unknown
      })[]
      formerTables?: string[]
      /** @description Whether there were more fields than columns */
      isFull?: boolean
    } & {
      [key: string]: unknown
    }
    SeenField: {
      name: string
      /** @description Keys, from the outside in */
      path: string[]
      /** @description Values that are no null: all of a field with a column, of others those that were looked at */
      count: number
      /** @description Whether all were counted */
      isExact: boolean
      /** @description How many of the values looked at need which type of column */
      types: {
        [key: string]: number
      }
      /** @description The newest last; at most 200 characters of each */
      samples: string[]
      /** @description ms since 1970 UTC; 0 where only fields below were seen */
      firstSeenAt: number
      /** @description ms since 1970 UTC: when the event was received */
      lastSeenAt: number
      /** @description Those below, by name */
      fields: components['schemas']['SeenField'][]
    }
    SeenFields: {
      /** @description Events that came, whatever became of them */
      count: number
      /** @description ms since 1970 UTC: when the event was received */
      firstSeenAt: number
      /** @description ms since 1970 UTC: when the event was received */
      lastSeenAt: number
      /** @description By name */
      fields: components['schemas']['SeenField'][]
    }
    NotificationChannel: {
      id: string
      label: string
      target:
        | {
            /** @constant */
            kind: 'email'
            to: string[]
          }
        | {
            /** @enum {string} */
            kind: 'webhook' | 'slack'
            /** @description Of its address, which is not shown */
            host: string
          }
      /** @enum {string} */
      severityMin: 'info' | 'warning' | 'error'
      /** @enum {string} */
      digest: 'immediately' | 'hourly' | 'daily'
      /** Format: date-time */
      createdAt: string
      disabledAt: string | null
      /** @description Deliveries that are to be sent yet */
      waiting: number
      lastDeliveredAt: string | null
      lastFailedAt: string | null
      /** @description Why the last delivery failed; null once one arrived again */
      lastError: string | null
      /** @description Deliveries that were given up after half a day */
      givenUp: number
    }
    ScheduledQueryRun: {
      id: string
      /** @enum {string} */
      state: 'QUEUED' | 'RUNNING' | 'SUCCESS' | 'FAILURE' | 'CANCELLED'
      /** @description Id of the user who asked for it; null where it was due */
      askedBy: string | null
      /** Format: date-time */
      queuedAt: string
      startedAt: string | null
      endedAt: string | null
      /** @description Rows written, changed or deleted */
      rowCount: number | null
      error: {
        code: string
        message: string
      } | null
    }
    ScheduledQuery: {
      id: string
      label: string
      target: string
      statement:
        | {
            /** @constant */
            kind: 'select'
            sql: string
            /** @enum {string} */
            mode: 'replace' | 'append'
          }
        | {
            /** @constant */
            kind: 'select'
            sql: string
            /** @constant */
            mode: 'upsert'
            key: string[]
          }
        | {
            /** @constant */
            kind: 'write'
            sql: string
          }
        | {
            /** @constant */
            kind: 'newest'
            from: string
            key: string[]
            by: string | null
          }
      schedule:
        | {
            cron: string
            timeZone: string
          }
        | {
            everyHours: number
          }
      timeLimitSeconds: number
      /** @description That it is about, where a client said so */
      eventType: string | null
      /** Format: date-time */
      createdAt: string
      disabledAt: string | null
      /** @description When it is due; null while it is switched off */
      nextAt: string | null
      /** @description The run that waits or is under way */
      openRun: components['schemas']['ScheduledQueryRun'] | null
      /** @description The last run that has ended */
      lastRun: components['schemas']['ScheduledQueryRun'] | null
      lastSuccessAt: string | null
    }
    /** @description Names stand for ids; `PUT /semantic-layer` takes it as it is */
    SemanticLayer: {
      /** @description What was said of columns */
      dimensions: {
        table: string
        column: string
        role: ('dimension' | 'measurement') | null
        displayName: string | null
        aggregation: ('sum' | 'avg' | 'min' | 'max' | 'count' | 'none') | null
      }[]
      patterns: {
        name: string
        sources: {
          table: string
          column?: string
          pattern?: string
        }[]
        rule: components['schemas']['PatternRule']
        default: string | null
      }[]
      harmonisedDimensions: {
        name: string
        members: {
          table?: string
          column?: string
          pattern?: string
          harmonisedDimension?: string
        }[]
      }[]
      calculatedMeasurements: {
        name: string
        formula: string
        tables: string[] | null
      }[]
    }
    SourcePlan: {
      /** @description Id of the source */
      source: string
      jobs: {
        range: {
          start: string
          end: string
        }
        calls: number
        /** @description Null: at once */
        notBefore: string | null
      }[]
      calls: number
      /**
       * @description Whose word the calls are: the connector’s, that of earlier jobs, or nobody’s: then one a job
       * @enum {string}
       */
      basis: 'declared' | 'measured' | 'assumed'
      callsPerDay: number | null
      /** @description Less what jobs that wait will need; null: no quota */
      callsLeftToday: number | null
      /** @description Jobs that today’s quota does not hold */
      jobsLater: number
      /** @description Null where nobody knows how long a job takes */
      expectedEndAt: string | null
    }
    SourceJob: {
      id: string
      /** @constant */
      kind: 'source'
      /** @description Id of the source */
      source: string
      range: {
        start: string
        end: string
      } | null
      /** @enum {string} */
      state: 'QUEUED' | 'RUNNING' | 'SUCCESS' | 'FAILURE' | 'CANCELLED'
      /** @description Id of the user who asked for it; null where it was due */
      askedBy: string | null
      /** @description The job that it repeats */
      rerunOf: string | null
      /** @description Whether it comes behind what is due */
      isBackFill: boolean
      /** Format: date-time */
      queuedAt: string
      /** @description It is not begun before; null: at once */
      notBefore: string | null
      /** @description Since when it stands still */
      pausedAt: string | null
      startedAt: string | null
      endedAt: string | null
      /** @description How often it was tried again after an error */
      attempts: number
      /** @description Pages that are durable */
      pages: number
      /** @description Requests that it sent to the source */
      calls: number
      /** @description Rows that were retrieved and are durable */
      rowCount: number
      /** @description Rows that went on to the tables; of a job with a range, that stand in them */
      rowsLoaded: number
      /** @description Rows of the same days that they took the place of */
      rowsReplaced: number
      /** @description How far it is, as the connector counts; null where it does not know */
      loaded: number | null
      total: number | null
      /** @description What it does, in the words of the connector */
      message: string | null
      /** @description When it will have ended, by the pace so far */
      etaAt: string | null
      error: {
        code: string
        message: string
      } | null
    }
    Source: {
      /** @description Of the input that it is */
      id: string
      label: string
      type: string
      /** @description Whether its jobs may have ranges of days */
      isByDate: boolean
      /** Format: date-time */
      createdAt: string
      disabledAt: string | null
      /** @description Null: it runs only when somebody asks */
      schedule:
        | (
            | {
                window?: {
                  days: number
                  lagDays: number
                }
                cron: string
                timeZone: string
              }
            | {
                window?: {
                  days: number
                  lagDays: number
                }
                everyMinutes: number
              }
          )
        | null
      limits: {
        /** @description Days of a range that one job has, at most; null: 10 */
        daysPerJob: number | null
        /** @description Jobs of different ranges under way at once; null: 4 */
        jobsAtOnce: number | null
        /** @description Requests that the source may be sent in a day of UTC; null: as many as it takes */
        callsPerDay: number | null
      }
      /** @description Since when the schedule stands still */
      pausedAt: string | null
      /** @description When it is due */
      nextAt: string | null
      /** @description Where the next run goes on; empty: from the beginning */
      state: {
        [key: string]: unknown
      }
      lastJob: components['schemas']['SourceJob'] | null
    }
    JobLogLine: {
      /** Format: date-time */
      at: string
      /** @enum {string} */
      level: 'debug' | 'info' | 'warn' | 'error'
      message: string
      fields: {
        [key: string]: string | number | boolean | null
      }
    }
    TransformSettings: {
      /** @description As set; null: the module `main`, where there is one */
      order: string[] | null
      /** @description The modules whose `transform` is called, one after the other */
      calledModules: string[]
      limits: {
        eventMs: number
        chunkMs: number
        memoryBytes: number
        outputBytesMax: number
        outputEventsMax: number
        printedBytesMax: number
      }
    }
    Diagnostic: {
      module: string
      /** @description From 1, as is `column` */
      line?: number
      column?: number
      message: string
    }
    Deployed: {
      version: number
      /** Format: date-time */
      createdAt: string
      /** @description `module main`, `order`, `lookup cities`, `secret salt`, `limits` */
      changed: string[]
      /** @description Mistakes in types that were let through, or why types were not checked */
      warnings: components['schemas']['Diagnostic'][]
    }
    TransformModule: {
      name: string
      /** @enum {string} */
      language: 'typescript' | 'javascript' | 'python'
      /** @description The version that made it so */
      since: number
      lines: number
      bytes: number
      /** @description Which one after the other it is called, from 0; null: it is only imported */
      place: number | null
    }
    Configuration: {
      /**
       * @description Rises when an export becomes another shape
       * @constant
       */
      format: 1
      workspace: string
      /** @enum {string} */
      mappingMode: 'AUTO_MAP' | 'STRICT' | 'FLEXIBLE'
      inputs: {
        label: string
        type: string
        isEnabled: boolean
        /** @description A secret shows as `{ "set": true }`; addresses without userinfo */
        settings: {
          [key: string]: unknown
        }
        /** @description Of one that fetches */
        source?: {
          schedule:
            | (
                | {
                    window?: {
                      days: number
                      lagDays: number
                    }
                    cron: string
                    timeZone: string
                  }
                | {
                    window?: {
                      days: number
                      lagDays: number
                    }
                    everyMinutes: number
                  }
              )
            | null
          isPaused: boolean
          limits: {
            /** @description Days of a range that one job has, at most; null: 10 */
            daysPerJob: number | null
            /** @description Jobs of different ranges under way at once; null: 4 */
            jobsAtOnce: number | null
            /** @description Requests that the source may be sent in a day of UTC; null: as many as it takes */
            callsPerDay: number | null
          }
        }
      }[]
      buckets: {
        input: string
        key: string
        name: string
        eventType: string
      }[]
      eventTypes: {
        name: string
        /** @description As `PUT /event-types/{name}/mapping` takes it */
        mapping: {
          mode?: string
          isDiscarded?: boolean
          table: string
          onConflict?: string
          primaryKey: string[]
          fields: ({
            /** @description Keys, from the outside in */
            path: string[]
            /** @description Absent: the field has no column */
            column?: string
            /** @description BOOLEAN, BIGINT, DOUBLE, DECIMAL, TIMESTAMP, DATE, VARCHAR or JSON */
            type?: string
            /** @description Dropped in every mode, with all below it that has no entry */
            isDiscarded?: boolean
            nonNull?: boolean
            /** @description Characters of a VARCHAR */
            length?: number
            /** @description Longer texts are cut; otherwise their events are set aside */
            truncate?: boolean
            precision?: number
            scale?: number
            /** @description Of a JSON column: takes an object whole, rather than by its members */
            isWhole?: boolean
            /** @description What is known of the event, not its data: the path is `_metadata` and a name, such as `@uuid` */
            isMetadata?: boolean
            /**
             * @description auto: events may widen the column
             * @enum {string}
             */
            origin?: 'auto' | 'user'
          } & {
            [key: string]: unknown
          })[]
        } & {
          [key: string]: unknown
        }
      }[]
      tables: {
        name: string
        primaryKey: string[]
        eventTypes: string[]
      }[]
      transforms: {
        order: string[] | null
        limits: {
          eventMs: number
          chunkMs: number
          memoryBytes: number
          outputBytesMax: number
          outputEventsMax: number
          printedBytesMax: number
        }
        modules: {
          name: string
          language: string
          code: string
        }[]
        lookups: {
          name: string
          entries: {
            [key: string]: unknown
          }
        }[]
        secretNames: string[]
      }
      /** @description As `PUT /archive` takes it, but for the secret */
      archive: {
        target:
          | {
              /** @constant */
              kind: 'folder'
              /** @description Below the folder that the operator allows (MILLRACE_ARCHIVE_ROOT); . is that folder itself */
              folder: string
            }
          | {
              /** @constant */
              kind: 's3'
              /** @description Address of the store, without the bucket; Amazon’s of the region where it is missing */
              endpoint?: string
              /**
               * @description Other stores than Amazon’s mostly take any
               * @default us-east-1
               */
              region: string
              bucket: string
              /**
               * @description Before the name of every object; end it with a slash
               * @default
               */
              prefix: string
              accessKeyId: string
              /**
               * @description The store encrypts what it keeps (AES256)
               * @default false
               */
              serverSideEncryption: boolean
            }
        inputs: string[] | null
        rollBytes: number
        rollSeconds: number
      } | null
      notificationChannels: {
        label: string
        target:
          | {
              /** @constant */
              kind: 'email'
              to: string[]
            }
          | {
              /** @enum {string} */
              kind: 'webhook' | 'slack'
              host: string
            }
        /** @enum {string} */
        severityMin: 'info' | 'warning' | 'error'
        /** @enum {string} */
        digest: 'immediately' | 'hourly' | 'daily'
        isEnabled: boolean
      }[]
      notificationMutes: {
        type: string
        until: string | null
      }[]
      scheduledQueries: {
        label: string
        target: string
        statement:
          | {
              /** @constant */
              kind: 'select'
              sql: string
              /** @enum {string} */
              mode: 'replace' | 'append'
            }
          | {
              /** @constant */
              kind: 'select'
              sql: string
              /** @constant */
              mode: 'upsert'
              key: string[]
            }
          | {
              /** @constant */
              kind: 'write'
              sql: string
            }
          | {
              /** @constant */
              kind: 'newest'
              from: string
              key: string[]
              by: string | null
            }
        schedule:
          | {
              cron: string
              timeZone: string
            }
          | {
              everyHours: number
            }
        timeLimitSeconds: number
        isEnabled: boolean
      }[]
      semanticLayer: components['schemas']['SemanticLayer']
    }
    Resource: {
      /** @description What the settings name it by */
      id: string
      title: string
      fields: {
        name: string
        /** @description In the words of the source */
        type: string
      }[]
      /** @description Whether these settings may read it */
      available: boolean
      /** @description It comes whatever is chosen */
      required?: boolean
    }
    EventType: {
      name: string
      table: string
      mappingVersion: number
      /**
       * Format: date-time
       * @description When that version was made
       */
      mappedAt: string
      /** @description Rows of the table; null where the destination does not have it yet */
      tableRows: number | null
    }
    Input: {
      id: string
      label: string
      /** @description One of `GET /input-types` */
      type: string
      /** @description As set; a secret shows as `{ "set": true }` */
      settings: {
        [key: string]: unknown
      }
      /** Format: date-time */
      createdAt: string
      disabledAt: string | null
      keys: {
        id: string
        /** @enum {string} */
        origin: 'issued' | 'config'
        /** Format: date-time */
        createdAt: string
        /** @description Set where another key replaced it: it lets events in until then */
        expiresAt: string | null
      }[]
    }
    QueryJob: {
      id: string
      /**
       * @description consolidation: its query, as that is now, makes the newest row of each key
       * @enum {string}
       */
      kind: 'query' | 'consolidation'
      /** @description Id of the scheduled query */
      query: string
      /** @description Of the scheduled query */
      label: string
      /** @description The table that it writes */
      target: string
      /** @enum {string} */
      state: 'QUEUED' | 'RUNNING' | 'SUCCESS' | 'FAILURE' | 'CANCELLED'
      /** @description Id of the user who asked for it; null where it was due */
      askedBy: string | null
      /** Format: date-time */
      queuedAt: string
      startedAt: string | null
      endedAt: string | null
      /** @description Rows written, changed or deleted */
      rowCount: number | null
      error: {
        code: string
        message: string
      } | null
    }
    Job: components['schemas']['SourceJob'] | components['schemas']['QueryJob']
    Lookup: {
      name: string
      keys: number
      bytes: number
      /** @description The version that set it */
      since: number
    }
    MetricSeries: {
      /** @enum {string} */
      name:
        | 'EVENT_SIZE_AVG'
        | 'EVENT_SIZE_TOTAL'
        | 'EVENT_PROCESSING_RATE'
        | 'INCOMING_EVENTS'
        | 'RESTREAMED_EVENTS'
        | 'UNMAPPED_EVENTS'
        | 'IGNORED_EVENTS'
        | 'ERROR_EVENTS'
        | 'LOADED_EVENTS_RATE'
        | 'LATENCY_AVG'
        | 'LATENCY_PERCENTILE_50'
        | 'LATENCY_PERCENTILE_95'
        | 'LATENCY_MAX'
        | 'EVENTS_IN_PIPELINE'
        | 'EVENTS_IN_TRANSIT'
      points: {
        /** Format: date-time */
        at: string
        value: number | null
      }[]
    }
    Notification: {
      id: string
      /** @enum {string} */
      severity: 'info' | 'warning' | 'error'
      type: string
      typeDescription: string
      message: string
      eventType: string | null
      /** @description Label of an input */
      input: string | null
      /** @description Where to look further: a cluster of the restream queue by its fingerprint, a transform, an input … */
      cause: {
        kind: string
        id: string
      } | null
      /** @description How often it happened from `firstAt` to `lastAt` */
      count: number
      /** Format: date-time */
      firstAt: string
      /** Format: date-time */
      lastAt: string
    }
    NotificationMute: {
      id: string
      type: string
      until: string | null
      /** Format: date-time */
      createdAt: string
    }
    Output: {
      id: string
      /** @description The loader: `duckdb` */
      type: string
      title: string
      /** @description Of a secret only that it is set */
      settings: {
        [key: string]: unknown
      }
      /**
       * @description held: the restream queue is full; stopped: somebody must act. Nothing is lost, events wait in the log
       * @enum {string}
       */
      state: 'running' | 'held' | 'stopped'
      /** @description Why it is not running */
      reason: string | null
      tableCount: number
      rowCount: number
      /** @description On disk */
      bytes: number
      /** @description Events that wait in the log */
      lagEvents: number
      /** @description Events that became rows in the last whole minute */
      loadedPerMinute: number
    }
    Quota: {
      /** @description Events a second, of all inputs together. Null: no limit */
      eventsPerSecondMax: number | null
      /** @description Bytes a second, of all inputs together. Null: no limit */
      bytesPerSecondMax: number | null
      /** @description Events in a month of UTC; then 402. Null: no limit */
      eventsPerMonthMax: number | null
      /** @description Bytes of their JSON in a month of UTC; then 402. Null: no limit */
      bytesPerMonthMax: number | null
      /** @description Of the running month */
      used: {
        /** @description `YYYY-MM`, UTC */
        month: string
        /** @description Received, those included that could not be read */
        events: number
        /** @description Of their JSON */
        bytes: number
      }
      /**
       * Format: date-time
       * @description When the next month begins
       */
      resetsAt: string
    }
    RestreamEntry: {
      /** @description An offset of the log */
      offset: string
      eventId: string
      eventType: string
      input: {
        id: string
        label: string
        type: string
      }
      /** Format: date-time */
      receivedAt: string
      stage: string
      code: string
      message: string
      /** @description The field, or the place in the users’ code, that the reason is about */
      subject?: string
      /** @description Of its reason: the cluster it belongs to */
      fingerprint: string
      mappingVersion?: number
      transformVersion?: number
      /** @description How often it was sent through again before */
      restreamCount: number
      /** Format: date-time */
      firstFailedAt: string
      /**
       * Format: date-time
       * @description When it failed last
       */
      failedAt: string
      /** @description How often it failed */
      attempts: number
      /** @description Whether it is on its way again */
      isSent: boolean
    }
    RestreamCluster: {
      fingerprint: string
      stage: string
      code: string
      /** @description The field, or the place in the users’ code, that the reason is about */
      subject?: string
      /** @description The message, with `<n>`, `<text>`, `<uuid>` and `<hex>` for what differs */
      pattern: string
      /** @description That of the newest entry */
      message: string
      /** @description Entries in the queue */
      count: number
      bytes: number
      /** @description Those of them that are on their way again */
      sent: number
      /** @description The most frequent ones first, 20 at most */
      eventTypes: {
        name: string
        count: number
      }[]
      /** @description By label, likewise */
      inputs: {
        name: string
        count: number
      }[]
      /**
       * Format: date-time
       * @description When the oldest entry was set aside
       */
      firstFailedAt: string
      /** Format: date-time */
      lastFailedAt: string
      /** @description Entries set aside in each of the last 48 hours; hours without any are left out */
      timeline: {
        /** Format: date-time */
        hour: string
        count: number
      }[]
      /** @description Offsets of the newest entries, 3 at most */
      examples: string[]
    }
    RestreamRun: {
      id: string
      filter: {
        offsets?: string[]
        fingerprint?: string
        code?: string
        eventType?: string
        input?: string
      }
      eventsPerSecondMax?: number
      /** @enum {string} */
      state: 'RUNNING' | 'DONE' | 'STOPPED' | 'FAILED'
      /** @description Entries that waited when it began; what fails again is left to the next run */
      total: number
      /** @description Entries in the log again */
      sent: number
      /** Format: date-time */
      startedAt: string
      endedAt: string | null
      /** @description Events per second: of the last seconds while it runs, else of the whole */
      rate: number | null
      /** @description ms until it is done, at that rate */
      etaMs: number | null
      /** @description Why it ended before it was done, or why it waits */
      error: string | null
    }
    Sample: {
      eventType: string
      /** @description `VALID`, or the code of its failure */
      status: string
      /** @description Why it failed */
      message: string | null
      /** Format: date-time */
      receivedAt: string
      /** @description The event as it arrived */
      raw: {
        /** @enum {string} */
        encoding: 'utf8' | 'base64'
        data: string
      }
      /** @description What Millrace knows of it */
      metadata: {
        '@uuid': string
        '@timestamp': string
        event_type: string
        input_label: string
        input_type: string
        input_id: string
        restream_count: number
        /** @description What was changed in it so that it could be read, such as NaN that was read as null */
        '@note'?: string
      }
    }
    Identity: {
      user: {
        id: string
        email: string
        isInstanceAdmin: boolean
      }
      workspace: string
      /** @description In the workspace; null where the user has none */
      role: ('owner' | 'admin' | 'editor' | 'analyst' | 'viewer') | null
      /** @description Set where a token speaks for the user */
      tokenId: string | null
    }
    Status: {
      partitions: {
        partition: number
        log: {
          /** @description An offset of the log */
          start: string
          /** @description An offset of the log */
          end: string
          /** Format: date-time */
          oldestAt?: string
        }
        /** @description The first offset that is not loaded yet */
        position: string
        /** @description Events that wait in the log */
        lagEvents: number
        books: {
          received: number
          resent: number
          split: number
          dropped: number
          discarded: number
          loaded: number
          restreamed: number
          duplicate: number
          replaced: number
        }
        /** @description Whether received + split = loaded + dropped + discarded + restreamed + duplicate */
        isBalanced: boolean
        /** @description Why nothing goes on, where that is so */
        stopped?: string
      }[]
      restream: {
        /** @description Events in the queue */
        count: number
        bytes: number
        /** @description Those of them that are on their way again */
        sent: number
        purged: number
        /** @description How much may wait */
        limits: {
          eventsMax: number
          bytesMax: number
        }
        /** @description Whether as much waits as may: the pipeline is held */
        isFull: boolean
      }
      /** @description Bytes */
      disk: {
        log: number
        destination: number
        restream: number
      }
      /** @description How well users’ code is kept in; null where none can run */
      isolation: {
        /** @enum {string} */
        level: 'full' | 'partial' | 'none'
        /** @description What code might get at: names of probes that got out */
        notHeld: string[]
        /** @description Null where everything is held */
        warning: string | null
      } | null
    }
    BooksCheck: {
      isBalanced: boolean
      findings: {
        what: string
        expected: string
        found: string
        isRight: boolean
      }[]
    }
    Table: {
      name: string
      columns: {
        name: string
        type: string
      }[]
      rowCount: number
      /** @description Whether a scheduled query makes it, rather than events */
      isDerived: boolean
    }
    Token: {
      id: string
      /** @description Whom it speaks for */
      userId: string
      label: string
      /** @description Null: every workspace of its user */
      workspaceId: string | null
      /** @description The most it may do */
      role: ('owner' | 'admin' | 'editor' | 'analyst' | 'viewer') | null
      /** Format: date-time */
      createdAt: string
      expiresAt: string | null
      /** @description To the hour */
      lastUsedAt: string | null
      /** @description Null: as the config of the process says */
      callsPerMinuteMax: number | null
      callsPerDayMax: number | null
    }
    TestedEvent: {
      event: {
        id: string
        eventType: string
        /** @description The text of a JSON object, with every digit */
        data: string
      }
      /** @description What it became; empty where the code dropped it */
      outputs: {
        eventType: string
        /** Format: date-time */
        time: string
        /** @description The text of a JSON object, with every digit */
        data: string
      }[]
      printed: string
      runtimeMs: number
      fault: {
        code: string
        message: string
        module?: string
        /** @description Of the code as it was written; from 1, as is `column` */
        line?: number
        column?: number
      } | null
      rows?: {
        table: string
        values: {
          [key: string]: unknown
        }
      }[]
      /** @description That the rows would add to tables */
      addedColumns?: {
        table: string
        column: string
        type: string
      }[]
      /** @description What the mapping refuses */
      refusals?: {
        /** @description Which of the outputs, from 0 */
        output: number
        code: string
        message: string
        subject?: string
      }[]
    }
    DryRun: {
      id: string
      /** @enum {string} */
      state: 'RUNNING' | 'DONE' | 'FAILED'
      /** Format: date-time */
      startedAt: string
      endedAt: string | null
      error: string | null
      total: number
      done: number
      /** @description Would become rows, or be discarded by the mapping */
      passed: number
      /** @description The code drops them */
      dropped: number
      failed: number
      /** @description Why they fail, most frequent first */
      reasons: {
        stage: string
        code: string
        message: string
        subject?: string
        count: number
        examples: {
          /** @description An offset of the log */
          offset: string
          eventId: string
          eventType: string
          message: string
        }[]
      }[]
    }
    TransformVersion: {
      version: number
      /** Format: date-time */
      createdAt: string
      /** @description Id of the user */
      author: string
      message: string
      /** @description `module main`, `order`, `lookup cities`, `secret salt`, `limits` */
      changed: string[]
      /** @description The version whose content it took over */
      rolledBackTo: number | null
    }
    TransformState: {
      /**
       * @description none: no module is called, events go on as they come; paused: it was stopped again and again; events wait in the log
       * @enum {string}
       */
      state: 'none' | 'running' | 'paused'
      /** @description That runs, or was paused */
      version: number | null
      /** @description That was deployed last. Where code runs, but of another `version`, this one does not run yet */
      newestVersion: number | null
      /** @description Why it is paused */
      reason: string | null
      /** @description How well code is kept in, measured at the start by probes that try to get out */
      isolation: {
        /** @enum {string} */
        level: 'full' | 'partial' | 'none'
        probes: {
          name: string
          isHeld: boolean
        }[]
      }
      /** @description The end of what the code printed lately; for those who may see events */
      printed?: string
    }
    User: {
      id: string
      email: string
      /** @enum {string} */
      role: 'owner' | 'admin' | 'editor' | 'analyst' | 'viewer'
      /**
       * Format: date-time
       * @description When they joined the workspace
       */
      createdAt: string
    }
    WorkspaceSettings: {
      name: string
      /**
       * @description Of event types that have none of their own
       * @enum {string}
       */
      mappingMode: 'AUTO_MAP' | 'STRICT' | 'FLEXIBLE'
      transforms: components['schemas']['TransformSettings']
      /** @description How much may wait in the restream queue. Set by the config of the server */
      restreamLimits: {
        eventsMax: number
        bytesMax: number
      }
    }
    Workspace: {
      id: string
      name: string
      /**
       * @description Of the caller
       * @enum {string}
       */
      role: 'owner' | 'admin' | 'editor' | 'analyst' | 'viewer'
      /** Format: date-time */
      createdAt: string
      archivedAt: string | null
    }
    ConfigurationPlan: {
      /** @description Of what was compared: an apply that names it is refused where that has changed */
      baseVersion: string
      changes: {
        /** @enum {string} */
        action: 'create' | 'update' | 'delete'
        kind: string
        name: string
        fields: {
          field: string
          before?: unknown
          after?: unknown
          /**
           * @description It changes, or is new or gone; its values are not told
           * @constant
           */
          isSecret?: true
        }[]
      }[]
      /** @description What is there and not in the document */
      kept: {
        kind: string
        name: string
      }[]
      /** @description What will not work yet, and the like */
      notes: string[]
      /** @description Of secrets that are there: another fingerprint, another value. No value can be found out by it */
      secrets: {
        place: string
        fingerprint: string
      }[]
    }
    AppliedConfiguration: {
      /** @description Of what was compared: an apply that names it is refused where that has changed */
      baseVersion: string
      changes: {
        /** @enum {string} */
        action: 'create' | 'update' | 'delete'
        kind: string
        name: string
        fields: {
          field: string
          before?: unknown
          after?: unknown
          /**
           * @description It changes, or is new or gone; its values are not told
           * @constant
           */
          isSecret?: true
        }[]
      }[]
      /** @description What is there and not in the document */
      kept: {
        kind: string
        name: string
      }[]
      /** @description What will not work yet, and the like */
      notes: string[]
      /** @description Of secrets that are there: another fingerprint, another value. No value can be found out by it */
      secrets: {
        place: string
        fingerprint: string
      }[]
      /** @description Of inputs and channels that were made, shown this once */
      keys: {
        object: string
        key: string | null
        credentials: {
          [key: string]: string
        }
      }[]
      /** @description What stands and does not work yet */
      warnings: string[]
    }
  }
  responses: never
  parameters: never
  requestBodies: never
  headers: never
  pathItems: never
}
export type $defs = Record<string, never>
export interface operations {
  getHealth: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            /** @enum {string} */
            status: 'ok'
            /**
             * @description How well users’ code is kept in. measuring: for a moment at the start; unavailable: none can run
             * @enum {string}
             */
            isolation: 'full' | 'partial' | 'none' | 'unavailable' | 'measuring'
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getReadiness: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            isReady: boolean
            dependencies: {
              [key: string]: string
            }
          }
        }
      }
      /** @description Default Response */
      503: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            isReady: boolean
            dependencies: {
              [key: string]: string
            }
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getMetrics: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getSession: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Identity']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  login: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          email: string
          password: string
        }
      }
    }
    responses: {
      /** @description Default Response */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  logout: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  changePassword: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          current: string
          next: string
        }
      }
    }
    responses: {
      /** @description Default Response */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listWorkspaces: {
    parameters: {
      query?: {
        limit?: number
        /** @description `nextCursor` of the page before */
        cursor?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['Workspace'][]
            nextCursor: string | null
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  createWorkspace: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /** @description Lower-case letters, digits and hyphens; cannot be changed */
          id: string
          name: string
        }
      }
    }
    responses: {
      /** @description Default Response */
      201: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Workspace']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getWorkspace: {
    parameters: {
      query?: never
      header?: never
      path: {
        workspace: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Workspace']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  renameWorkspace: {
    parameters: {
      query?: never
      header?: {
        /** @description `ETag` of what one has seen: 412 where it has changed since */
        'if-match'?: string
      }
      path: {
        workspace: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          name: string
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Workspace']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  archiveWorkspace: {
    parameters: {
      query?: never
      header?: never
      path: {
        workspace: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  unarchiveWorkspace: {
    parameters: {
      query?: never
      header?: never
      path: {
        workspace: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Workspace']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  reopenWorkspace: {
    parameters: {
      query?: never
      header?: never
      path: {
        workspace: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Workspace']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getQuota: {
    parameters: {
      query?: never
      header?: never
      path: {
        workspace: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Quota']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  putQuota: {
    parameters: {
      query?: never
      header?: never
      path: {
        workspace: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /** @description Events a second, of all inputs together. Null: no limit */
          eventsPerSecondMax: number | null
          /** @description Bytes a second, of all inputs together. Null: no limit */
          bytesPerSecondMax: number | null
          /** @description Events in a month of UTC; then 402. Null: no limit */
          eventsPerMonthMax: number | null
          /** @description Bytes of their JSON in a month of UTC; then 402. Null: no limit */
          bytesPerMonthMax: number | null
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Quota']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listUsers: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
        limit?: number
        /** @description `nextCursor` of the page before */
        cursor?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['User'][]
            nextCursor: string | null
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  inviteUser: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          email: string
          /** @enum {string} */
          role: 'owner' | 'admin' | 'editor' | 'analyst' | 'viewer'
        }
      }
    }
    responses: {
      /** @description Default Response */
      201: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            user: components['schemas']['User']
            /** @description For whoever is new to this installation. It is shown this once. */
            password?: string
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getUser: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['User']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  removeUser: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  changeRole: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: {
        /** @description `ETag` of what one has seen: 412 where it has changed since */
        'if-match'?: string
      }
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /** @enum {string} */
          role: 'owner' | 'admin' | 'editor' | 'analyst' | 'viewer'
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['User']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listTokens: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
        limit?: number
        /** @description `nextCursor` of the page before */
        cursor?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['Token'][]
            nextCursor: string | null
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  createToken: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          label: string
          /** @enum {string} */
          role: 'owner' | 'admin' | 'editor' | 'analyst' | 'viewer'
          /**
           * @description Null: never
           * @default 90
           */
          expiresInDays?: number | null
          /** @description Null: as the config of the process says */
          callsPerMinuteMax?: number | null
          callsPerDayMax?: number | null
          /**
           * @description Wherever its user has a role, and not in this workspace alone
           * @default false
           */
          inEveryWorkspace?: boolean
        }
      }
    }
    responses: {
      /** @description Default Response */
      201: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            token: components['schemas']['Token']
            /** @description The token itself. It is shown this once. */
            text: string
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  revokeToken: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  limitToken: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          callsPerMinuteMax?: number | null
          callsPerDayMax?: number | null
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Token']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listInputs: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
        limit?: number
        /** @description `nextCursor` of the page before */
        cursor?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['Input'][]
            nextCursor: string | null
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  createInput: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          label: string
          type: string
          settings?: {
            [key: string]: unknown
          }
        }
      }
    }
    responses: {
      /** @description Default Response */
      201: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            input: components['schemas']['Input']
            /** @description The key’s text, shown this once. Null for an input that nobody sends to. */
            key: string | null
            /** @description What its senders are given in place of the key, by name; shown this once */
            credentials: {
              [key: string]: string
            }
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listInputTypes: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: {
              name: string
              title: string
              /** @description A picture, as a data URL */
              icon?: string
              /**
               * @description What lets events in: a key that is named, one to sign with, or none
               * @enum {string}
               */
              keys: 'named' | 'signing' | 'none'
              /** @description JSON Schema of its settings; secrets are `writeOnly` */
              settings: {
                [key: string]: unknown
              }
            }[]
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getInput: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Input']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  replaceInput: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: {
        /** @description `ETag` of what one has seen: 412 where it has changed since */
        'if-match'?: string
      }
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          label: string
          isEnabled: boolean
          /** @description What is missing goes back to its default; a secret `{ "set": true }` stays */
          settings: {
            [key: string]: unknown
          }
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Input']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  deleteInput: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  updateInput: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: {
        /** @description `ETag` of what one has seen: 412 where it has changed since */
        'if-match'?: string
      }
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          label?: string
          isEnabled?: boolean
          /** @description Over those it has; null takes one back to its default */
          settings?: {
            [key: string]: unknown
          }
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Input']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getInputConnection: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            connection: {
              /** @enum {string} */
              state: 'connecting' | 'connected' | 'failed'
              /** @description Why, where it is not connected */
              reason: string | null
              /** Format: date-time */
              since: string
            } | null
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  rotateInputKey: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /**
           * @description How long the keys before it let events in still; 0 for a key that leaked
           * @default 86400
           */
          overlapSeconds?: number
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            input: components['schemas']['Input']
            /** @description The key’s text, shown this once. Null for an input that nobody sends to. */
            key: string | null
            /** @description What its senders are given in place of the key, by name; shown this once */
            credentials: {
              [key: string]: string
            }
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listSources: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
        limit?: number
        /** @description `nextCursor` of the page before */
        cursor?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['Source'][]
            nextCursor: string | null
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getSource: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Source']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  scheduleSource: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /** @description By the clock of a time zone, or every so many minutes from now on; null: only when somebody asks */
          schedule:
            | (
                | {
                    /** @description Days that its jobs have, of a source that fetches by dates; without it they have no ranges */
                    window?: {
                      /** @description So many days */
                      days: number
                      /**
                       * @description The last of them was so many days ago; 1: yesterday
                       * @default 1
                       */
                      lagDays?: number
                    }
                    /** @description Minute, hour, day, month and weekday: 0 3 * * * */
                    cron: string
                    /**
                     * @description Of the IANA database: Europe/Prague
                     * @default UTC
                     */
                    timeZone?: string
                  }
                | {
                    /** @description Days that its jobs have, of a source that fetches by dates; without it they have no ranges */
                    window?: {
                      /** @description So many days */
                      days: number
                      /**
                       * @description The last of them was so many days ago; 1: yesterday
                       * @default 1
                       */
                      lagDays?: number
                    }
                    everyMinutes: number
                  }
              )
            | null
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Source']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  runSource: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /** @description Days, both included; of sources that can fetch by dates, and only of those */
          range?: {
            start: string
            end: string
          }
        }
      }
    }
    responses: {
      /** @description Default Response */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['SourceJob']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  limitSource: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /** @description Days of a range that one job has, at most; null: 10 */
          daysPerJob?: number | null
          /** @description Jobs of different ranges under way at once; null: 4 */
          jobsAtOnce?: number | null
          /** @description Requests that the source may be sent in a day of UTC; null: as many as it takes */
          callsPerDay?: number | null
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Source']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  pauseSource: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Source']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  resumeSource: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Source']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  resetSource: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Source']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  processSource: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          start: string
          end: string
          /** @description Days of a job, at most; else as the source says, else 10 */
          daysPerJob?: number
          /** @description What today’s quota cannot hold waits for the days after; else it is refused */
          spread?: boolean
        }
      }
    }
    responses: {
      /** @description Default Response */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['SourceJob'][]
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  rerunSource: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /**
           * @description Ranges whose newest job failed, or all whose newest has ended
           * @enum {string}
           */
          which: 'failed' | 'ended'
        }
      }
    }
    responses: {
      /** @description Default Response */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['SourceJob'][]
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  planSource: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          start: string
          end: string
          /** @description Days of a job, at most; else as the source says, else 10 */
          daysPerJob?: number
          /** @description What today’s quota cannot hold waits for the days after; else it is refused */
          spread?: boolean
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['SourcePlan']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  planSources: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          start: string
          end: string
          /** @description Days of a job, at most; else as the source says, else 10 */
          daysPerJob?: number
          /** @description What today’s quota cannot hold waits for the days after; else it is refused */
          spread?: boolean
          sources: string[]
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['SourcePlan'][]
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listJobs: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
        limit?: number
        /** @description `nextCursor` of the page before */
        cursor?: string
        kind?: 'source' | 'query' | 'consolidation'
        /** @description Id of a source: its jobs alone */
        source?: string
        /** @description Id of a scheduled query: its runs alone */
        query?: string
        state?: 'QUEUED' | 'RUNNING' | 'SUCCESS' | 'FAILURE' | 'CANCELLED'
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['Job'][]
            nextCursor: string | null
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getJob: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Job']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  cancelJob: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Job']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  rerunJobs: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          ids: string[]
        }
      }
    }
    responses: {
      /** @description Default Response */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['SourceJob'][]
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  cancelJobs: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json':
          | {
              ids: string[]
            }
          | {
              source: string
            }
      }
    }
    responses: {
      /** @description As they are now, in the order given */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['Job'][]
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  pauseJobs: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json':
          | {
              ids: string[]
            }
          | {
              source: string
            }
      }
    }
    responses: {
      /** @description As they are now, in the order given */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['Job'][]
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  resumeJobs: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json':
          | {
              ids: string[]
            }
          | {
              source: string
            }
      }
    }
    responses: {
      /** @description As they are now, in the order given */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['Job'][]
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getJobLog: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
        from?: number
        limit?: number
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['JobLogLine'][]
            /** @description `from` of what follows */
            next: number
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listRawPages: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: {
              name: string
              bytes: number
              /** @description What its connector says of it */
              metadata?: {
                [key: string]: string | number | boolean | null
              }
            }[]
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getRawPage: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
        page: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  downloadJob: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
        format?: 'zip' | 'csv'
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listBulkOperations: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
        limit?: number
        /** @description `nextCursor` of the page before */
        cursor?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['BulkOperation'][]
            nextCursor: string | null
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  startBulkOperation: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /**
           * Format: uuid
           * @description A fresh UUIDv7: who got no answer asks again with the same, and nothing is begun twice
           */
          id?: string
          /** @enum {string} */
          kind: 'process' | 'rerun' | 'rename' | 'patch' | 'enable' | 'disable' | 'delete'
          /**
           * @description Of all items: process `{ start, end, daysPerJob, spread }`, rerun `{ which: failed or ended }` or `{ jobs }`, rename `{ label }` with `{label}`, `{type}` and `{n}` in it, patch `{ settings }`; none of enable, disable and delete
           * @default {}
           */
          parameters?: {
            [key: string]: unknown
          }
          sources:
            | {
                /** @description Ids of sources, with a workspace and parameters of their own where they need any */
                ids: (
                  | string
                  | {
                      id: string
                      workspace?: string
                      parameters?: {
                        [key: string]: unknown
                      }
                    }
                )[]
              }
            | {
                /** @description Sources as they are now that match all that it says; of the workspace asked where it names none */
                filter: {
                  workspaces?: 'all' | string[]
                  types?: string[]
                  /** @description `*` stands for any text, `?` for one character */
                  label?: string
                  isEnabled?: boolean
                  /**
                   * @description State of the newest job; NONE: there never was one
                   * @enum {string}
                   */
                  lastJob?: 'QUEUED' | 'RUNNING' | 'SUCCESS' | 'FAILURE' | 'CANCELLED' | 'NONE'
                }
              }
            | {
                /** @description A header with `source`, perhaps `workspace`, and the parameters; then a line for each source */
                csv: string
              }
          /**
           * @description Says of each item what would be done, and changes nothing
           * @default false
           */
          dryRun?: boolean
        }
      }
    }
    responses: {
      /** @description Default Response */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['BulkOperation']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getBulkOperation: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['BulkOperation']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  cancelBulkOperation: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['BulkOperation']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listBulkResults: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
        limit?: number
        /** @description `nextCursor` of the page before */
        cursor?: string
        state?: 'QUEUED' | 'SUCCESS' | 'FAILURE' | 'CANCELLED'
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['BulkItem'][]
            nextCursor: string | null
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getBulkResultsCsv: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
        state?: 'QUEUED' | 'SUCCESS' | 'FAILURE' | 'CANCELLED'
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listBuckets: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
        limit?: number
        /** @description `nextCursor` of the page before */
        cursor?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['Bucket'][]
            nextCursor: string | null
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getBucket: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Bucket']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  deleteBucket: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  renameBucket: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          name: string
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Bucket']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listEventTypes: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
        limit?: number
        /** @description `nextCursor` of the page before */
        cursor?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['EventType'][]
            nextCursor: string | null
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getEventType: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        /** @description The event type, percent-encoded */
        name: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            name: string
            table: string
            mapping: components['schemas']['Mapping']
            /** @description Newest first */
            versions: {
              version: number
              /** Format: date-time */
              createdAt: string
            }[]
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  deleteEventType: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        /** @description The event type, percent-encoded */
        name: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getMapping: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        /** @description The event type, percent-encoded */
        name: string
        version: number
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            version: number
            /** Format: date-time */
            createdAt: string
            mapping: components['schemas']['Mapping']
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listModules: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['TransformModule'][]
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getModule: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        name: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            name: string
            /** @enum {string} */
            language: 'typescript' | 'javascript' | 'python'
            /** @description The version that made it so */
            since: number
            lines: number
            bytes: number
            /** @description Which one after the other it is called, from 0; null: it is only imported */
            place: number | null
            code: string
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  putModule: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        name: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /** @description Why, for those who read the versions */
          message?: string
          /** @description The version that one has seen as the newest: 412 where there is a newer one */
          baseVersion?: number
          /** @description Mistakes in the types of TypeScript are warnings */
          allowTypeErrors?: boolean
          /** @description Empty: deletes the module */
          code: string
          /**
           * @description As the module has it where missing
           * @enum {string}
           */
          language?: 'typescript' | 'javascript' | 'python'
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Deployed']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  deleteModule: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
        /** @description Why, for those who read the versions */
        message?: string
        baseVersion?: number
      }
      header?: never
      path: {
        name: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Deployed']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  deployTransforms: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /** @description Those that change; the others stay */
          modules?: {
            name: string
            /**
             * @description As the module has it where missing
             * @enum {string}
             */
            language?: 'typescript' | 'javascript' | 'python'
            /** @description Empty: deletes the module */
            code: string
          }[]
          /** @description Modules whose `transform` is called, one after the other; null: `main`, where there is one */
          order?: string[] | null
          /** @description There are to be no modules but these */
          isComplete?: boolean
          /** @description Why, for those who read the versions */
          message?: string
          /** @description The version that one has seen as the newest: 412 where there is a newer one */
          baseVersion?: number
          /** @description Mistakes in the types of TypeScript are warnings */
          allowTypeErrors?: boolean
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Deployed']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listTransformVersions: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
        limit?: number
        /** @description `nextCursor` of the page before */
        cursor?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['TransformVersion'][]
            nextCursor: string | null
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getTransformVersion: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        version: number
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            version: number
            /** Format: date-time */
            createdAt: string
            /** @description Id of the user */
            author: string
            message: string
            /** @description `module main`, `order`, `lookup cities`, `secret salt`, `limits` */
            changed: string[]
            /** @description The version whose content it took over */
            rolledBackTo: number | null
            /** @description As set; null: the module `main`, where there is one */
            order: string[] | null
            /** @description The modules whose `transform` is called, one after the other */
            calledModules: string[]
            limits: {
              eventMs: number
              chunkMs: number
              memoryBytes: number
              outputBytesMax: number
              outputEventsMax: number
              printedBytesMax: number
            }
            modules: {
              name: string
              /** @enum {string} */
              language: 'typescript' | 'javascript' | 'python'
              /** @description The version that made it so */
              since: number
              lines: number
              bytes: number
              /** @description Which one after the other it is called, from 0; null: it is only imported */
              place: number | null
              code: string
            }[]
            /** @description Names */
            lookups: string[]
            /** @description Names */
            secrets: string[]
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  compareTransformVersions: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
        /** @description The other version; the one before it where missing */
        from?: number
      }
      header?: never
      path: {
        version: number
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            from: number
            to: number
            /** @description `module main`, `order`, `lookup cities`, `secret salt`, `limits` */
            changed: string[]
            modules: {
              name: string
              /** @enum {string} */
              change: 'added' | 'removed' | 'changed'
              patch: string
            }[]
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  rollBackTransforms: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        version: number
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /** @description Why, for those who read the versions */
          message?: string
          /** @description The version that one has seen as the newest: 412 where there is a newer one */
          baseVersion?: number
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Deployed']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getTransformSettings: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['TransformSettings']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  updateTransformSettings: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /** @description Why, for those who read the versions */
          message?: string
          /** @description The version that one has seen as the newest: 412 where there is a newer one */
          baseVersion?: number
          /** @description Mistakes in the types of TypeScript are warnings */
          allowTypeErrors?: boolean
          order?: string[] | null
          /** @description Over those that are set; null takes one back to its default */
          limits?: {
            eventMs?: number | null
            chunkMs?: number | null
            memoryBytes?: number | null
            outputBytesMax?: number | null
            outputEventsMax?: number | null
            printedBytesMax?: number | null
          }
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['TransformSettings']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getTransformState: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['TransformState']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  resumeTransforms: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getTransformTypes: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            declarations: string
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  testTransforms: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /** @description Those that change; the others stay */
          modules?: {
            name: string
            /**
             * @description As the module has it where missing
             * @enum {string}
             */
            language?: 'typescript' | 'javascript' | 'python'
            /** @description Empty: deletes the module */
            code: string
          }[]
          /** @description Modules whose `transform` is called, one after the other; null: `main`, where there is one */
          order?: string[] | null
          /** @description There are to be no modules but these */
          isComplete?: boolean
          source: {
            /** @description Events made up for the test */
            events?: {
              eventType: string
              /** @description An object, or the text of one: a text keeps every digit of its numbers */
              data:
                | string
                | {
                    [key: string]: unknown
                  }
              id?: string
              /** Format: date-time */
              time?: string
              /** @description Label of the input */
              input?: string
              restreamCount?: number
            }[]
            /** @description Events that arrived lately */
            samples?: {
              eventType?: string
              /** @description Label of an input */
              input?: string
              /** @default 10 */
              limit?: number
            }
            /** @description Events that failed for the same reason */
            cluster?: {
              fingerprint: string
              /** @default 10 */
              limit?: number
            }
          }
          /**
           * @description Whether the outputs are also mapped to rows
           * @default false
           */
          withMapping?: boolean
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            /** @description Of the first events, in their order */
            results: components['schemas']['TestedEvent'][]
            /** @description How many events behind those were not tested */
            leftOut: number
            /** @description Why: 60 s were up, or the events and what they became were more than 32 MiB; null where none was left out */
            stoppedBy: ('time' | 'bytes') | null
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listDryRuns: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['DryRun'][]
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  startDryRun: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /** @description Those that change; the others stay */
          modules?: {
            name: string
            /**
             * @description As the module has it where missing
             * @enum {string}
             */
            language?: 'typescript' | 'javascript' | 'python'
            /** @description Empty: deletes the module */
            code: string
          }[]
          /** @description Modules whose `transform` is called, one after the other; null: `main`, where there is one */
          order?: string[] | null
          /** @description There are to be no modules but these */
          isComplete?: boolean
          /** @description Instead of the mapping that the event type has */
          mapping?: {
            eventType: string
            mapping: {
              [key: string]: unknown
            }
          }
          /** @description Which entries; all where missing */
          filter?: {
            /** @description Of a cluster of failures */
            fingerprint?: string
            code?: string
            eventType?: string
            /** @description Label of an input */
            input?: string
            offsets?: string[]
          }
        }
      }
    }
    responses: {
      /** @description Default Response */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['DryRun']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getDryRun: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['DryRun']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  deleteDryRun: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listTransformSecrets: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: {
              name: string
              /** @description The version that set it */
              since: number
            }[]
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  putTransformSecret: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        name: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          value: string
          /** @description Why, for those who read the versions */
          message?: string
          /** @description The version that one has seen as the newest: 412 where there is a newer one */
          baseVersion?: number
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Deployed']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  deleteTransformSecret: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
        /** @description Why, for those who read the versions */
        message?: string
        baseVersion?: number
      }
      header?: never
      path: {
        name: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Deployed']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listLookups: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['Lookup'][]
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getLookup: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        name: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            name: string
            keys: number
            bytes: number
            /** @description The version that set it */
            since: number
            /** @description A value for each key; at most 1 MiB as JSON */
            entries: {
              [key: string]: unknown
            }
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  putLookup: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        name: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /** @description A value for each key; at most 1 MiB as JSON */
          entries: {
            [key: string]: unknown
          }
          /** @description Why, for those who read the versions */
          message?: string
          /** @description The version that one has seen as the newest: 412 where there is a newer one */
          baseVersion?: number
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Deployed']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  deleteLookup: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
        /** @description Why, for those who read the versions */
        message?: string
        baseVersion?: number
      }
      header?: never
      path: {
        name: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Deployed']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  setMapping: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        /** @description The event type, percent-encoded */
        name: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['MappingChangeInput']
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            version: number
            mapping: components['schemas']['Mapping']
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getFields: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        /** @description The event type, percent-encoded */
        name: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['SeenFields']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  clearFields: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        /** @description The event type, percent-encoded */
        name: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getMappingMode: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            /**
             * @description What becomes of fields without a column: they get one; their events are set aside; they are dropped
             * @enum {string}
             */
            mode: 'AUTO_MAP' | 'STRICT' | 'FLEXIBLE'
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  setMappingMode: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /**
           * @description What becomes of fields without a column: they get one; their events are set aside; they are dropped
           * @enum {string}
           */
          mode: 'AUTO_MAP' | 'STRICT' | 'FLEXIBLE'
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            /**
             * @description What becomes of fields without a column: they get one; their events are set aside; they are dropped
             * @enum {string}
             */
            mode: 'AUTO_MAP' | 'STRICT' | 'FLEXIBLE'
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listBackfills: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        /** @description The event type, percent-encoded */
        name: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['Backfill'][]
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  startBackfill: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        /** @description The event type, percent-encoded */
        name: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /** @description Columns that the mapping fills; all of them where it is missing */
          columns?: string[]
        }
      }
    }
    responses: {
      /** @description Default Response */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Backfill']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getBackfill: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        /** @description The event type, percent-encoded */
        name: string
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Backfill']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  stopBackfill: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        /** @description The event type, percent-encoded */
        name: string
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Backfill']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listTables: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
        limit?: number
        /** @description `nextCursor` of the page before */
        cursor?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['Table'][]
            nextCursor: string | null
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getTable: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        name: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Table']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  putTable: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
        /** @description 409 where the table exists */
        isNew?: string
      }
      header?: never
      path: {
        name: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          columns: {
            name: string
            type: string
          }[]
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Table']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  dropTable: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
        /** @description The name of the table once more. Where it is missing or wrong, nothing is dropped, and the answer is 409 `unconfirmed` and says how many rows would go */
        confirm?: string
        /** @description Although event types or scheduled queries fill it, which is 409 `conflict` otherwise. They make it anew, empty, when they write again */
        force?: string
      }
      header?: never
      path: {
        name: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  runQuery: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          sql: string
          parameters?: (string | number | boolean | null)[]
          /**
           * @description Rows at most
           * @default 1000
           */
          limit?: number
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            columns: {
              name: string
              type: string
            }[]
            rows: unknown[][]
            /** @description Whether there were more rows than `limit` */
            truncated: boolean
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listScheduledQueries: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
        limit?: number
        /** @description `nextCursor` of the page before */
        cursor?: string
        /** @description error: whose last run failed */
        state?: 'enabled' | 'disabled' | 'running' | 'error'
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['ScheduledQuery'][]
            nextCursor: string | null
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  createScheduledQuery: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          label: string
          statement:
            | {
                /** @enum {string} */
                kind: 'select'
                /** @description One SELECT */
                sql: string
                /**
                 * @description What becomes of the rows that the target has
                 * @enum {string}
                 */
                mode: 'replace' | 'append' | 'upsert'
                /** @description With upsert: columns by which a row replaces another */
                key?: string[]
              }
            | {
                /** @enum {string} */
                kind: 'write'
                /** @description One INSERT, UPDATE, DELETE or CREATE TABLE … AS of the target */
                sql: string
              }
            | {
                /** @enum {string} */
                kind: 'newest'
                /** @description The table whose newest row of each key the target becomes */
                from: string
                key: string[]
                /**
                 * @description The column that tells which is newer; null: what was loaded last
                 * @default null
                 */
                by?: string | null
              }
          /** @description By the clock of a time zone, or every so many hours from when it was made */
          schedule:
            | {
                /** @description Minute, hour, day, month and weekday: 0 3 * * * */
                cron: string
                /**
                 * @description Of the IANA database: Europe/Prague
                 * @default UTC
                 */
                timeZone?: string
              }
            | {
                everyHours: number
              }
          /** @default 600 */
          timeLimitSeconds?: number
          /** @description The table that is written; may be left out where the statement names it */
          target?: string
          /** @default true */
          isEnabled?: boolean
        }
      }
    }
    responses: {
      /** @description Default Response */
      201: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['ScheduledQuery']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getScheduledQuery: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['ScheduledQuery']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  deleteScheduledQuery: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  updateScheduledQuery: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          label?: string
          statement?:
            | {
                /** @enum {string} */
                kind: 'select'
                /** @description One SELECT */
                sql: string
                /**
                 * @description What becomes of the rows that the target has
                 * @enum {string}
                 */
                mode: 'replace' | 'append' | 'upsert'
                /** @description With upsert: columns by which a row replaces another */
                key?: string[]
              }
            | {
                /** @enum {string} */
                kind: 'write'
                /** @description One INSERT, UPDATE, DELETE or CREATE TABLE … AS of the target */
                sql: string
              }
            | {
                /** @enum {string} */
                kind: 'newest'
                /** @description The table whose newest row of each key the target becomes */
                from: string
                key: string[]
                /**
                 * @description The column that tells which is newer; null: what was loaded last
                 * @default null
                 */
                by?: string | null
              }
          /** @description By the clock of a time zone, or every so many hours from when it was made */
          schedule?:
            | {
                /** @description Minute, hour, day, month and weekday: 0 3 * * * */
                cron: string
                /**
                 * @description Of the IANA database: Europe/Prague
                 * @default UTC
                 */
                timeZone?: string
              }
            | {
                everyHours: number
              }
          timeLimitSeconds?: number
          isEnabled?: boolean
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['ScheduledQuery']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  runScheduledQuery: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['ScheduledQueryRun']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listScheduledQueryRuns: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
        limit?: number
        /** @description `nextCursor` of the page before */
        cursor?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['ScheduledQueryRun'][]
            nextCursor: string | null
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getScheduledQueryRun: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
        run: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['ScheduledQueryRun']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  stopScheduledQueryRun: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
        run: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['ScheduledQueryRun']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listDimensions: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
        limit?: number
        /** @description `nextCursor` of the page before */
        cursor?: string
        table?: string
        role?: 'dimension' | 'measurement'
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['Dimension'][]
            nextCursor: string | null
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getDimension: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        table: string
        column: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Dimension']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  resetDimension: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        table: string
        column: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  updateDimension: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        table: string
        column: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /** @description Null: as it is inferred */
          role?: ('dimension' | 'measurement') | null
          displayName?: string | null
          /** @description Null: sum */
          aggregation?: ('sum' | 'avg' | 'min' | 'max' | 'count' | 'none') | null
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Dimension']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listPatterns: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
        limit?: number
        /** @description `nextCursor` of the page before */
        cursor?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['Pattern'][]
            nextCursor: string | null
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  createPattern: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /** @description Of the column that it derives */
          name: string
          /**
           * @description At most one of each table
           * @default []
           */
          sources?: (
            | {
                table: string
                column: string
              }
            | {
                table: string
                pattern: string
              }
          )[]
          /** @description How a text becomes another one; first: the first rule that finds something */
          rule:
            | {
                /** @enum {string} */
                kind: 'split'
                separator: string
                /** @description 1 is the first part from that end */
                position: number
                /**
                 * @default start
                 * @enum {string}
                 */
                from?: 'start' | 'end'
              }
            | {
                /** @enum {string} */
                kind: 'regex'
                /** @description Of RE2: time grows with the length of the text, never beyond */
                expression: string
                /**
                 * @description 0 is the whole match
                 * @default 1
                 */
                group?: number
                /** @default true */
                isCaseSensitive?: boolean
              }
            | {
                /** @enum {string} */
                kind: 'lookup'
                entries: {
                  from: string
                  to: string
                }[]
                /** @default true */
                isCaseSensitive?: boolean
              }
            | {
                /** @enum {string} */
                kind: 'lookup-table'
                table: string
                key: string
                value: string
                /** @default true */
                isCaseSensitive?: boolean
              }
            | {
                /** @enum {string} */
                kind: 'pattern'
                /** @description Id of a pattern */
                pattern: string
              }
            | {
                /** @enum {string} */
                kind: 'first'
                rules: (
                  | {
                      /** @enum {string} */
                      kind: 'split'
                      separator: string
                      /** @description 1 is the first part from that end */
                      position: number
                      /**
                       * @default start
                       * @enum {string}
                       */
                      from?: 'start' | 'end'
                    }
                  | {
                      /** @enum {string} */
                      kind: 'regex'
                      /** @description Of RE2: time grows with the length of the text, never beyond */
                      expression: string
                      /**
                       * @description 0 is the whole match
                       * @default 1
                       */
                      group?: number
                      /** @default true */
                      isCaseSensitive?: boolean
                    }
                  | {
                      /** @enum {string} */
                      kind: 'lookup'
                      entries: {
                        from: string
                        to: string
                      }[]
                      /** @default true */
                      isCaseSensitive?: boolean
                    }
                  | {
                      /** @enum {string} */
                      kind: 'lookup-table'
                      table: string
                      key: string
                      value: string
                      /** @default true */
                      isCaseSensitive?: boolean
                    }
                  | {
                      /** @enum {string} */
                      kind: 'pattern'
                      /** @description Id of a pattern */
                      pattern: string
                    }
                  | {
                      /** @enum {string} */
                      kind: 'first'
                      rules: (
                        | {
                            /** @enum {string} */
                            kind: 'split'
                            separator: string
                            /** @description 1 is the first part from that end */
                            position: number
                            /**
                             * @default start
                             * @enum {string}
                             */
                            from?: 'start' | 'end'
                          }
                        | {
                            /** @enum {string} */
                            kind: 'regex'
                            /** @description Of RE2: time grows with the length of the text, never beyond */
                            expression: string
                            /**
                             * @description 0 is the whole match
                             * @default 1
                             */
                            group?: number
                            /** @default true */
                            isCaseSensitive?: boolean
                          }
                        | {
                            /** @enum {string} */
                            kind: 'lookup'
                            entries: {
                              from: string
                              to: string
                            }[]
                            /** @default true */
                            isCaseSensitive?: boolean
                          }
                        | {
                            /** @enum {string} */
                            kind: 'lookup-table'
                            table: string
                            key: string
                            value: string
                            /** @default true */
                            isCaseSensitive?: boolean
                          }
                        | {
                            /** @enum {string} */
                            kind: 'pattern'
                            /** @description Id of a pattern */
                            pattern: string
                          }
                      )[]
                    }
                )[]
              }
          /**
           * @description What it derives where the rule finds nothing; null: nothing
           * @default null
           */
          default?: string | null
        }
      }
    }
    responses: {
      /** @description Default Response */
      201: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Pattern']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getPattern: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Pattern']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  replacePattern: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: {
        /** @description `ETag` of what one has seen: 412 where it has changed since */
        'if-match'?: string
      }
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /** @description Of the column that it derives */
          name: string
          /**
           * @description At most one of each table
           * @default []
           */
          sources?: (
            | {
                table: string
                column: string
              }
            | {
                table: string
                pattern: string
              }
          )[]
          /** @description How a text becomes another one; first: the first rule that finds something */
          rule:
            | {
                /** @enum {string} */
                kind: 'split'
                separator: string
                /** @description 1 is the first part from that end */
                position: number
                /**
                 * @default start
                 * @enum {string}
                 */
                from?: 'start' | 'end'
              }
            | {
                /** @enum {string} */
                kind: 'regex'
                /** @description Of RE2: time grows with the length of the text, never beyond */
                expression: string
                /**
                 * @description 0 is the whole match
                 * @default 1
                 */
                group?: number
                /** @default true */
                isCaseSensitive?: boolean
              }
            | {
                /** @enum {string} */
                kind: 'lookup'
                entries: {
                  from: string
                  to: string
                }[]
                /** @default true */
                isCaseSensitive?: boolean
              }
            | {
                /** @enum {string} */
                kind: 'lookup-table'
                table: string
                key: string
                value: string
                /** @default true */
                isCaseSensitive?: boolean
              }
            | {
                /** @enum {string} */
                kind: 'pattern'
                /** @description Id of a pattern */
                pattern: string
              }
            | {
                /** @enum {string} */
                kind: 'first'
                rules: (
                  | {
                      /** @enum {string} */
                      kind: 'split'
                      separator: string
                      /** @description 1 is the first part from that end */
                      position: number
                      /**
                       * @default start
                       * @enum {string}
                       */
                      from?: 'start' | 'end'
                    }
                  | {
                      /** @enum {string} */
                      kind: 'regex'
                      /** @description Of RE2: time grows with the length of the text, never beyond */
                      expression: string
                      /**
                       * @description 0 is the whole match
                       * @default 1
                       */
                      group?: number
                      /** @default true */
                      isCaseSensitive?: boolean
                    }
                  | {
                      /** @enum {string} */
                      kind: 'lookup'
                      entries: {
                        from: string
                        to: string
                      }[]
                      /** @default true */
                      isCaseSensitive?: boolean
                    }
                  | {
                      /** @enum {string} */
                      kind: 'lookup-table'
                      table: string
                      key: string
                      value: string
                      /** @default true */
                      isCaseSensitive?: boolean
                    }
                  | {
                      /** @enum {string} */
                      kind: 'pattern'
                      /** @description Id of a pattern */
                      pattern: string
                    }
                  | {
                      /** @enum {string} */
                      kind: 'first'
                      rules: (
                        | {
                            /** @enum {string} */
                            kind: 'split'
                            separator: string
                            /** @description 1 is the first part from that end */
                            position: number
                            /**
                             * @default start
                             * @enum {string}
                             */
                            from?: 'start' | 'end'
                          }
                        | {
                            /** @enum {string} */
                            kind: 'regex'
                            /** @description Of RE2: time grows with the length of the text, never beyond */
                            expression: string
                            /**
                             * @description 0 is the whole match
                             * @default 1
                             */
                            group?: number
                            /** @default true */
                            isCaseSensitive?: boolean
                          }
                        | {
                            /** @enum {string} */
                            kind: 'lookup'
                            entries: {
                              from: string
                              to: string
                            }[]
                            /** @default true */
                            isCaseSensitive?: boolean
                          }
                        | {
                            /** @enum {string} */
                            kind: 'lookup-table'
                            table: string
                            key: string
                            value: string
                            /** @default true */
                            isCaseSensitive?: boolean
                          }
                        | {
                            /** @enum {string} */
                            kind: 'pattern'
                            /** @description Id of a pattern */
                            pattern: string
                          }
                      )[]
                    }
                )[]
              }
          /**
           * @description What it derives where the rule finds nothing; null: nothing
           * @default null
           */
          default?: string | null
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Pattern']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  deletePattern: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  updatePattern: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: {
        /** @description `ETag` of what one has seen: 412 where it has changed since */
        'if-match'?: string
      }
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /** @description Of the column that it derives */
          name?: string
          /** @description At most one of each table */
          sources?: (
            | {
                table: string
                column: string
              }
            | {
                table: string
                pattern: string
              }
          )[]
          /** @description How a text becomes another one; first: the first rule that finds something */
          rule?:
            | {
                /** @enum {string} */
                kind: 'split'
                separator: string
                /** @description 1 is the first part from that end */
                position: number
                /**
                 * @default start
                 * @enum {string}
                 */
                from?: 'start' | 'end'
              }
            | {
                /** @enum {string} */
                kind: 'regex'
                /** @description Of RE2: time grows with the length of the text, never beyond */
                expression: string
                /**
                 * @description 0 is the whole match
                 * @default 1
                 */
                group?: number
                /** @default true */
                isCaseSensitive?: boolean
              }
            | {
                /** @enum {string} */
                kind: 'lookup'
                entries: {
                  from: string
                  to: string
                }[]
                /** @default true */
                isCaseSensitive?: boolean
              }
            | {
                /** @enum {string} */
                kind: 'lookup-table'
                table: string
                key: string
                value: string
                /** @default true */
                isCaseSensitive?: boolean
              }
            | {
                /** @enum {string} */
                kind: 'pattern'
                /** @description Id of a pattern */
                pattern: string
              }
            | {
                /** @enum {string} */
                kind: 'first'
                rules: (
                  | {
                      /** @enum {string} */
                      kind: 'split'
                      separator: string
                      /** @description 1 is the first part from that end */
                      position: number
                      /**
                       * @default start
                       * @enum {string}
                       */
                      from?: 'start' | 'end'
                    }
                  | {
                      /** @enum {string} */
                      kind: 'regex'
                      /** @description Of RE2: time grows with the length of the text, never beyond */
                      expression: string
                      /**
                       * @description 0 is the whole match
                       * @default 1
                       */
                      group?: number
                      /** @default true */
                      isCaseSensitive?: boolean
                    }
                  | {
                      /** @enum {string} */
                      kind: 'lookup'
                      entries: {
                        from: string
                        to: string
                      }[]
                      /** @default true */
                      isCaseSensitive?: boolean
                    }
                  | {
                      /** @enum {string} */
                      kind: 'lookup-table'
                      table: string
                      key: string
                      value: string
                      /** @default true */
                      isCaseSensitive?: boolean
                    }
                  | {
                      /** @enum {string} */
                      kind: 'pattern'
                      /** @description Id of a pattern */
                      pattern: string
                    }
                  | {
                      /** @enum {string} */
                      kind: 'first'
                      rules: (
                        | {
                            /** @enum {string} */
                            kind: 'split'
                            separator: string
                            /** @description 1 is the first part from that end */
                            position: number
                            /**
                             * @default start
                             * @enum {string}
                             */
                            from?: 'start' | 'end'
                          }
                        | {
                            /** @enum {string} */
                            kind: 'regex'
                            /** @description Of RE2: time grows with the length of the text, never beyond */
                            expression: string
                            /**
                             * @description 0 is the whole match
                             * @default 1
                             */
                            group?: number
                            /** @default true */
                            isCaseSensitive?: boolean
                          }
                        | {
                            /** @enum {string} */
                            kind: 'lookup'
                            entries: {
                              from: string
                              to: string
                            }[]
                            /** @default true */
                            isCaseSensitive?: boolean
                          }
                        | {
                            /** @enum {string} */
                            kind: 'lookup-table'
                            table: string
                            key: string
                            value: string
                            /** @default true */
                            isCaseSensitive?: boolean
                          }
                        | {
                            /** @enum {string} */
                            kind: 'pattern'
                            /** @description Id of a pattern */
                            pattern: string
                          }
                      )[]
                    }
                )[]
              }
          /** @description What it derives where the rule finds nothing; null: nothing */
          default?: string | null
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Pattern']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  previewPattern: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /** @description A text column of a table, or what another pattern derives there */
          source:
            | {
                table: string
                column: string
              }
            | {
                table: string
                pattern: string
              }
          /** @description How a text becomes another one; first: the first rule that finds something */
          rule:
            | {
                /** @enum {string} */
                kind: 'split'
                separator: string
                /** @description 1 is the first part from that end */
                position: number
                /**
                 * @default start
                 * @enum {string}
                 */
                from?: 'start' | 'end'
              }
            | {
                /** @enum {string} */
                kind: 'regex'
                /** @description Of RE2: time grows with the length of the text, never beyond */
                expression: string
                /**
                 * @description 0 is the whole match
                 * @default 1
                 */
                group?: number
                /** @default true */
                isCaseSensitive?: boolean
              }
            | {
                /** @enum {string} */
                kind: 'lookup'
                entries: {
                  from: string
                  to: string
                }[]
                /** @default true */
                isCaseSensitive?: boolean
              }
            | {
                /** @enum {string} */
                kind: 'lookup-table'
                table: string
                key: string
                value: string
                /** @default true */
                isCaseSensitive?: boolean
              }
            | {
                /** @enum {string} */
                kind: 'pattern'
                /** @description Id of a pattern */
                pattern: string
              }
            | {
                /** @enum {string} */
                kind: 'first'
                rules: (
                  | {
                      /** @enum {string} */
                      kind: 'split'
                      separator: string
                      /** @description 1 is the first part from that end */
                      position: number
                      /**
                       * @default start
                       * @enum {string}
                       */
                      from?: 'start' | 'end'
                    }
                  | {
                      /** @enum {string} */
                      kind: 'regex'
                      /** @description Of RE2: time grows with the length of the text, never beyond */
                      expression: string
                      /**
                       * @description 0 is the whole match
                       * @default 1
                       */
                      group?: number
                      /** @default true */
                      isCaseSensitive?: boolean
                    }
                  | {
                      /** @enum {string} */
                      kind: 'lookup'
                      entries: {
                        from: string
                        to: string
                      }[]
                      /** @default true */
                      isCaseSensitive?: boolean
                    }
                  | {
                      /** @enum {string} */
                      kind: 'lookup-table'
                      table: string
                      key: string
                      value: string
                      /** @default true */
                      isCaseSensitive?: boolean
                    }
                  | {
                      /** @enum {string} */
                      kind: 'pattern'
                      /** @description Id of a pattern */
                      pattern: string
                    }
                  | {
                      /** @enum {string} */
                      kind: 'first'
                      rules: (
                        | {
                            /** @enum {string} */
                            kind: 'split'
                            separator: string
                            /** @description 1 is the first part from that end */
                            position: number
                            /**
                             * @default start
                             * @enum {string}
                             */
                            from?: 'start' | 'end'
                          }
                        | {
                            /** @enum {string} */
                            kind: 'regex'
                            /** @description Of RE2: time grows with the length of the text, never beyond */
                            expression: string
                            /**
                             * @description 0 is the whole match
                             * @default 1
                             */
                            group?: number
                            /** @default true */
                            isCaseSensitive?: boolean
                          }
                        | {
                            /** @enum {string} */
                            kind: 'lookup'
                            entries: {
                              from: string
                              to: string
                            }[]
                            /** @default true */
                            isCaseSensitive?: boolean
                          }
                        | {
                            /** @enum {string} */
                            kind: 'lookup-table'
                            table: string
                            key: string
                            value: string
                            /** @default true */
                            isCaseSensitive?: boolean
                          }
                        | {
                            /** @enum {string} */
                            kind: 'pattern'
                            /** @description Id of a pattern */
                            pattern: string
                          }
                      )[]
                    }
                )[]
              }
          /**
           * @description What it derives where the rule finds nothing; null: nothing
           * @default null
           */
          default?: string | null
          /**
           * @description Examples and misses told at most
           * @default 100
           */
          limit?: number
          /**
           * @description Rows read at most; the time is limited to 10 seconds
           * @default 1000000
           */
          rowsMax?: number
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['PatternPreview']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listHarmonisedDimensions: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
        limit?: number
        /** @description `nextCursor` of the page before */
        cursor?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['HarmonisedDimension'][]
            nextCursor: string | null
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  createHarmonisedDimension: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          name: string
          /** @description What it is in each table; or all that another one is */
          members: (
            | (
                | {
                    table: string
                    column: string
                  }
                | {
                    table: string
                    pattern: string
                  }
              )
            | {
                harmonisedDimension: string
              }
          )[]
        }
      }
    }
    responses: {
      /** @description Default Response */
      201: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HarmonisedDimension']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getHarmonisedDimension: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HarmonisedDimension']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  replaceHarmonisedDimension: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: {
        /** @description `ETag` of what one has seen: 412 where it has changed since */
        'if-match'?: string
      }
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          name: string
          /** @description What it is in each table; or all that another one is */
          members: (
            | (
                | {
                    table: string
                    column: string
                  }
                | {
                    table: string
                    pattern: string
                  }
              )
            | {
                harmonisedDimension: string
              }
          )[]
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HarmonisedDimension']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  deleteHarmonisedDimension: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  updateHarmonisedDimension: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: {
        /** @description `ETag` of what one has seen: 412 where it has changed since */
        'if-match'?: string
      }
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          name?: string
          /** @description What it is in each table; or all that another one is */
          members?: (
            | (
                | {
                    table: string
                    column: string
                  }
                | {
                    table: string
                    pattern: string
                  }
              )
            | {
                harmonisedDimension: string
              }
          )[]
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['HarmonisedDimension']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listCalculatedMeasurements: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
        limit?: number
        /** @description `nextCursor` of the page before */
        cursor?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['CalculatedMeasurement'][]
            nextCursor: string | null
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  createCalculatedMeasurement: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          name: string
          /** @description spend / clicks * 1000, with sum, avg, min, max, count, coalesce, nullif, if, round, abs and others */
          formula: string
          /**
           * @description Null: all that have what it names
           * @default null
           */
          tables?: string[] | null
        }
      }
    }
    responses: {
      /** @description Default Response */
      201: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['CalculatedMeasurement']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getCalculatedMeasurement: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['CalculatedMeasurement']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  replaceCalculatedMeasurement: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: {
        /** @description `ETag` of what one has seen: 412 where it has changed since */
        'if-match'?: string
      }
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          name: string
          /** @description spend / clicks * 1000, with sum, avg, min, max, count, coalesce, nullif, if, round, abs and others */
          formula: string
          /**
           * @description Null: all that have what it names
           * @default null
           */
          tables?: string[] | null
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['CalculatedMeasurement']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  deleteCalculatedMeasurement: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  updateCalculatedMeasurement: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: {
        /** @description `ETag` of what one has seen: 412 where it has changed since */
        'if-match'?: string
      }
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          name?: string
          /** @description spend / clicks * 1000, with sum, avg, min, max, count, coalesce, nullif, if, round, abs and others */
          formula?: string
          /** @description Null: all that have what it names */
          tables?: string[] | null
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['CalculatedMeasurement']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getCalculatedMeasurementSql: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: {
              table: string
              view: string
              /** @description Null where only many rows have a value of it */
              column: string | null
              /** @description SQL for a SELECT from the view, with or without GROUP BY; null where only a row has a value of it */
              aggregate: string | null
            }[]
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  exportSemanticLayer: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['SemanticLayer']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  applySemanticLayer: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /** @default [] */
          dimensions?: {
            table: string
            column: string
            /** @default null */
            role?: ('dimension' | 'measurement') | null
            /** @default null */
            displayName?: string | null
            /** @default null */
            aggregation?: ('sum' | 'avg' | 'min' | 'max' | 'count' | 'none') | null
          }[]
          /** @default [] */
          patterns?: {
            name: string
            /**
             * @description At most one of each table
             * @default []
             */
            sources?: (
              | {
                  table: string
                  column: string
                }
              | {
                  table: string
                  pattern: string
                }
            )[]
            /** @description How a text becomes another one; first: the first rule that finds something */
            rule:
              | {
                  /** @enum {string} */
                  kind: 'split'
                  separator: string
                  /** @description 1 is the first part from that end */
                  position: number
                  /**
                   * @default start
                   * @enum {string}
                   */
                  from?: 'start' | 'end'
                }
              | {
                  /** @enum {string} */
                  kind: 'regex'
                  /** @description Of RE2: time grows with the length of the text, never beyond */
                  expression: string
                  /**
                   * @description 0 is the whole match
                   * @default 1
                   */
                  group?: number
                  /** @default true */
                  isCaseSensitive?: boolean
                }
              | {
                  /** @enum {string} */
                  kind: 'lookup'
                  entries: {
                    from: string
                    to: string
                  }[]
                  /** @default true */
                  isCaseSensitive?: boolean
                }
              | {
                  /** @enum {string} */
                  kind: 'lookup-table'
                  table: string
                  key: string
                  value: string
                  /** @default true */
                  isCaseSensitive?: boolean
                }
              | {
                  /** @enum {string} */
                  kind: 'pattern'
                  /** @description Id of a pattern */
                  pattern: string
                }
              | {
                  /** @enum {string} */
                  kind: 'first'
                  rules: (
                    | {
                        /** @enum {string} */
                        kind: 'split'
                        separator: string
                        /** @description 1 is the first part from that end */
                        position: number
                        /**
                         * @default start
                         * @enum {string}
                         */
                        from?: 'start' | 'end'
                      }
                    | {
                        /** @enum {string} */
                        kind: 'regex'
                        /** @description Of RE2: time grows with the length of the text, never beyond */
                        expression: string
                        /**
                         * @description 0 is the whole match
                         * @default 1
                         */
                        group?: number
                        /** @default true */
                        isCaseSensitive?: boolean
                      }
                    | {
                        /** @enum {string} */
                        kind: 'lookup'
                        entries: {
                          from: string
                          to: string
                        }[]
                        /** @default true */
                        isCaseSensitive?: boolean
                      }
                    | {
                        /** @enum {string} */
                        kind: 'lookup-table'
                        table: string
                        key: string
                        value: string
                        /** @default true */
                        isCaseSensitive?: boolean
                      }
                    | {
                        /** @enum {string} */
                        kind: 'pattern'
                        /** @description Id of a pattern */
                        pattern: string
                      }
                    | {
                        /** @enum {string} */
                        kind: 'first'
                        rules: (
                          | {
                              /** @enum {string} */
                              kind: 'split'
                              separator: string
                              /** @description 1 is the first part from that end */
                              position: number
                              /**
                               * @default start
                               * @enum {string}
                               */
                              from?: 'start' | 'end'
                            }
                          | {
                              /** @enum {string} */
                              kind: 'regex'
                              /** @description Of RE2: time grows with the length of the text, never beyond */
                              expression: string
                              /**
                               * @description 0 is the whole match
                               * @default 1
                               */
                              group?: number
                              /** @default true */
                              isCaseSensitive?: boolean
                            }
                          | {
                              /** @enum {string} */
                              kind: 'lookup'
                              entries: {
                                from: string
                                to: string
                              }[]
                              /** @default true */
                              isCaseSensitive?: boolean
                            }
                          | {
                              /** @enum {string} */
                              kind: 'lookup-table'
                              table: string
                              key: string
                              value: string
                              /** @default true */
                              isCaseSensitive?: boolean
                            }
                          | {
                              /** @enum {string} */
                              kind: 'pattern'
                              /** @description Id of a pattern */
                              pattern: string
                            }
                        )[]
                      }
                  )[]
                }
            /**
             * @description What it derives where the rule finds nothing; null: nothing
             * @default null
             */
            default?: string | null
          }[]
          /** @default [] */
          harmonisedDimensions?: {
            name: string
            /** @description What it is in each table; or all that another one is */
            members: (
              | (
                  | {
                      table: string
                      column: string
                    }
                  | {
                      table: string
                      pattern: string
                    }
                )
              | {
                  harmonisedDimension: string
                }
            )[]
          }[]
          /** @default [] */
          calculatedMeasurements?: {
            name: string
            /** @description spend / clicks * 1000, with sum, avg, min, max, count, coalesce, nullif, if, round, abs and others */
            formula: string
            /**
             * @description Null: all that have what it names
             * @default null
             */
            tables?: string[] | null
          }[]
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            changes: {
              action: string
              kind: string
              id: string
              name: string
            }[]
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listRestream: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
        /** @description Of a cluster */
        fingerprint?: string
        code?: string
        eventType?: string
        /** @description Label of an input */
        input?: string
        limit?: number
        /** @description `nextCursor` of the page before */
        cursor?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['RestreamEntry'][]
            nextCursor: string | null
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getRestreamEntry: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        offset: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            /** @description An offset of the log */
            offset: string
            eventId: string
            eventType: string
            input: {
              id: string
              label: string
              type: string
            }
            /** Format: date-time */
            receivedAt: string
            stage: string
            code: string
            message: string
            /** @description The field, or the place in the users’ code, that the reason is about */
            subject?: string
            /** @description Of its reason: the cluster it belongs to */
            fingerprint: string
            mappingVersion?: number
            transformVersion?: number
            /** @description How often it was sent through again before */
            restreamCount: number
            /** Format: date-time */
            firstFailedAt: string
            /**
             * Format: date-time
             * @description When it failed last
             */
            failedAt: string
            /** @description How often it failed */
            attempts: number
            /** @description Whether it is on its way again */
            isSent: boolean
            /** @description The event as it arrived */
            raw: {
              /** @enum {string} */
              encoding: 'utf8' | 'base64'
              data: string
            }
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  purgeRestream: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /** @description Of a cluster */
          fingerprint?: string
          code?: string
          eventType?: string
          /** @description Label of an input */
          input?: string
          offsets?: string[]
          /** @description How many events it throws away. Where it is missing or wrong, nothing is thrown away, and the answer is 409 `unconfirmed` with the right number */
          confirm?: number
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            events: number
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listRestreamClusters: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
        limit?: number
        /** @description `nextCursor` of the page before */
        cursor?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['RestreamCluster'][]
            nextCursor: string | null
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getRestreamCluster: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        fingerprint: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['RestreamCluster']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listRestreamRuns: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
        limit?: number
        /** @description `nextCursor` of the page before */
        cursor?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['RestreamRun'][]
            nextCursor: string | null
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  startRestreamRun: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /** @description Of a cluster */
          fingerprint?: string
          code?: string
          eventType?: string
          /** @description Label of an input */
          input?: string
          offsets?: string[]
          /** @description As fast as new events allow where it is missing */
          eventsPerSecondMax?: number
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['RestreamRun']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getRestreamRun: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        run: number
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['RestreamRun']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  stopRestreamRun: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        run: number
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['RestreamRun']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listOutputs: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['Output'][]
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getSettings: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['WorkspaceSettings']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  updateSettings: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          name?: string
          /**
           * @description Of event types that have none of their own
           * @enum {string}
           */
          mappingMode?: 'AUTO_MAP' | 'STRICT' | 'FLEXIBLE'
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['WorkspaceSettings']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getStatus: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Status']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  verifyBooks: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['BooksCheck']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getMetadata: {
    parameters: {
      query?: {
        /** @description Id of the workspace; all that one may see where missing */
        workspace?: string
        /** @description By `Accept` where missing, else NDJSON */
        format?: 'ndjson' | 'csv' | 'parquet'
        /** @description `x-millrace-changed-since` of an answer, or a time: only what changed since, and what is gone */
        changedSince?: string
      }
      header?: never
      path: {
        kind: 'workspaces' | 'sources' | 'jobs'
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  refreshMetadata: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  readMetrics: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
        /** @description Names, separated by commas or repeated; all of them where missing */
        names?: string[] | string | string[]
        /** @description At most 30 days ago; an hour ago where missing */
        from?: string
        /** @description Length of an interval */
        resolutionMinutes?: number
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['MetricSeries'][]
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listSamples: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
        eventType?: string
        /** @description One of these, separated by commas or repeated */
        status?: string[] | string | string[]
        limit?: number
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['Sample'][]
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getSampleStats: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: {
              eventType: string
              status: string
              count: number
            }[]
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listSampleStatuses: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: {
              status: string
              description: string
            }[]
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  watchEvents: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
        /** @description As it arrived, as the users’ code left it, as it became a row, or as it was set aside */
        stage?: 'ingested' | 'transformed' | 'loaded' | 'failed'
        /** @description Label of an input */
        input?: string
        eventType?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listNotifications: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
        limit?: number
        /** @description `nextCursor` of the page before */
        cursor?: string
        since?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['Notification'][]
            nextCursor: string | null
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listNotificationMutes: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
        limit?: number
        /** @description `nextCursor` of the page before */
        cursor?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['NotificationMute'][]
            nextCursor: string | null
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  muteNotifications: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          type: string
          /** @description Null: until it is deleted */
          until: string | null
        }
      }
    }
    responses: {
      /** @description Default Response */
      201: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['NotificationMute']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  unmuteNotifications: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listNotificationChannels: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
        limit?: number
        /** @description `nextCursor` of the page before */
        cursor?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['NotificationChannel'][]
            nextCursor: string | null
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  createNotificationChannel: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          label: string
          /** @description Whom to tell: by e-mail, by a signed webhook (standardwebhooks.com), or by an incoming webhook of Slack */
          target:
            | {
                /** @enum {string} */
                kind: 'email'
                to: string[]
              }
            | {
                /** @enum {string} */
                kind: 'webhook'
                /** Format: uri */
                url: string
              }
            | {
                /** @enum {string} */
                kind: 'slack'
                /** Format: uri */
                url: string
              }
          /**
           * @description The least important notifications that are sent
           * @default warning
           * @enum {string}
           */
          severityMin?: 'info' | 'warning' | 'error'
          /**
           * @description Each as it comes, or all of an hour or a day (UTC) together
           * @default immediately
           * @enum {string}
           */
          digest?: 'immediately' | 'hourly' | 'daily'
        }
      }
    }
    responses: {
      /** @description Default Response */
      201: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            channel: components['schemas']['NotificationChannel']
            /** @description What a webhook’s signatures are made with, shown this once */
            signingSecret: string | null
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getNotificationChannel: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['NotificationChannel']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  deleteNotificationChannel: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  updateNotificationChannel: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          label?: string
          /** @description Of the same kind */
          target?:
            | {
                /** @enum {string} */
                kind: 'email'
                to: string[]
              }
            | {
                /** @enum {string} */
                kind: 'webhook'
                /** Format: uri */
                url: string
              }
            | {
                /** @enum {string} */
                kind: 'slack'
                /** Format: uri */
                url: string
              }
          /**
           * @description The least important notifications that are sent
           * @enum {string}
           */
          severityMin?: 'info' | 'warning' | 'error'
          /**
           * @description Each as it comes, or all of an hour or a day (UTC) together
           * @enum {string}
           */
          digest?: 'immediately' | 'hourly' | 'daily'
          isEnabled?: boolean
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['NotificationChannel']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  testNotificationChannel: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            isDelivered: boolean
            reason: string | null
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  discoverResources: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /** @description Of an input that is none yet */
          type?: string
          /** @description Id of a source, whose settings count where `settings` says nothing else */
          source?: string
          settings?: {
            [key: string]: unknown
          }
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            resources: components['schemas']['Resource'][]
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getArchive: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Archive']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  setArchive: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /** @description Where to: a folder of the server’s machine, or a bucket of S3 or of what speaks like it */
          target:
            | {
                /** @enum {string} */
                kind: 'folder'
                /** @description Below the folder that the operator allows (MILLRACE_ARCHIVE_ROOT); . is that folder itself */
                folder: string
              }
            | {
                /** @enum {string} */
                kind: 's3'
                /** @description Address of the store, without the bucket; Amazon’s of the region where it is missing */
                endpoint?: string
                /**
                 * @description Other stores than Amazon’s mostly take any
                 * @default us-east-1
                 */
                region?: string
                bucket: string
                /**
                 * @description Before the name of every object; end it with a slash
                 * @default
                 */
                prefix?: string
                accessKeyId: string
                /**
                 * @description The store encrypts what it keeps (AES256)
                 * @default false
                 */
                serverSideEncryption?: boolean
                /** @description Never shown. Where it is left out, the one that is known of this access key */
                secretAccessKey?: string
              }
          /**
           * @description Labels of the inputs whose events are archived; null: of all
           * @default null
           */
          inputs?: string[] | null
          /**
           * @description Objects are put as soon as so many bytes wait, before they are compressed …
           * @default 16777216
           */
          rollBytes?: number
          /**
           * @description … or so many seconds after those before
           * @default 60
           */
          rollSeconds?: number
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Archive']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  deleteArchive: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  testArchive: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /** @description Where to: a folder of the server’s machine, or a bucket of S3 or of what speaks like it */
          target?:
            | {
                /** @enum {string} */
                kind: 'folder'
                /** @description Below the folder that the operator allows (MILLRACE_ARCHIVE_ROOT); . is that folder itself */
                folder: string
              }
            | {
                /** @enum {string} */
                kind: 's3'
                /** @description Address of the store, without the bucket; Amazon’s of the region where it is missing */
                endpoint?: string
                /**
                 * @description Other stores than Amazon’s mostly take any
                 * @default us-east-1
                 */
                region?: string
                bucket: string
                /**
                 * @description Before the name of every object; end it with a slash
                 * @default
                 */
                prefix?: string
                accessKeyId: string
                /**
                 * @description The store encrypts what it keeps (AES256)
                 * @default false
                 */
                serverSideEncryption?: boolean
                /** @description Never shown. Where it is left out, the one that is known of this access key */
                secretAccessKey?: string
              }
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            isWritable: boolean
            reason: string | null
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  listAudit: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
        limit?: number
        /** @description `nextCursor` of the page before */
        cursor?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            items: components['schemas']['AuditEntry'][]
            nextCursor: string | null
          }
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  verifyAudit: {
    parameters: {
      query?: {
        /** @description A `head` of an earlier verification: whether its row is there still, and as it was */
        head?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['AuditVerification']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  exportConfiguration: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Configuration']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  planConfiguration: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          document: components['schemas']['ConfigurationDocumentInput']
          /**
           * @description Whether what the document does not name is deleted
           * @default false
           */
          prune?: boolean
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['ConfigurationPlan']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  applyConfiguration: {
    parameters: {
      query?: {
        /** @description Id of the workspace; the token’s, else `default`, where missing */
        workspace?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          document: components['schemas']['ConfigurationDocumentInput']
          /**
           * @description Whether what the document does not name is deleted
           * @default false
           */
          prune?: boolean
          /** @description Of the plan that is meant */
          baseVersion?: string
        }
      }
    }
    responses: {
      /** @description Default Response */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['AppliedConfiguration']
        }
      }
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
  getOpenapi: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description A problem */
      default: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/problem+json': components['schemas']['Problem']
        }
      }
    }
  }
}
