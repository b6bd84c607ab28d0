-- The foundation: people, workspaces, the CRM's own records, the three trees of the sync, runs and the queue.
-- One text for SQLite and PostgreSQL. Conventions:
--   ids are UUIDv7 text; instants are UTC microseconds in BIGINT; calendar days are ISO text (2026-11-24);
--   money and quantities are exact decimals as TEXT (dot, no exponent), plus *_minor in minor units where SQL sums or sorts;
--   truth values are BIGINT 0 or 1; *_key columns hold folded ASCII text that sorts the same under every collation;
--   tenant_id leads every key of tenant data, so that the database itself refuses a row that points into another workspace.

-- A person who can sign in. Not tenant data: one person may belong to several workspaces.
CREATE TABLE users (
    id            TEXT   NOT NULL PRIMARY KEY, -- UUIDv7
    email         TEXT   NOT NULL,             -- as typed when the account was made
    email_key     TEXT   NOT NULL UNIQUE,      -- lower case and trimmed: what sign-in compares
    name          TEXT   NOT NULL,             -- shown beside what the person does
    password_hash TEXT   NOT NULL,             -- argon2id in PHC form
    language      TEXT   NOT NULL,             -- en or sl
    created_at    BIGINT NOT NULL,
    disabled_at   BIGINT                       -- set: can no longer sign in; sessions and tokens stop working
);

-- A workspace is the tenant: one company's records and its one Metakocka connection.
CREATE TABLE workspaces (
    id         TEXT   NOT NULL PRIMARY KEY,    -- UUIDv7; every tenant_id points here
    name       TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);

-- Who belongs to which workspace, in which role.
CREATE TABLE members (
    tenant_id  TEXT   NOT NULL REFERENCES workspaces (id),
    user_id    TEXT   NOT NULL REFERENCES users (id),
    role       TEXT   NOT NULL CHECK (role IN ('read_only', 'staff', 'owner')),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX members_by_user ON members (user_id);

-- A browser's session, kept on the server. The cookie holds only a random id, of which the hash is stored.
CREATE TABLE sessions (
    id           TEXT   NOT NULL PRIMARY KEY,  -- hash of the cookie's value
    user_id      TEXT REFERENCES users (id),   -- null before sign-in
    data         TEXT   NOT NULL,              -- JSON map: workspace in use, one-time form flash
    created_at   BIGINT NOT NULL,              -- absolute life counts from here
    last_seen_at BIGINT NOT NULL,              -- idle life counts from here; moved at most every 5 minutes
    expires_at   BIGINT NOT NULL
);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
CREATE INDEX sessions_by_user ON sessions (user_id);

-- A bearer token of one person in one workspace. Shown once; only its hash is stored.
CREATE TABLE api_tokens (
    tenant_id    TEXT   NOT NULL,
    id           TEXT   NOT NULL,              -- UUIDv7
    user_id      TEXT   NOT NULL,
    name         TEXT   NOT NULL,              -- what it is for, in the person's words
    token_hash   TEXT   NOT NULL UNIQUE,       -- blake2b-256 of the whole token, hex
    last4        TEXT   NOT NULL,              -- to recognise it in a list
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT,
    revoked_at   BIGINT,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES members (tenant_id, user_id)
);

-- The workspace's one connection to a Metakocka company.
CREATE TABLE connections (
    tenant_id     TEXT   NOT NULL UNIQUE REFERENCES workspaces (id),
    id            TEXT   NOT NULL,             -- UUIDv7
    company_id    TEXT   NOT NULL,             -- Metakocka's company_id
    base_url      TEXT   NOT NULL,             -- on the operator's list of allowed addresses
    secret_sealed TEXT   NOT NULL,             -- the secret key, sealed with the installation's key; never readable again through API or UI
    secret_last4  TEXT   NOT NULL,             -- to recognise the key
    state         TEXT   NOT NULL CHECK (state IN ('active', 'paused', 'key_refused')),
    state_reason  TEXT,                        -- sentence: why it is paused or what Metakocka said to the key
    state_since   BIGINT NOT NULL,
    state_by      TEXT REFERENCES users (id),  -- who paused it; null: the application itself
    scope_from    TEXT   NOT NULL,             -- day: documents dated earlier are out of scope
    scope_types   TEXT   NOT NULL,             -- comma list of remote document types in scope
    filters       TEXT,                        -- comma list of the document types whose search offers the unpaid filter; null: not asked yet
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

-- What the owner decided, and how the last check went, for each kind of record on a connection.
CREATE TABLE connection_kinds (
    tenant_id       TEXT   NOT NULL,
    connection_id   TEXT   NOT NULL,
    kind            TEXT   NOT NULL CHECK (kind IN ('contact', 'product', 'sales_document')),
    direction       TEXT   NOT NULL CHECK (direction IN ('both', 'from_remote', 'to_remote', 'off')),
    create_here     BIGINT NOT NULL,           -- 1: a record found only in Metakocka may be created here
    create_there    BIGINT NOT NULL,           -- 1: a record found only here may be created in Metakocka
    matching_confirmed_at BIGINT,              -- null: nothing is created on either side yet
    looked_at       BIGINT,                    -- when the last complete look ended; null: never
    check_outcome   TEXT CHECK (check_outcome IN ('ok', 'no_answer', 'bad_answer', 'quota')), -- of the last look that ended
    check_sentence  TEXT,                      -- for people, when it did not end well
    check_reference TEXT,                      -- found exactly once in the log
    check_at        BIGINT,                    -- when that look ended
    check_failures  BIGINT NOT NULL,           -- looks that ended badly since one ended well: how long the next try waits
    next_try_at     BIGINT,                    -- next automatic try after a failed look
    next_scan_at    BIGINT,                    -- the schedule begins no scan before: this night's failed or has made its calls
    PRIMARY KEY (tenant_id, connection_id, kind),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id)
);

-- One stream of remote records that is read on its own: a document type, the partners, the products.
CREATE TABLE feeds (
    tenant_id     TEXT   NOT NULL,
    connection_id TEXT   NOT NULL,
    feed          TEXT   NOT NULL,             -- remote document type, or contact, or product
    watermark     BIGINT,                      -- start of the first request of the last complete pass; null: never complete
    ended_at      BIGINT,                      -- when the last complete pass ended: what was seen by then is known
    scanned_at    BIGINT,                      -- when the run began that completed the last scan
    PRIMARY KEY (tenant_id, connection_id, feed),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id)
);

