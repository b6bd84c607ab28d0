-- The sync: the remote tree, links with their base, intents, questions, runs and the queue. Conventions as in the foundation.

-- Remote tree: one row for each remote record that was ever seen.
CREATE TABLE mirror (
    tenant_id         TEXT   NOT NULL,
    connection_id     TEXT   NOT NULL,
    kind              TEXT   NOT NULL CHECK (kind IN ('contact', 'product', 'sales_document')),
    remote_type       TEXT   NOT NULL,         -- the remote's document type; empty for contacts and products
    external_id       TEXT   NOT NULL,
    number            TEXT   NOT NULL,         -- what people know it by; empty when it could not be read
    name              TEXT   NOT NULL,         -- the partner's name, the product's name, a document's customer
    day               TEXT,                    -- a document's date
    partner_id        TEXT,                    -- external id of a document's customer
    total             TEXT,                    -- a document's gross total
    currency          TEXT,
    detail            TEXT   NOT NULL,         -- JSON of what lists show besides: tax number, e-mail, unit
    match_tax         TEXT,                    -- folded keys that matching looks up, as in the local tree
    match_email       TEXT,
    match_address     TEXT,
    match_code        TEXT,
    match_barcode     TEXT,
    match_name        TEXT,
    match_marker      TEXT,                    -- our sign, when a document carries it
    raw               TEXT   NOT NULL,         -- the whole record as it was received
    content           TEXT,                    -- canonical JSON of the synced fields; null when unreadable
    content_hash      TEXT   NOT NULL,         -- of the canonical form; of the raw text when unreadable
    extras_hash       TEXT   NOT NULL,         -- payments, links, issue: refresh the display, never conflict
    open              BIGINT NOT NULL,         -- 1: an unpaid bill or an open offer, which looks read again
    unreadable        TEXT,                    -- sentence with the field: why it can't be read
    read_at           BIGINT NOT NULL,         -- when the request was sent that brought this content
    first_seen_at     BIGINT NOT NULL,
    changed_at        BIGINT NOT NULL,
    suspected_gone_at BIGINT,                  -- missing from a complete scan
    gone_at           BIGINT,                  -- proven by a read of its id
    erased_at         BIGINT,                  -- its contact was erased here: only the id is kept, and no read writes over it
    list_key          TEXT   NOT NULL,         -- day: the waiting list is ordered by it, then by type and id
    plan_row          BIGINT,                  -- decision while no link exists: row of the policy's table B
    sync_status       TEXT,
    sync_reason       TEXT,
    sync_detail       TEXT,                    -- why, for people
    PRIMARY KEY (tenant_id, connection_id, kind, remote_type, external_id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id)
);
CREATE INDEX mirror_waiting ON mirror (tenant_id, connection_id, kind, plan_row, list_key);
CREATE INDEX mirror_by_tax ON mirror (tenant_id, connection_id, kind, match_tax) WHERE match_tax IS NOT NULL;
CREATE INDEX mirror_by_email ON mirror (tenant_id, connection_id, kind, match_email) WHERE match_email IS NOT NULL;
CREATE INDEX mirror_by_code ON mirror (tenant_id, connection_id, kind, match_code) WHERE match_code IS NOT NULL;
CREATE INDEX mirror_by_address ON mirror (tenant_id, connection_id, kind, match_address) WHERE match_address IS NOT NULL;
CREATE INDEX mirror_by_barcode ON mirror (tenant_id, connection_id, kind, match_barcode) WHERE match_barcode IS NOT NULL;
CREATE INDEX mirror_by_name ON mirror (tenant_id, connection_id, kind, match_name) WHERE match_name IS NOT NULL;
CREATE INDEX mirror_by_marker ON mirror (tenant_id, connection_id, kind, match_marker) WHERE match_marker IS NOT NULL;
CREATE INDEX mirror_by_partner ON mirror (tenant_id, connection_id, kind, partner_id) WHERE partner_id IS NOT NULL;

