-- What somebody should know, grouped; kept for 30 days.
create table notifications (
  workspace_id text not null,
  id text not null,
  severity text not null,
  type text not null,
  type_description text not null,
  message text not null,
  event_type text,
  input text,
  cause_kind text,
  cause_id text,
  count bigint not null,
  first_at bigint not null,
  last_at bigint not null,
  primary key (workspace_id, id)
);
create index notifications_by_time on notifications (workspace_id, last_at);

-- Ways to somebody. `target` is JSON without what is secret of it; that is in `secrets`.
create table notification_channels (
  workspace_id text not null,
  id text not null,
  label text not null,
  kind text not null,
  target text not null,
  severity_min text not null,
  digest text not null,
  created_at bigint not null,
  disabled_at bigint,
  -- Up to when notifications were put into digests.
  digested_at bigint not null,
  last_delivered_at bigint,
  last_failed_at bigint,
  last_error text,
  -- Deliveries that were given up.
  given_up bigint not null default 0,
  primary key (workspace_id, id)
);

create table notification_deliveries (
  workspace_id text not null,
  id text not null,
  channel_id text not null,
  notifications text not null,
  attempts bigint not null,
  created_at bigint not null,
  due_at bigint not null,
  primary key (workspace_id, id),
  foreign key (workspace_id, channel_id) references notification_channels (workspace_id, id) on delete cascade
);
create index notification_deliveries_due on notification_deliveries (due_at);

-- Types of which nothing is sent. They are listed all the same.
create table notification_mutes (
  workspace_id text not null,
  id text not null,
  type text not null,
  until bigint,
  created_at bigint not null,
  primary key (workspace_id, id)
);
