-- Sources, which are inputs that fetch by themselves: when, where the next run goes on, and their jobs.
create table sources (
  workspace_id text not null,
  -- Of the input.
  id text not null,
  -- JSON: where the next run goes on.
  state text not null,
  -- JSON: `sources.ts`; null where it runs only when somebody asks.
  schedule text,
  scheduled_at bigint not null,
  paused_at bigint,
  -- Null while it is paused, and where there is no time any more.
  next_at bigint,
  primary key (workspace_id, id),
  foreign key (workspace_id, id) references inputs (workspace_id, id) on delete cascade
);
create index sources_due on sources (next_at);

create table jobs (
  workspace_id text not null,
  -- Rising with time.
  id text not null,
  source_id text not null,
  state text not null,
  -- Both ends included, YYYY-MM-DD; null where it goes on from the state of its source.
  range_start text,
  range_end text,
  -- JSON, of a job with a range: where it goes on. Others go on from the state of their source.
  read_state text,
  -- The user's id where somebody asked for it, null where it was due.
  asked_by text,
  queued_at bigint not null,
  started_at bigint,
  ended_at bigint,
  attempts bigint not null,
  -- How often a process began it since its last page.
  idle_starts bigint not null,
  pages bigint not null,
  row_count bigint not null,
  loaded bigint,
  total bigint,
  message text,
  eta_at bigint,
  error_code text,
  error_message text,
  primary key (workspace_id, id),
  foreign key (workspace_id, source_id) references inputs (workspace_id, id) on delete cascade
);
create index jobs_by_source on jobs (workspace_id, source_id, id);
create index jobs_by_state on jobs (state, workspace_id, id);