-- Local tree: customers and suppliers as the CRM keeps them.
CREATE TABLE contacts (
    tenant_id      TEXT   NOT NULL REFERENCES workspaces (id),
    id             TEXT   NOT NULL,            -- UUIDv7
    revision       BIGINT NOT NULL,            -- raised by every edit
    name           TEXT   NOT NULL,
    is_company     BIGINT NOT NULL,
    taxpayer       BIGINT NOT NULL,
    tax_number     TEXT,                       -- digits; with country prefix when not Slovenian
    record         TEXT   NOT NULL,            -- JSON: the whole contact as it is compared, with person, addresses and ids of rows
    country        TEXT,                       -- ISO 3166 two letters, of the main address
    city           TEXT,                       -- of the main address, for lists
    email          TEXT,                       -- of the contact person, for lists and matching
    remote_code    TEXT,                       -- code shown by the remote; read only here
    payment_days   BIGINT,
    match_tax      TEXT,                       -- folded keys that matching looks up; null when the record has none
    match_email    TEXT,
    match_address  TEXT,
    search_text    TEXT   NOT NULL,            -- folded: what the search box compares
    sort_key       TEXT   NOT NULL,
    plan_row       BIGINT,                     -- decision while no link exists: row of the policy's table B
    sync_status    TEXT,
    sync_reason    TEXT,
    sync_detail    TEXT,                       -- why, for people
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL,
    deleted_at     BIGINT,                     -- tombstone
    merged_into    TEXT,                       -- the contact that took this one's place, when that is why it was deleted
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, merged_into) REFERENCES contacts (tenant_id, id)
);
CREATE INDEX contacts_by_sort ON contacts (tenant_id, sort_key, id);
CREATE INDEX contacts_by_tax ON contacts (tenant_id, match_tax);
CREATE INDEX contacts_by_email ON contacts (tenant_id, match_email);
CREATE INDEX contacts_by_address ON contacts (tenant_id, match_address);

