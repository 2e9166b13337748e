-- Bulk operations: one change of many sources, an item for each.
create table bulk_operations (
  -- Rising with time.
  id text not null primary key,
  -- Where it was asked for; its items may lie elsewhere.
  workspace_id text not null references workspaces (id),
  kind text not null,
  -- JSON, of all items; an item's own go before.
  parameters text not null,
  -- 1: it says what it would do, and changes nothing.
  is_dry_run bigint not null,
  state text not null,
  -- For whom it is done: what they may do is looked up again for each item.
  user_id text not null,
  token_id text,
  ip text,
  request_id text,
  created_at bigint not null,
  started_at bigint,
  ended_at bigint
);
create index bulk_operations_by_user on bulk_operations (user_id, id);
create index bulk_operations_by_state on bulk_operations (state, id);

create table bulk_items (
  bulk_id text not null references bulk_operations (id) on delete cascade,
  -- From 1, as they were given.
  position bigint not null,
  workspace_id text not null,
  source_id text not null,
  -- As it was when the operation was asked for; null where there is no such source.
  label text,
  -- Of the CSV.
  line bigint,
  -- JSON.
  parameters text not null,
  state text not null,
  error_code text,
  error_message text,
  -- JSON: what was done, as the audit has it.
  detail text,
  primary key (bulk_id, position)
);
create index bulk_items_by_state on bulk_items (bulk_id, state, position);

-- When each workspace, source and job last changed, so that who holds a copy of them asks for the rest alone. `sequence` rises with each
-- change: µs since 1970 UTC, or one more than the last where the clock is behind that. What is gone stays here with `is_gone` 1.
create table changes (
  kind text not null,
  workspace_id text not null,
  id text not null,
  sequence bigint not null,
  is_gone bigint not null,
  primary key (kind, workspace_id, id)
);
create unique index changes_by_sequence on changes (sequence);
create index changes_by_kind on changes (kind, workspace_id, sequence);
create index changes_gone on changes (sequence) where is_gone = 1;

insert into changes (kind, workspace_id, id, sequence, is_gone)
select kind, workspace_id, id, row_number() over (order by kind desc, workspace_id, id), 0
from (
  select 'workspace' as kind, id as workspace_id, id from workspaces
  union all
  select 'source', workspace_id, id from inputs
  union all
  select 'job', workspace_id, id from jobs
);

-- Triggers, because rows also go by cascade. Those of a table are gone where a later migration makes that table anew.
create view next_change as
select max(
  coalesce((select max(sequence) from changes), 0) + 1,
  cast(unixepoch('subsec') * 1000000 as integer)
) as sequence;

create trigger workspace_inserted after insert on workspaces begin
  insert or replace into changes select 'workspace', new.id, new.id, sequence, 0 from next_change;
end;
create trigger workspace_updated after update on workspaces begin
  insert or replace into changes select 'workspace', new.id, new.id, sequence, 0 from next_change;
end;
create trigger input_inserted after insert on inputs begin
  insert or replace into changes select 'source', new.workspace_id, new.id, sequence, 0 from next_change;
end;
create trigger input_updated after update on inputs begin
  insert or replace into changes select 'source', new.workspace_id, new.id, sequence, 0 from next_change;
end;
create trigger input_deleted after delete on inputs begin
  insert or replace into changes select 'source', old.workspace_id, old.id, sequence, 1 from next_change;
end;
create trigger source_inserted after insert on sources begin
  insert or replace into changes select 'source', new.workspace_id, new.id, sequence, 0 from next_change;
end;
create trigger source_updated after update on sources begin
  insert or replace into changes select 'source', new.workspace_id, new.id, sequence, 0 from next_change;
end;
-- A source is shown with its last job.
create trigger job_inserted after insert on jobs begin
  insert or replace into changes select 'job', new.workspace_id, new.id, sequence, 0 from next_change;
  insert or replace into changes select 'source', new.workspace_id, new.source_id, sequence, 0 from next_change;
end;
-- Not for how far a job is within a page, nor for who runs it.
create trigger job_updated after update of
  state, started_at, ended_at, paused_at, attempts, pages, row_count, rows_loaded, rows_replaced, error_code, error_message
on jobs begin
  insert or replace into changes select 'job', new.workspace_id, new.id, sequence, 0 from next_change;
  insert or replace into changes select 'source', new.workspace_id, new.source_id, sequence, 0 from next_change;
end;
create trigger job_deleted after delete on jobs begin
  insert or replace into changes select 'job', old.workspace_id, old.id, sequence, 1 from next_change;
end;

-- Up to which change the tables of metadata in the destination of a workspace are filled.
create table metadata_tables (
  workspace_id text not null references workspaces (id),
  kind text not null,
  sequence bigint not null,
  primary key (workspace_id, kind)
);
