/** The tables as they first were. Moments and times are milliseconds since the epoch, amounts whole credits or milliseconds. */
export const tables = `
CREATE TABLE accounts (
  id bigint PRIMARY KEY,
  name text NOT NULL,
  name_key text,
  email text NOT NULL,
  email_key text CHECK (email_key = lower(email_key)),
  phone text,
  alias text,
  wallet bigint NOT NULL,
  contact_list bigint NOT NULL,
  pass json,
  pass_archive json NOT NULL,
  acl json NOT NULL,
  license text,
  leaves_at bigint,
  deleted_at bigint,
  created_at bigint NOT NULL,
  written_at bigint NOT NULL,
  CHECK (deleted_at IS NULL OR (name_key IS NULL AND email_key IS NULL AND pass IS NULL))
);
CREATE UNIQUE INDEX accounts_name ON accounts (name_key);
CREATE UNIQUE INDEX accounts_email ON accounts (email_key);
CREATE INDEX accounts_leaving ON accounts (leaves_at, id) WHERE leaves_at IS NOT NULL;

CREATE TABLE wallets (
  id bigint PRIMARY KEY,
  account bigint NOT NULL REFERENCES accounts,
  reference text NOT NULL,
  clock bigint NOT NULL,
  transfer_sheet bigint NOT NULL,
  invoice_sheet bigint NOT NULL,
  removed_clocks json NOT NULL,
  created_at bigint NOT NULL,
  written_at bigint NOT NULL
);
CREATE INDEX wallets_account ON wallets (account, id);

CREATE TABLE clocks (
  id bigint PRIMARY KEY,
  account bigint NOT NULL REFERENCES accounts,
  wallet bigint NOT NULL REFERENCES wallets,
  reference text NOT NULL,
  time_sheet bigint NOT NULL,
  conversion_sheet bigint NOT NULL,
  timer json,
  wakes_at bigint,
  created_at bigint NOT NULL,
  written_at bigint NOT NULL,
  CHECK (wakes_at IS NULL OR timer IS NOT NULL)
);
CREATE INDEX clocks_wallet ON clocks (wallet, id);
CREATE INDEX clocks_account ON clocks (account, id);
CREATE INDEX clocks_waking ON clocks (wakes_at, id) WHERE wakes_at IS NOT NULL;

CREATE TABLE transfer_sheets (
  id bigint PRIMARY KEY,
  account bigint NOT NULL REFERENCES accounts,
  owner bigint NOT NULL REFERENCES wallets,
  reference text NOT NULL,
  created_at bigint NOT NULL,
  written_at bigint NOT NULL
);
CREATE INDEX transfer_sheets_owner ON transfer_sheets (owner, id);

CREATE TABLE invoice_sheets (
  id bigint PRIMARY KEY,
  account bigint NOT NULL REFERENCES accounts,
  owner bigint NOT NULL REFERENCES wallets,
  reference text NOT NULL,
  created_at bigint NOT NULL,
  written_at bigint NOT NULL
);
CREATE INDEX invoice_sheets_owner ON invoice_sheets (owner, id);

CREATE TABLE conversion_sheets (
  id bigint PRIMARY KEY,
  account bigint NOT NULL REFERENCES accounts,
  owner bigint NOT NULL REFERENCES clocks,
  reference text NOT NULL,
  created_at bigint NOT NULL,
  written_at bigint NOT NULL
);
CREATE INDEX conversion_sheets_owner ON conversion_sheets (owner, id);

CREATE TABLE time_sheets (
  id bigint PRIMARY KEY,
  account bigint NOT NULL REFERENCES accounts,
  owner bigint NOT NULL REFERENCES clocks,
  reference text NOT NULL,
  created_at bigint NOT NULL,
  written_at bigint NOT NULL
);
CREATE INDEX time_sheets_owner ON time_sheets (owner, id);

CREATE TABLE movements (
  id bigint PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('supply', 'transfer', 'payment', 'refund')),
  "from" bigint NOT NULL REFERENCES accounts,
  "to" bigint NOT NULL REFERENCES accounts,
  from_wallet bigint NOT NULL,
  to_wallet bigint NOT NULL,
  credits bigint NOT NULL CHECK (credits > 0),
  refunded bigint NOT NULL CHECK (refunded BETWEEN 0 AND credits),
  at bigint NOT NULL
) WITH (fillfactor = 90);

CREATE TABLE transfer_records (
  id bigint PRIMARY KEY,
  account bigint NOT NULL,
  sheet bigint NOT NULL REFERENCES transfer_sheets,
  reference text NOT NULL,
  type text NOT NULL CHECK (type IN ('supply', 'transfer', 'payment', 'incoming', 'refund')),
  "from" bigint NOT NULL,
  "to" bigint NOT NULL,
  credits bigint NOT NULL CHECK (credits > 0),
  movement bigint NOT NULL REFERENCES movements,
  created_at bigint NOT NULL,
  written_at bigint NOT NULL
);
CREATE INDEX transfer_records_sheet ON transfer_records (sheet, created_at, id);

CREATE TABLE invoice_records (
  id bigint PRIMARY KEY,
  account bigint NOT NULL,
  sheet bigint NOT NULL REFERENCES invoice_sheets,
  reference text NOT NULL,
  credits bigint NOT NULL CHECK (credits > 0),
  currency text NOT NULL,
  cost_e4 bigint NOT NULL CHECK (cost_e4 >= 0),
  seller bigint NOT NULL REFERENCES accounts,
  notes text,
  created_at bigint NOT NULL,
  written_at bigint NOT NULL
);
CREATE INDEX invoice_records_sheet ON invoice_records (sheet, created_at, id);

CREATE TABLE conversion_records (
  id bigint PRIMARY KEY,
  account bigint NOT NULL,
  sheet bigint NOT NULL REFERENCES conversion_sheets,
  reference text NOT NULL,
  type text NOT NULL CHECK (type IN ('credits2clock', 'clock2credits')),
  minutes bigint NOT NULL CHECK (minutes > 0),
  credits bigint NOT NULL CHECK (credits > 0),
  notes text,
  created_at bigint NOT NULL,
  written_at bigint NOT NULL
);
CREATE INDEX conversion_records_sheet ON conversion_records (sheet, created_at, id);

CREATE TABLE time_records (
  id bigint PRIMARY KEY,
  account bigint NOT NULL,
  sheet bigint NOT NULL REFERENCES time_sheets,
  reference text NOT NULL,
  clock bigint NOT NULL,
  started_at bigint NOT NULL,
  stopped_at bigint NOT NULL,
  spent_ms bigint NOT NULL CHECK (spent_ms >= 0),
  pending_ms bigint NOT NULL CHECK (pending_ms >= 0),
  pending_count bigint NOT NULL CHECK (pending_count >= 0),
  notes text,
  created_at bigint NOT NULL,
  written_at bigint NOT NULL,
  CHECK (stopped_at >= started_at)
);
CREATE INDEX time_records_sheet ON time_records (sheet, started_at, id);

CREATE TABLE time_intervals (
  id bigint PRIMARY KEY,
  account bigint NOT NULL REFERENCES accounts,
  clock bigint NOT NULL,
  time_record bigint,
  listed_for bigint,
  started_at bigint NOT NULL,
  stopped_at bigint NOT NULL,
  CHECK (stopped_at >= started_at)
);
CREATE INDEX time_intervals_clock ON time_intervals (clock, started_at, id);
CREATE INDEX time_intervals_listed ON time_intervals (listed_for, started_at, id);

CREATE TABLE contact_lists (
  id bigint PRIMARY KEY,
  account bigint NOT NULL REFERENCES accounts,
  reference text NOT NULL,
  created_at bigint NOT NULL,
  written_at bigint NOT NULL
);
CREATE INDEX contact_lists_account ON contact_lists (account, id);

CREATE TABLE contact_records (
  id bigint PRIMARY KEY,
  account bigint NOT NULL REFERENCES accounts,
  list bigint NOT NULL REFERENCES contact_lists,
  reference text NOT NULL,
  reference_key text NOT NULL,
  name text NOT NULL,
  name_key text NOT NULL,
  email text,
  phone text,
  notes text,
  created_at bigint NOT NULL,
  written_at bigint NOT NULL
);
CREATE INDEX contact_records_list ON contact_records (list, id);
CREATE INDEX contact_records_name ON contact_records (list, name_key, id);
CREATE INDEX contact_records_reference ON contact_records (list, reference_key, id);

CREATE TABLE login_records (
  id bigint PRIMARY KEY,
  account bigint NOT NULL REFERENCES accounts,
  at bigint NOT NULL,
  address text
);
CREATE INDEX login_records_account ON login_records (account, at, id);

CREATE TABLE logout_records (
  id bigint PRIMARY KEY,
  account bigint NOT NULL REFERENCES accounts,
  at bigint NOT NULL,
  address text
);
CREATE INDEX logout_records_account ON logout_records (account, at, id);

CREATE TABLE workers (
  id bigint PRIMARY KEY,
  created_at bigint NOT NULL,
  state bigint NOT NULL CHECK (state IN (0, 1, 2)),
  state_at bigint NOT NULL
);

CREATE TABLE sessions (
  id bigint PRIMARY KEY,
  reference text NOT NULL,
  account bigint REFERENCES accounts,
  unused_since bigint,
  worker bigint REFERENCES workers,
  address text,
  used_at bigint NOT NULL,
  valid_to bigint NOT NULL,
  created_at bigint NOT NULL,
  written_at bigint NOT NULL
);
CREATE INDEX sessions_worker ON sessions (worker, id);
CREATE INDEX sessions_expiry ON sessions (valid_to, id);
CREATE INDEX sessions_unused ON sessions (unused_since, id) WHERE unused_since IS NOT NULL;

CREATE TABLE clients (
  id bigint PRIMARY KEY,
  client_id text NOT NULL,
  token bigint,
  session bigint,
  valid_to bigint NOT NULL,
  created_at bigint NOT NULL,
  written_at bigint NOT NULL
);
CREATE UNIQUE INDEX clients_client_id ON clients (client_id);
CREATE INDEX clients_expiry ON clients (valid_to, id);

CREATE TABLE tokens (
  id bigint PRIMARY KEY,
  hash text NOT NULL,
  label text NOT NULL,
  client bigint NOT NULL REFERENCES clients,
  session bigint NOT NULL REFERENCES sessions,
  valid_to bigint NOT NULL,
  created_at bigint NOT NULL,
  written_at bigint NOT NULL
);
CREATE UNIQUE INDEX tokens_hash ON tokens (hash);
CREATE UNIQUE INDEX tokens_session ON tokens (session);
CREATE INDEX tokens_expiry ON tokens (valid_to, id);

CREATE TABLE logins (
  id bigint PRIMARY KEY,
  account bigint NOT NULL REFERENCES accounts,
  session bigint NOT NULL REFERENCES sessions,
  active_at bigint NOT NULL
);
CREATE UNIQUE INDEX logins_both ON logins (session, account);
CREATE INDEX logins_session ON logins (session, active_at, id);
CREATE INDEX logins_account ON logins (account, active_at, id);

CREATE TABLE answers (
  id bigint PRIMARY KEY,
  account bigint NOT NULL REFERENCES accounts,
  key text NOT NULL,
  digest text NOT NULL,
  answer json NOT NULL
);
CREATE UNIQUE INDEX answers_key ON answers (account, key);
CREATE INDEX answers_account ON answers (account, id);

CREATE TABLE events (
  id bigint PRIMARY KEY,
  account bigint NOT NULL REFERENCES accounts,
  cursor bigint NOT NULL CHECK (cursor > 0),
  event text NOT NULL,
  at bigint NOT NULL,
  data json NOT NULL
);
CREATE UNIQUE INDEX events_cursor ON events (account, cursor);
CREATE INDEX events_account ON events (account, cursor, id);
CREATE INDEX events_age ON events (at, id);

CREATE TABLE event_cursors (
  id bigint PRIMARY KEY,
  account bigint NOT NULL REFERENCES accounts,
  cursor bigint NOT NULL CHECK (cursor > 0)
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX event_cursors_account ON event_cursors (account);

CREATE TABLE issue_reports (
  id bigint PRIMARY KEY,
  at bigint NOT NULL,
  source text,
  contact text,
  name text NOT NULL,
  details text NOT NULL,
  log text
);
`

