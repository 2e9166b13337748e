-- Jobs that are cut from ranges, run again, held back and shared out among processes; what a source may ask for in a day.

-- Days of a range that one job has.
alter table sources add column days_per_job bigint;
-- Jobs of different ranges that may be under way at once.
alter table sources add column jobs_at_once bigint;
-- Calls that the source may be sent in a day of UTC; null: as many as it takes.
alter table sources add column calls_per_day bigint;

-- Rows that can be queried, and those that they took the place of.
alter table jobs add column rows_loaded bigint not null default 0;
alter table jobs add column rows_replaced bigint not null default 0;
-- The job that this one repeats.
alter table jobs add column rerun_of text;
-- 1: of days that are over, asked for by somebody, and so behind what is due. 0: all others.
alter table jobs add column is_back_fill bigint not null default 0;
alter table jobs add column paused_at bigint;
-- It is not begun before; null: at once.
alter table jobs add column not_before bigint;
-- The process that runs it, and until when it is believed to live.
alter table jobs add column lease_owner text;
alter table jobs add column lease_until bigint;
-- Requests that it sent to the source.
alter table jobs add column calls bigint not null default 0;
-- JSON: how far its rows are on their way to the tables; null while it reads.
alter table jobs add column landing text;

drop index jobs_by_state;
create index jobs_by_state on jobs (workspace_id, state, id);
create index jobs_by_source_and_state on jobs (workspace_id, source_id, state, id);
-- What is compared of every job that waits, so that no row is read for it.
create index jobs_open on jobs (workspace_id, source_id, is_back_fill, id, state, paused_at, not_before)
  where state in ('QUEUED', 'RUNNING');
create index jobs_under_way on jobs (id) where state = 'RUNNING';
create index jobs_ended on jobs (workspace_id, source_id, id) where ended_at is not null;

-- Calls of a source, day by day of UTC, counted before they are made.
create table source_calls (
  workspace_id text not null,
  source_id text not null,
  -- YYYY-MM-DD
  day text not null,
  calls bigint not null,
  primary key (workspace_id, source_id, day),
  foreign key (workspace_id, source_id) references inputs (workspace_id, id) on delete cascade
);