-- A link binds one remote record to one local record and holds the base: what both sides last agreed on.
CREATE TABLE links (
    tenant_id     TEXT   NOT NULL,
    id            TEXT   NOT NULL,             -- UUIDv7
    connection_id TEXT   NOT NULL,
    kind          TEXT   NOT NULL CHECK (kind IN ('contact', 'product', 'sales_document')),
    remote_type   TEXT   NOT NULL,
    external_id   TEXT   NOT NULL,
    role          TEXT   NOT NULL CHECK (role IN ('primary', 'alias')), -- contacts may have aliases; an alias is read, never written
    contact_id    TEXT,                        -- exactly one of the three is set
    product_id    TEXT,
    document_id   TEXT,
    mode          TEXT   NOT NULL CHECK (mode IN ('normal', 'detached', 'erased')), -- detached: kept only here; erased: only the external id is kept
    base          TEXT,                        -- canonical JSON; null: no base yet
    base_hash     TEXT,
    base_extras   TEXT,                        -- hash of payments, links, issue that the local record shows
    base_revision BIGINT,                      -- local revision that the base covers
    remote_hash   TEXT,                        -- content of the mirror that the base agreed with; null: what was read last is news
    differences   TEXT,                        -- JSON: fields that were sent and read back as something else, until a person decides
    accepted_total TEXT,                       -- content of the mirror whose booked total a person took although the lines come to another one
    write_ended_at BIGINT,                     -- when our last write of the remote record ended: older reads are dropped
    equal_at      BIGINT,                      -- when both sides were last equal
    created_at    BIGINT NOT NULL,
    decided_on    BIGINT,                      -- local revision that the decision saw: one that saw an older one does not replace it
    plan_row      BIGINT,                      -- decision of the pair: row of the policy's table B
    sync_status   TEXT,
    sync_reason   TEXT,
    sync_detail   TEXT,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, connection_id, kind, remote_type, external_id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id),
    FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts (tenant_id, id),
    FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id),
    FOREIGN KEY (tenant_id, document_id) REFERENCES sales_documents (tenant_id, id),
    CHECK ((CASE WHEN contact_id IS NULL THEN 0 ELSE 1 END)
         + (CASE WHEN product_id IS NULL THEN 0 ELSE 1 END)
         + (CASE WHEN document_id IS NULL THEN 0 ELSE 1 END) = 1)
);
CREATE UNIQUE INDEX links_one_primary_contact ON links (tenant_id, contact_id) WHERE role = 'primary' AND contact_id IS NOT NULL;
CREATE UNIQUE INDEX links_one_primary_product ON links (tenant_id, product_id) WHERE role = 'primary' AND product_id IS NOT NULL;
CREATE UNIQUE INDEX links_one_primary_document ON links (tenant_id, document_id) WHERE role = 'primary' AND document_id IS NOT NULL;
-- Whether a record has a link at all, whatever its role.
CREATE INDEX links_by_contact ON links (tenant_id, contact_id) WHERE contact_id IS NOT NULL;
CREATE INDEX links_by_product ON links (tenant_id, product_id) WHERE product_id IS NOT NULL;
CREATE INDEX links_by_document ON links (tenant_id, document_id) WHERE document_id IS NOT NULL;
CREATE INDEX links_waiting ON links (tenant_id, connection_id, kind, plan_row);

-- Pairs of which a person said that they are two: however alike they are, nobody is asked about them again.
CREATE TABLE match_refusals (
    tenant_id     TEXT   NOT NULL,
    connection_id TEXT   NOT NULL,
    kind          TEXT   NOT NULL CHECK (kind IN ('contact', 'product', 'sales_document')),
    record_id     TEXT   NOT NULL,             -- the local record
    remote_type   TEXT   NOT NULL,             -- the remote's document type; empty for contacts and products
    external_id   TEXT   NOT NULL,             -- the remote record that it is not
    refused_at    BIGINT NOT NULL,
    refused_by    TEXT REFERENCES users (id),  -- who said so; null: the operator
    PRIMARY KEY (tenant_id, connection_id, kind, record_id, remote_type, external_id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id)
);
-- What a person is asked: the one list of all questions.
CREATE INDEX links_asked ON links (tenant_id, kind) WHERE sync_status = 'needs_review';
CREATE INDEX mirror_asked ON mirror (tenant_id, kind) WHERE sync_status = 'needs_review';
CREATE INDEX contacts_asked ON contacts (tenant_id) WHERE sync_status = 'needs_review';
CREATE INDEX products_asked ON products (tenant_id) WHERE sync_status = 'needs_review';
CREATE INDEX sales_documents_asked ON sales_documents (tenant_id) WHERE sync_status = 'needs_review';