/** The ledger: postings, their two entries each (a posting has the id of the debited one, which the credited one follows), and what is held. */
export const ledger = `
CREATE TABLE postings (
  id bigint PRIMARY KEY,
  at bigint NOT NULL,
  said_by bigint,
  path text NOT NULL,
  debit text NOT NULL,
  credit text NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  unit text NOT NULL CHECK (unit IN ('credits', 'milliseconds')),
  CHECK (debit <> credit)
);

CREATE TABLE entries (
  id bigint PRIMARY KEY,
  ledger text NOT NULL CHECK (ledger ~ '^(core|exchange|consumed|(wallet|clock):[1-9][0-9]*)$'),
  wallet bigint,
  clock bigint,
  at bigint NOT NULL,
  kind text NOT NULL,
  record bigint,
  partner bigint,
  unit text NOT NULL CHECK (unit IN ('credits', 'milliseconds')),
  amount bigint NOT NULL CHECK (amount <> 0),
  balance bigint NOT NULL CHECK (balance >= 0 OR ledger IN ('core', 'exchange', 'consumed')),
  notes text
);
CREATE INDEX entries_ledger ON entries (ledger, at, id);
CREATE INDEX entries_wallet ON entries (wallet, at, id);

CREATE TABLE balances (
  ledger text NOT NULL,
  unit text NOT NULL CHECK (unit IN ('credits', 'milliseconds')),
  amount bigint NOT NULL CHECK (amount >= 0 OR ledger IN ('core', 'exchange', 'consumed')),
  PRIMARY KEY (ledger, unit)
) WITH (fillfactor = 50);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'The ledger is only added to.' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER postings_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON postings FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entries_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
`

/** What several daemons share besides rows: the last moment, and what was counted against limits. */
export const shared = `
CREATE SEQUENCE moments MINVALUE 0;

CREATE FUNCTION begin_moment(mine bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  place bigint := hashtext(current_schema() || ' moments');
  latest bigint;
BEGIN
  PERFORM pg_advisory_lock(place);
  latest := coalesce(pg_sequence_last_value('moments'), 0);
  IF mine > latest THEN
    PERFORM setval('moments', mine);
    latest := mine;
  END IF;
  PERFORM pg_advisory_unlock(place);
  RETURN latest;
END $$;

CREATE UNLOGGED TABLE counts (
  what text PRIMARY KEY,
  times bigint[] NOT NULL
) WITH (fillfactor = 50);
`
