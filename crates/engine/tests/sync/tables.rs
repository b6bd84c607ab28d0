//! Triggers of the tests: they count every row that is written, and let somebody edit a record in the middle of a
//! transaction of the product.

use std::collections::BTreeMap;

use engine::store::{DatabaseUrl, Db};

/// Tables of which a look that finds nothing must not write a row.
pub(crate) const QUIET: [&str; 8] = [
    "contacts",
    "products",
    "sales_documents",
    "sales_document_lines",
    "sales_document_taxes",
    "mirror",
    "links",
    "sync_run_items",
];
/// Tables that a run writes whatever it finds.
const BUSY: [&str; 8] = [
    "sync_runs",
    "jobs",
    "job_attempts",
    "events",
    "event_sequences",
    "feeds",
    "connections",
    "connection_kinds",
];

/// Counts rows that are inserted, updated or deleted, in every table that the sync writes.
pub(crate) struct Counters {
    db: Db,
}

impl Counters {
    /// Begins to count.
    pub(crate) async fn on(db: &Db, url: &DatabaseUrl) -> Self {
        execute(db, "CREATE TABLE counted (name TEXT NOT NULL)").await;
        let sqlite = matches!(url, DatabaseUrl::Sqlite(_));
        if !sqlite {
            let body = "INSERT INTO counted VALUES (TG_TABLE_NAME || ' ' || lower(TG_OP)); RETURN NULL;";
            function(db, "count_row", body).await;
        }
        for table in QUIET.into_iter().chain(BUSY) {
            if !sqlite {
                let events = "AFTER INSERT OR UPDATE OR DELETE";
                let sql = format!(
                    "CREATE TRIGGER count_{table} {events} ON {table} FOR EACH ROW EXECUTE FUNCTION count_row()"
                );
                execute(db, &sql).await;
                continue;
            }
            for event in ["insert", "update", "delete"] {
                let body = format!("INSERT INTO counted VALUES ('{table} {event}');");
                execute(
                    db,
                    &format!(
                        "CREATE TRIGGER count_{table}_{event} AFTER {event} ON {table} BEGIN {body} END"
                    ),
                )
                .await;
            }
        }
        Self { db: db.clone() }
    }

    /// Rows written since the last call, by table and event.
    pub(crate) async fn take(&self) -> BTreeMap<String, i64> {
        let sql = "SELECT name, CAST(COUNT(*) AS BIGINT) FROM counted GROUP BY name";
        let rows: Vec<(String, i64)> = sqlx::query_as(sql).fetch_all(self.db.reader()).await.unwrap();
        execute(&self.db, "DELETE FROM counted").await;
        rows.into_iter().collect()
    }
}

/// How many rows of `table` were written, whatever was done to them.
pub(crate) fn written(counted: &BTreeMap<String, i64>, table: &str) -> i64 {
    let prefix = format!("{table} ");
    counted.iter().filter(|(name, _)| name.starts_with(&prefix)).map(|(_, count)| count).sum()
}

/// Lets the `n`th write to `jobs` from now on be followed, in the same transaction, by an edit of this document here.
pub(crate) async fn edit_at_write_of_jobs(db: &Db, url: &DatabaseUrl, n: u32, document: &str, title: &str) {
    execute(db, "CREATE TABLE held (at BIGINT NOT NULL)").await;
    let body = format!(
        "INSERT INTO held VALUES (0); UPDATE sales_documents SET revision = revision + 1, title = '{title}' \
         WHERE id = '{document}' AND (SELECT COUNT(*) FROM held) = {n};"
    );
    if matches!(url, DatabaseUrl::Sqlite(_)) {
        execute(db, &format!("CREATE TRIGGER somebody_edits AFTER UPDATE ON jobs BEGIN {body} END")).await;
    } else {
        function(db, "somebody_edits", &format!("{body} RETURN NULL;")).await;
        execute(db, "CREATE TRIGGER somebody_edits AFTER UPDATE ON jobs FOR EACH ROW EXECUTE FUNCTION somebody_edits()").await;
    }
}

async fn function(db: &Db, name: &str, body: &str) {
    let sql =
        format!("CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN {body} END $f$");
    execute(db, &sql).await;
}

/// Writes what the product has no use case for.
pub(crate) async fn execute(db: &Db, sql: &str) {
    let mut tx = db.begin().await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}
