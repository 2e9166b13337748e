-- How many calls a token may make; null: what the process's config says.
alter table tokens add column calls_per_minute_max bigint;
alter table tokens add column calls_per_day_max bigint;

-- Calls of the newest day on which a token was used, so that a restart does not give the day anew.
create table token_calls (
  token_id text not null primary key references tokens (id) on delete cascade,
  -- Its first ms, UTC.
  day_at bigint not null,
  -- Somewhat more than were made while they go on: written ahead.
  calls bigint not null
);

-- The whole numbers that clients of Datorama know things by. A number stays taken when its thing is gone.
create table datorama_numbers (
  -- workspace, stream, job, user …
  kind text not null,
  number bigint not null,
  -- '' for what belongs to no workspace.
  workspace_id text not null,
  id text not null,
  primary key (kind, number),
  unique (kind, workspace_id, id)
);

-- What those clients keep here that has no place of its own in Millrace: `value` is JSON, without secrets; those are in `secrets`.
create table datorama_state (
  workspace_id text not null references workspaces (id),
  kind text not null,
  -- Of that kind: the id of a source …
  id text not null,
  value text not null,
  updated_at bigint not null,
  primary key (workspace_id, kind, id)
);
