-- Statements that run by themselves into tables of their own.
create table scheduled_queries (
  workspace_id text not null references workspaces (id),
  -- A whole number, rising: some clients take nothing else.
  id text not null,
  label text not null,
  target text not null,
  -- What runs, and when, as JSON: `scheduled-queries.ts`.
  work text not null,
  schedule text not null,
  time_limit_ms bigint not null,
  created_at bigint not null,
  disabled_at bigint,
  -- Null while it is switched off, and where there is no time any more.
  next_at bigint,
  -- The event type that it is about, where a client says so, and what else the client keeps with it, as JSON.
  event_type text,
  details text not null,
  primary key (workspace_id, id)
);
create index scheduled_queries_due on scheduled_queries (next_at);

create table scheduled_query_runs (
  workspace_id text not null,
  id text not null,
  query_id text not null,
  state text not null,
  -- The user's id where somebody asked for it, null where it was due.
  asked_by text,
  queued_at bigint not null,
  started_at bigint,
  ended_at bigint,
  row_count bigint,
  error_code text,
  error_message text,
  primary key (workspace_id, id),
  foreign key (workspace_id, query_id) references scheduled_queries (workspace_id, id) on delete cascade
);
create index scheduled_query_runs_by_query on scheduled_query_runs (workspace_id, query_id, id);
create index scheduled_query_runs_by_state on scheduled_query_runs (state, queued_at);