-- One row for each intended write of a remote record: committed before the request leaves, so that a write without an
-- answer is looked up and never sent again.
CREATE TABLE intents (
    tenant_id     TEXT   NOT NULL,
    id            TEXT   NOT NULL,             -- UUIDv7
    connection_id TEXT   NOT NULL,
    kind          TEXT   NOT NULL CHECK (kind IN ('contact', 'product', 'sales_document')),
    record_id     TEXT   NOT NULL,             -- the local record
    seq           BIGINT NOT NULL,             -- from 1 for each record: the last one counts
    remote_type   TEXT   NOT NULL,             -- of the record that it makes or changes; empty for contacts and products
    creates       BIGINT NOT NULL,             -- 1: it makes a record; 0: it changes one
    marker        TEXT   NOT NULL,             -- our sign on the remote record, where its kind has a place for one
    state         TEXT   NOT NULL CHECK (state IN ('prepared', 'sending', 'stored', 'confirmed', 'refused', 'unknown', 'not_stored', 'needs_person')),
    machine       TEXT   NOT NULL,             -- JSON: the row of the machine that says what may happen next
    request       TEXT   NOT NULL,             -- the exact request, without key
    sent          TEXT   NOT NULL,             -- JSON: what it says in our own fields, and what was there before
    revision      BIGINT NOT NULL,             -- of the local record that it sends
    refused_on    TEXT,                        -- what a refusal stands on: another one clears it
    said          TEXT,                        -- the last answer, for people
    person_said   TEXT,                        -- JSON: what a person said about an unknown outcome, until the executor has heard it
    run_id        TEXT,                        -- the run that began it
    version       BIGINT NOT NULL,             -- raised by every step: who saw an older one writes nothing
    due_at        BIGINT,                      -- when the executor goes on; null: it is over, or a person has to say
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id)
);
CREATE UNIQUE INDEX intents_one_unfinished ON intents (tenant_id, kind, record_id)
    WHERE state NOT IN ('confirmed', 'refused', 'not_stored');
CREATE UNIQUE INDEX intents_in_order ON intents (tenant_id, kind, record_id, seq);
CREATE INDEX intents_due ON intents (tenant_id, connection_id, due_at);
CREATE INDEX intents_by_marker ON intents (tenant_id, connection_id, marker);

-- Every step of an intent: the attempts, and what was answered.
CREATE TABLE intent_steps (
    tenant_id  TEXT   NOT NULL,
    intent_id  TEXT   NOT NULL,
    version    BIGINT NOT NULL,                -- the one that it made
    from_state TEXT,                           -- null: it was prepared
    to_state   TEXT   NOT NULL,
    said       TEXT,                           -- the answer behind it, for people
    run_id     TEXT,
    at         BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, intent_id, version),
    FOREIGN KEY (tenant_id, intent_id) REFERENCES intents (tenant_id, id)
);

CREATE INDEX intent_steps_by_time ON intent_steps (tenant_id, at);

-- What somebody has to see that no state shows: a change that our write covered, a lost field, a duplicate there.
CREATE TABLE alarms (
    tenant_id    TEXT   NOT NULL REFERENCES workspaces (id),
    id           TEXT   NOT NULL,              -- UUIDv7
    kind         TEXT   NOT NULL CHECK (kind IN ('contact', 'product', 'sales_document')),
    record_id    TEXT   NOT NULL,
    intent_id    TEXT   NOT NULL,
    what         TEXT   NOT NULL CHECK (what IN ('foreign_change', 'lost_field', 'late_duplicate')),
    detail       TEXT   NOT NULL,              -- JSON list: sentences of the remote's change log, names of fields, or type and id of the other record
    at           BIGINT NOT NULL,
    dismissed_at BIGINT,
    dismissed_by TEXT REFERENCES users (id),   -- null: the operator, or what it was about has gone
    answer       TEXT CHECK (answer IN ('gone', 'separate')), -- how the question about a duplicate ended: gone there, or a record of its own
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX alarms_by_record ON alarms (tenant_id, kind, record_id);

-- Whether the look-up that settles a create was seen to find what we made: until it was, a negative answer proves nothing.
CREATE TABLE lookup_controls (
    tenant_id     TEXT   NOT NULL,
    connection_id TEXT   NOT NULL,
    subject       TEXT   NOT NULL,             -- a remote document type, contact or product
    state         TEXT   NOT NULL CHECK (state IN ('proven', 'failed')),
    at            BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, connection_id, subject),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id)
);

