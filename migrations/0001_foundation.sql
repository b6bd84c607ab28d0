-- The foundation: people, workspaces, the connection, the CRM's own records with their history.
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

-- The start counter of each data folder (place), with the time when it was raised; a file there has the same count, else the database is a copy (adr/0007).
CREATE TABLE starts (place TEXT NOT NULL PRIMARY KEY, count BIGINT NOT NULL, seen_at BIGINT NOT NULL);
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
    restored_at   BIGINT,                      -- when the database was last found to be restored: what is older may be in Metakocka already
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
    internal_notes TEXT,                       -- for people here: never sent, never compared
    merged_into    TEXT,                       -- the contact that took this one's place, when that is why it was deleted
    erase_asked_at BIGINT,                     -- the owner asked to erase it while a write was under way: done in the step that ends it
    erase_asked_by TEXT REFERENCES users (id), -- who asked; null: the operator
    erased_at      BIGINT,                     -- its content was erased: nothing of it is kept, edited or taken any more
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, merged_into) REFERENCES contacts (tenant_id, id)
);
CREATE INDEX contacts_by_sort ON contacts (tenant_id, sort_key, id);
CREATE INDEX contacts_by_tax ON contacts (tenant_id, match_tax) WHERE match_tax IS NOT NULL;
CREATE INDEX contacts_by_email ON contacts (tenant_id, match_email) WHERE match_email IS NOT NULL;
CREATE INDEX contacts_by_address ON contacts (tenant_id, match_address) WHERE match_address IS NOT NULL;

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
    internal_notes TEXT,                       -- for people here: never sent, never compared
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    deleted_at  BIGINT,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX products_by_sort ON products (tenant_id, sort_key, id);
CREATE INDEX products_by_code ON products (tenant_id, match_code) WHERE match_code IS NOT NULL;
CREATE INDEX products_by_barcode ON products (tenant_id, match_barcode) WHERE match_barcode IS NOT NULL;
CREATE INDEX products_by_name ON products (tenant_id, match_name) WHERE match_name IS NOT NULL;

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
    internal_notes    TEXT,                    -- for people here: never sent, never compared
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
CREATE INDEX sales_documents_by_match ON sales_documents (tenant_id, match_key) WHERE match_key IS NOT NULL;
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
CREATE INDEX sales_document_lines_by_external ON sales_document_lines (tenant_id, product_external_id) WHERE product_external_id IS NOT NULL;
CREATE INDEX sales_document_lines_by_product ON sales_document_lines (tenant_id, product_id) WHERE product_id IS NOT NULL;

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
    deed          TEXT   NOT NULL CHECK (deed IN ('created', 'changed', 'deleted', 'restored', 'merged', 'absorbed', 'erased')),
    changes       TEXT   NOT NULL,             -- JSON list of path, from, to; empty: no field, or erased
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
