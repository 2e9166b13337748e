-- Changes are noted whatever statement makes them. `insert or replace` in a trigger gives way to what the statement outside says of
-- conflicts: within an upsert it failed, within `or ignore` the change was lost. `on conflict (…) do update` does not give way.
drop trigger workspace_inserted;
drop trigger workspace_updated;
drop trigger input_inserted;
drop trigger input_updated;
drop trigger input_deleted;
drop trigger source_inserted;
drop trigger source_updated;
drop trigger job_inserted;
drop trigger job_updated;
drop trigger job_deleted;

create trigger workspace_inserted after insert on workspaces begin
  insert into changes select 'workspace', new.id, new.id, sequence, 0 from next_change where true
    on conflict (kind, workspace_id, id) do update set sequence = excluded.sequence, is_gone = excluded.is_gone;
end;
create trigger workspace_updated after update on workspaces begin
  insert into changes select 'workspace', new.id, new.id, sequence, 0 from next_change where true
    on conflict (kind, workspace_id, id) do update set sequence = excluded.sequence, is_gone = excluded.is_gone;
end;
create trigger input_inserted after insert on inputs begin
  insert into changes select 'source', new.workspace_id, new.id, sequence, 0 from next_change where true
    on conflict (kind, workspace_id, id) do update set sequence = excluded.sequence, is_gone = excluded.is_gone;
end;
create trigger input_updated after update on inputs begin
  insert into changes select 'source', new.workspace_id, new.id, sequence, 0 from next_change where true
    on conflict (kind, workspace_id, id) do update set sequence = excluded.sequence, is_gone = excluded.is_gone;
end;
create trigger input_deleted after delete on inputs begin
  insert into changes select 'source', old.workspace_id, old.id, sequence, 1 from next_change where true
    on conflict (kind, workspace_id, id) do update set sequence = excluded.sequence, is_gone = excluded.is_gone;
end;
create trigger source_inserted after insert on sources begin
  insert into changes select 'source', new.workspace_id, new.id, sequence, 0 from next_change where true
    on conflict (kind, workspace_id, id) do update set sequence = excluded.sequence, is_gone = excluded.is_gone;
end;
create trigger source_updated after update on sources begin
  insert into changes select 'source', new.workspace_id, new.id, sequence, 0 from next_change where true
    on conflict (kind, workspace_id, id) do update set sequence = excluded.sequence, is_gone = excluded.is_gone;
end;
-- A source is shown with its last job.
create trigger job_inserted after insert on jobs begin
  insert into changes select 'job', new.workspace_id, new.id, sequence, 0 from next_change where true
    on conflict (kind, workspace_id, id) do update set sequence = excluded.sequence, is_gone = excluded.is_gone;
  insert into changes select 'source', new.workspace_id, new.source_id, sequence, 0 from next_change where true
    on conflict (kind, workspace_id, id) do update set sequence = excluded.sequence, is_gone = excluded.is_gone;
end;
-- Not for how far a job is within a page, nor for who runs it.
create trigger job_updated after update of
  state, started_at, ended_at, paused_at, attempts, pages, row_count, rows_loaded, rows_replaced, error_code, error_message
on jobs begin
  insert into changes select 'job', new.workspace_id, new.id, sequence, 0 from next_change where true
    on conflict (kind, workspace_id, id) do update set sequence = excluded.sequence, is_gone = excluded.is_gone;
  insert into changes select 'source', new.workspace_id, new.source_id, sequence, 0 from next_change where true
    on conflict (kind, workspace_id, id) do update set sequence = excluded.sequence, is_gone = excluded.is_gone;
end;
create trigger job_deleted after delete on jobs begin
  insert into changes select 'job', old.workspace_id, old.id, sequence, 1 from next_change where true
    on conflict (kind, workspace_id, id) do update set sequence = excluded.sequence, is_gone = excluded.is_gone;
end;