-- One run: what somebody or the schedule asked for, and how far it is.
CREATE TABLE sync_runs (
    tenant_id     TEXT   NOT NULL,
    id            TEXT   NOT NULL,             -- UUIDv7
    connection_id TEXT   NOT NULL,
    kind          TEXT   NOT NULL CHECK (kind IN ('contact', 'product', 'sales_document')),
    cause         TEXT   NOT NULL CHECK (cause IN ('manual', 'api', 'schedule', 'command')),
    looks         BIGINT NOT NULL,             -- 1: the run looks in the remote
    scans         BIGINT NOT NULL,             -- 1: the look reads everything in scope and finds out what is gone
    pulls         BIGINT NOT NULL,             -- 1: the run takes what can be taken
    pushes        BIGINT NOT NULL,             -- 1: the run sends what can be sent
    selection     TEXT   NOT NULL,             -- all, or a digest of the records asked for: equal requests join one run
    requested_by  TEXT REFERENCES users (id),  -- null: the application itself
    state         TEXT   NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    phase         TEXT   NOT NULL CHECK (phase IN ('look', 'pull', 'push', 'end')),
    total         BIGINT NOT NULL,             -- records that the pull will settle; the counters below sum to it at the end
    created       BIGINT NOT NULL,
    updated       BIGINT NOT NULL,
    unchanged     BIGINT NOT NULL,
    failed        BIGINT NOT NULL,
    unknown       BIGINT NOT NULL,
    review        BIGINT NOT NULL,
    skipped       BIGINT NOT NULL,
    calls         BIGINT NOT NULL,             -- requests sent to the remote
    error_code    TEXT,                        -- of contract §7, when the run failed as a whole
    error         TEXT,                        -- sentence for people
    reference     TEXT,                        -- found exactly once in the log
    created_at    BIGINT NOT NULL,
    started_at    BIGINT,
    finished_at   BIGINT,
    cancel_asked_at BIGINT,                    -- when a person cancelled it: whoever works on it ends it at the next step
    cancelled_by  TEXT REFERENCES users (id),  -- that person
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id)
);
-- At most one unfinished run of a kind: a second request joins it or is told that it is in progress.
CREATE UNIQUE INDEX sync_runs_one_unfinished ON sync_runs (tenant_id, connection_id, kind)
    WHERE state IN ('queued', 'running');
CREATE INDEX sync_runs_by_time ON sync_runs (tenant_id, created_at);

-- How far a run is with each feed: what it has read it does not read again, and what it was reading goes on at its page,
-- whoever goes on with the run and whatever the clock of that instance says. A scan that failed or has made the calls
-- of its night leaves the feed that it was reading to the next one.
CREATE TABLE sync_run_feeds (
    tenant_id TEXT   NOT NULL,
    run_id    TEXT   NOT NULL,
    feed      TEXT   NOT NULL,                 -- as in feeds
    state     TEXT   NOT NULL,                 -- JSON: the walk under way with its next page, and what was asked for by id
    ended     BIGINT NOT NULL,                 -- 1: read to its end
    carried   BIGINT NOT NULL,                 -- 1: an earlier scan began to read it
    PRIMARY KEY (tenant_id, run_id, feed),
    FOREIGN KEY (tenant_id, run_id) REFERENCES sync_runs (tenant_id, id)
);

-- The ids that a run has seen in a feed that it is reading: what is missing among them is asked for at the end.
CREATE TABLE sync_run_pages (
    tenant_id TEXT   NOT NULL,
    run_id    TEXT   NOT NULL,
    feed      TEXT   NOT NULL,
    page      BIGINT NOT NULL,                 -- from 0
    ids       TEXT   NOT NULL,                 -- one a line
    PRIMARY KEY (tenant_id, run_id, feed, page),
    FOREIGN KEY (tenant_id, run_id, feed) REFERENCES sync_run_feeds (tenant_id, run_id, feed)
        ON UPDATE CASCADE ON DELETE CASCADE
);