-- Local tree: what is sold.
CREATE TABLE products (
    tenant_id   TEXT   NOT NULL REFERENCES workspaces (id),
    id          TEXT   NOT NULL,               -- UUIDv7
    revision    BIGINT NOT NULL,
    code        TEXT   NOT NULL,               -- SKU
    name        TEXT   NOT NULL,
    description TEXT   NOT NULL,
    unit        TEXT   NOT NULL,
    barcode     TEXT   NOT NULL,
    service     BIGINT NOT NULL,
    sold        BIGINT NOT NULL,
    active      BIGINT NOT NULL,
    remote_code TEXT,                          -- number shown by the remote; read only here
    match_code  TEXT   NOT NULL,               -- folded code that matching looks up
    match_barcode TEXT,                        -- barcode and folded name: hints that matching looks up
    match_name  TEXT,
    search_text TEXT   NOT NULL,
    sort_key    TEXT   NOT NULL,
    plan_row       BIGINT,                     -- decision while no link exists: row of the policy's table B
    sync_status    TEXT,
    sync_reason    TEXT,
    sync_detail    TEXT,                       -- why, for people
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    deleted_at  BIGINT,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX products_by_sort ON products (tenant_id, sort_key, id);
CREATE INDEX products_by_code ON products (tenant_id, match_code);
CREATE INDEX products_by_barcode ON products (tenant_id, match_barcode);
CREATE INDEX products_by_name ON products (tenant_id, match_name);

-- Local tree: offers, orders, invoices, credit notes.
CREATE TABLE sales_documents (
    tenant_id         TEXT   NOT NULL REFERENCES workspaces (id),
    id                TEXT   NOT NULL,         -- UUIDv7
    revision          BIGINT NOT NULL,
    doc_type          TEXT   NOT NULL,         -- the CRM's word: offer, proforma, order, invoice_domestic, …
    number            TEXT   NOT NULL,         -- the remote's number; empty until it has one
    doc_date          TEXT   NOT NULL,
    contact_id        TEXT,                    -- null: the customer waits for a decision about duplicates
    customer_name     TEXT   NOT NULL,         -- as the document shows it
    customer_city     TEXT,
    currency          TEXT   NOT NULL,
    status_label      TEXT,                    -- as people read it
    title             TEXT   NOT NULL,
    head              TEXT   NOT NULL,         -- JSON: the other synced head fields (dates, receiver, notes, customer's order number, status code, customer ids)
    net               TEXT   NOT NULL,         -- totals as the remote books them
    discount          TEXT   NOT NULL,
    gross             TEXT   NOT NULL,
    gross_minor       BIGINT NOT NULL,         -- for sorting and sums
    total_check       TEXT   NOT NULL CHECK (total_check IN ('exact', 'rounding', 'different')), -- our sum of the lines against the booked total
    total_difference  TEXT   NOT NULL,         -- computed minus booked gross; 0 when exact
    paid              TEXT,                    -- sum paid, when the remote says so
    issued_at         TEXT,                    -- wall time of issue in the remote; null: draft or not an invoice
    match_key         TEXT,                    -- type, number, date, total folded together: what matching looks up
    search_text       TEXT   NOT NULL,
    number_key        TEXT   NOT NULL,         -- sort keys
    customer_key      TEXT   NOT NULL,
    plan_row       BIGINT,                     -- decision while no link exists: row of the policy's table B
    sync_status    TEXT,
    sync_reason    TEXT,
    sync_detail    TEXT,                       -- why, for people
    created_at        BIGINT NOT NULL,
    updated_at        BIGINT NOT NULL,
    deleted_at        BIGINT,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts (tenant_id, id)
);
CREATE INDEX sales_documents_by_date ON sales_documents (tenant_id, doc_date, id);
CREATE INDEX sales_documents_by_number ON sales_documents (tenant_id, number_key, id);
CREATE INDEX sales_documents_by_customer ON sales_documents (tenant_id, customer_key, id);
CREATE INDEX sales_documents_by_total ON sales_documents (tenant_id, gross_minor, id);
CREATE INDEX sales_documents_by_match ON sales_documents (tenant_id, match_key);
CREATE INDEX sales_documents_by_contact ON sales_documents (tenant_id, contact_id);

-- The lines of a document, in the remote's order.
CREATE TABLE sales_document_lines (
    tenant_id       TEXT   NOT NULL,
    document_id     TEXT   NOT NULL,
    position        BIGINT NOT NULL,           -- from 0
    external_row_id TEXT,                      -- the remote's id of the row, when it tells
    product_id      TEXT,                      -- null: a text line, or a product that the remote no longer lists
    product_external_id TEXT,
    code            TEXT   NOT NULL,           -- empty in a text line
    remote_code     TEXT   NOT NULL,
    name            TEXT   NOT NULL,
    unit            TEXT   NOT NULL,
    text            TEXT   NOT NULL,           -- the line's own text
    amount          TEXT,                      -- null in a text line, like the price columns
    price           TEXT,
    price_basis     TEXT CHECK (price_basis IN ('net', 'gross')),
    discount        TEXT   NOT NULL,           -- chain of percentages: 10;20
    tax_code        TEXT,
    tax_rate        TEXT,                      -- percent
    net             TEXT,                      -- rounded net of the line
    PRIMARY KEY (tenant_id, document_id, position),
    FOREIGN KEY (tenant_id, document_id) REFERENCES sales_documents (tenant_id, id),
    FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id)
);
CREATE INDEX sales_document_lines_by_external ON sales_document_lines (tenant_id, product_external_id);
CREATE INDEX sales_document_lines_by_product ON sales_document_lines (tenant_id, product_id);

-- Tax per code as the remote books it.
CREATE TABLE sales_document_taxes (
    tenant_id   TEXT NOT NULL,
    document_id TEXT NOT NULL,
    tax_code    TEXT NOT NULL,
    rate        TEXT,                          -- percent; null: not told
    tax         TEXT NOT NULL,
    PRIMARY KEY (tenant_id, document_id, tax_code),
    FOREIGN KEY (tenant_id, document_id) REFERENCES sales_documents (tenant_id, id)
);

-- Who or what changed which field, on either side. The present state is in the records and the mirror; a past one is the
-- present one without what came later, so that a new record costs one short row.
CREATE TABLE history (
    tenant_id     TEXT   NOT NULL REFERENCES workspaces (id),
    id            TEXT   NOT NULL,             -- UUIDv7
    kind          TEXT   NOT NULL CHECK (kind IN ('contact', 'product', 'sales_document')),
    side          TEXT   NOT NULL CHECK (side IN ('here', 'there')),
    record_id     TEXT,                        -- here: the record
    connection_id TEXT,                        -- there: the key of the mirror row
    remote_type   TEXT,
    external_id   TEXT,
    seq           BIGINT NOT NULL,             -- here: the revision that it made; there: from 1
    deed          TEXT   NOT NULL CHECK (deed IN ('created', 'changed', 'deleted', 'restored', 'merged', 'absorbed')),
    changes       TEXT   NOT NULL,             -- JSON list of path, from, to; empty: no field
    other_id      TEXT,                        -- of a merge: the other contact
    user_id       TEXT REFERENCES users (id),  -- who did it; null: the application itself
    run_id        TEXT,                        -- the run in which it happened
    at            BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CHECK (CASE WHEN side = 'here' THEN record_id IS NOT NULL ELSE external_id IS NOT NULL END)
);
CREATE UNIQUE INDEX history_here ON history (tenant_id, kind, record_id, seq) WHERE side = 'here';
CREATE UNIQUE INDEX history_there ON history (tenant_id, connection_id, kind, remote_type, external_id, seq)
    WHERE side = 'there';

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
    list_key          TEXT   NOT NULL,         -- day: the waiting list is ordered by it, then by type and id
    plan_row          BIGINT,                  -- decision while no link exists: row of the policy's table B
    sync_status       TEXT,
    sync_reason       TEXT,
    sync_detail       TEXT,                    -- why, for people
    PRIMARY KEY (tenant_id, connection_id, kind, remote_type, external_id),
    FOREIGN KEY (tenant_id, connection_id) REFERENCES connections (tenant_id, id)
);
CREATE INDEX mirror_waiting ON mirror (tenant_id, connection_id, kind, plan_row, list_key);
CREATE INDEX mirror_by_tax ON mirror (tenant_id, connection_id, kind, match_tax);
CREATE INDEX mirror_by_email ON mirror (tenant_id, connection_id, kind, match_email);
CREATE INDEX mirror_by_code ON mirror (tenant_id, connection_id, kind, match_code);
CREATE INDEX mirror_by_address ON mirror (tenant_id, connection_id, kind, match_address);
CREATE INDEX mirror_by_barcode ON mirror (tenant_id, connection_id, kind, match_barcode);
CREATE INDEX mirror_by_name ON mirror (tenant_id, connection_id, kind, match_name);
CREATE INDEX mirror_by_marker ON mirror (tenant_id, connection_id, kind, match_marker);
CREATE INDEX mirror_by_partner ON mirror (tenant_id, connection_id, kind, partner_id);

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
    mode          TEXT   NOT NULL CHECK (mode IN ('normal', 'detached', 'erased')),
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
CREATE INDEX links_by_contact ON links (tenant_id, contact_id);
CREATE INDEX links_by_product ON links (tenant_id, product_id);
CREATE INDEX links_by_document ON links (tenant_id, document_id);
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

-- What somebody has to see about a record that no state shows: a change of somebody else's that our write covered, a
-- field that a replacement lost.
CREATE TABLE alarms (
    tenant_id    TEXT   NOT NULL REFERENCES workspaces (id),
    id           TEXT   NOT NULL,              -- UUIDv7
    kind         TEXT   NOT NULL CHECK (kind IN ('contact', 'product', 'sales_document')),
    record_id    TEXT   NOT NULL,
    intent_id    TEXT   NOT NULL,
    what         TEXT   NOT NULL CHECK (what IN ('foreign_change', 'lost_field')),
    detail       TEXT   NOT NULL,              -- JSON list: sentences of the remote's change log, or names of fields
    at           BIGINT NOT NULL,
    dismissed_at BIGINT,
    dismissed_by TEXT REFERENCES users (id),
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
    PRIMARY KEY (tenant_id, job_id, attempt),
    FOREIGN KEY (tenant_id, job_id) REFERENCES jobs (tenant_id, id)
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
