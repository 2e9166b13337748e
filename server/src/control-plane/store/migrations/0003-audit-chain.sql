-- Each row of the audit is bound to the one before it: `audit-chain.ts` says how, and chains the rows that there are already.
alter table audit add column sequence bigint;
alter table audit add column chain_hash text;

create unique index audit_by_sequence on audit (sequence);