-- One record of a run: what was planned for it and what came of it.
CREATE TABLE sync_run_items (
    tenant_id   TEXT   NOT NULL,
    run_id      TEXT   NOT NULL,
    position    BIGINT NOT NULL,               -- from 0: the order in which they are settled
    remote_type TEXT   NOT NULL,
    external_id TEXT   NOT NULL,
    label       TEXT   NOT NULL,               -- number or name, so that the row reads without a join
    record_id   TEXT,                          -- the local record, once there is one
    outcome     TEXT CHECK (outcome IN ('created', 'updated', 'unchanged', 'failed', 'unknown', 'review', 'skipped')), -- null: still to do
    code        TEXT,                          -- of contract §7
    sentence    TEXT,                          -- what happened, for people
    advice      TEXT,                          -- what to do
    finished_at BIGINT,
    PRIMARY KEY (tenant_id, run_id, position),
    FOREIGN KEY (tenant_id, run_id) REFERENCES sync_runs (tenant_id, id)
);
CREATE INDEX sync_run_items_troubled ON sync_run_items (tenant_id, finished_at) WHERE outcome IN ('failed', 'unknown', 'review');
CREATE INDEX sync_run_items_by_record ON sync_run_items (tenant_id, record_id, run_id) WHERE record_id IS NOT NULL; -- the last run about a record

-- A plan: what a run would do, record by record, as it was shown to somebody. It never changes but for being applied, and
-- is removed after a week.
CREATE TABLE plans (
    tenant_id     TEXT   NOT NULL,
    id            TEXT   NOT NULL,             -- UUIDv7
    connection_id TEXT   NOT NULL,
    kind          TEXT   NOT NULL CHECK (kind IN ('contact', 'product', 'sales_document')),
    direction     TEXT   NOT NULL CHECK (direction IN ('to_remote', 'from_remote', 'both')),
    whole         BIGINT NOT NULL,             -- 1: of everything that a run would settle; 0: of records that were named
    policy        TEXT   NOT NULL,             -- what the owner had chosen when it was made: a part of the hash
    hash          TEXT,                        -- of all that it was made from; null: it is still being made
    records       BIGINT NOT NULL,             -- its items, without those that are brought first
    active        BIGINT NOT NULL,             -- those of them with which something is done
    calls         BIGINT NOT NULL,             -- requests to the remote, as far as can be told
    made_at       BIGINT NOT NULL,
    made_by       TEXT REFERENCES users (id),  -- null: the operator
    applied_at    BIGINT,
    applied_by    TEXT REFERENCES users (id),
    run_id        TEXT,                        -- the run that carries it out
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id),
    FOREIGN KEY (tenant_id, run_id) REFERENCES sync_runs (tenant_id, id)
);
CREATE INDEX plans_by_run ON plans (tenant_id, run_id) WHERE run_id IS NOT NULL;

