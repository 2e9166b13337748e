-- What a workspace may take in; null: as much as comes. A workspace without a row has no limits.
create table quotas (
  workspace_id text not null primary key references workspaces (id),
  events_per_second_max bigint,
  bytes_per_second_max bigint,
  -- In a month of UTC.
  events_per_month_max bigint,
  bytes_per_month_max bigint,
  updated_at bigint not null
);