-- What a plan says of one record.
CREATE TABLE plan_items (
    tenant_id   TEXT   NOT NULL,
    plan_id     TEXT   NOT NULL,
    position    BIGINT NOT NULL,               -- from 0: what is brought first stands before what names it
    kind        TEXT   NOT NULL CHECK (kind IN ('contact', 'product', 'sales_document')),
    record_id   TEXT,                          -- the local record; null: it is made by the plan
    remote_type TEXT   NOT NULL,               -- of the remote record; empty for contacts, products and what is not there yet
    external_id TEXT   NOT NULL,               -- of the remote record; empty: it is made by the plan
    label       TEXT   NOT NULL,               -- number or name
    action      TEXT   NOT NULL CHECK (action IN ('create_there', 'update_there', 'merge', 'link', 'create_here', 'update_here', 'nothing')),
    side        TEXT   NOT NULL CHECK (side IN ('here', 'there')), -- where it is settled: by taking or by sending
    brought     BIGINT NOT NULL,               -- 1: no record of the plan's own, a document names it
    changes     TEXT   NOT NULL,               -- JSON list of side, place, old and new value
    requests    TEXT   NOT NULL,               -- JSON list of the writes: method, path, body without key
    reasons     TEXT   NOT NULL,               -- JSON list of sentences: why nothing is done
    notes       TEXT   NOT NULL,               -- JSON list of sentences: what else is to be known
    calls       BIGINT NOT NULL,
    built_on    TEXT,                          -- content of the mirror that a change was built on
    stands_on   TEXT   NOT NULL,               -- JSON: everything that it was made from
    PRIMARY KEY (tenant_id, plan_id, position),
    FOREIGN KEY (tenant_id, plan_id) REFERENCES plans (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX plan_items_by_record ON plan_items (tenant_id, plan_id, kind, record_id);

-- The queue. A job is the look, the pull or the push of one run, worked on in slices and unique while unfinished; or it
-- settles the intents of a connection that are due, whichever run began them.
CREATE TABLE jobs (
    tenant_id     TEXT   NOT NULL,
    id            TEXT   NOT NULL,             -- UUIDv7
    connection_id TEXT   NOT NULL,
    run_id        TEXT,                        -- null: it settles
    task          TEXT   NOT NULL CHECK (task IN ('look', 'pull', 'push', 'settle')),
    state         TEXT   NOT NULL CHECK (state IN ('queued', 'leased', 'done', 'dead')),
    due_at        BIGINT NOT NULL,             -- not claimed before
    lease_owner   TEXT,                        -- the worker that holds it
    lease_until   BIGINT,                      -- past: anybody may take it over
    fence         BIGINT NOT NULL,             -- raised by every claim; a write with an older one is refused
    attempts      BIGINT NOT NULL,
    last_error    TEXT,
    created_at    BIGINT NOT NULL,
    finished_at   BIGINT,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, run_id) REFERENCES sync_runs (tenant_id, id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id)
);
CREATE UNIQUE INDEX jobs_unique_unfinished ON jobs (tenant_id, connection_id, run_id, task)
    WHERE state IN ('queued', 'leased');
CREATE UNIQUE INDEX jobs_one_settling ON jobs (tenant_id, connection_id)
    WHERE task = 'settle' AND state IN ('queued', 'leased');
CREATE INDEX jobs_claimable ON jobs (state, due_at);

-- Every try of a job.
CREATE TABLE job_attempts (
    tenant_id   TEXT   NOT NULL,
    job_id      TEXT   NOT NULL,
    attempt     BIGINT NOT NULL,               -- from 1
    worker      TEXT   NOT NULL,
    started_at  BIGINT NOT NULL,
    finished_at BIGINT,                        -- null: the worker died or still works
    outcome     TEXT CHECK (outcome IN ('done', 'retry', 'failed', 'lost')),
    error       TEXT,
    calls       BIGINT NOT NULL,               -- requests sent to the remote: what the hour's budget of the company is counted by
    PRIMARY KEY (tenant_id, job_id, attempt),
    FOREIGN KEY (tenant_id, job_id) REFERENCES jobs (tenant_id, id)
);
CREATE INDEX job_attempts_by_time ON job_attempts (started_at);
CREATE INDEX job_attempts_troubled ON job_attempts (tenant_id, finished_at) WHERE outcome IN ('retry', 'failed', 'lost');

-- Lines of the log that somebody marked as resolved. A line is no row of its own: it is put together from runs, their
-- items, attempts and the steps of writes, and named by where it comes from.
CREATE TABLE log_resolved (
    tenant_id   TEXT   NOT NULL REFERENCES workspaces (id),
    entry       TEXT   NOT NULL,               -- 'run:', 'record:', 'attempt:' or 'write:' and the key there
    resolved_at BIGINT NOT NULL,
    resolved_by TEXT REFERENCES users (id),    -- null: the operator
    PRIMARY KEY (tenant_id, entry)
);

-- The last number given out in each workspace's stream of events.
CREATE TABLE event_sequences (
    tenant_id TEXT   NOT NULL PRIMARY KEY REFERENCES workspaces (id),
    last      BIGINT NOT NULL
);

-- What browsers are told, in order. Old rows are removed; a browser that missed them reloads.
CREATE TABLE events (
    tenant_id  TEXT   NOT NULL REFERENCES workspaces (id),
    seq        BIGINT NOT NULL,                -- without gaps per workspace: taken under the sequence row's lock
    topic      TEXT   NOT NULL,                -- run, button, documents
    payload    TEXT   NOT NULL,                -- JSON
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, seq)
);
