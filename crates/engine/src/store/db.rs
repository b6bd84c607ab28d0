//! Opens the database, migrates it and begins transactions.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::Migrator;
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyPool, Executor};

/// A transaction; dropped without commit it rolls back.
pub type Tx = sqlx::Transaction<'static, Any>;

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");

/// Readers of one process. Pages are short; more would only queue at the disk.
const READERS: u32 = 8;
/// Writers of one process on PostgreSQL. On SQLite there is exactly one.
const WRITERS: u32 = 4;
/// How long a caller waits for a free connection.
const ACQUIRE: Duration = Duration::from_secs(10);
/// What an SQLite connection keeps in memory, in kB: what one transaction of a page of a hundred documents touches. With the
/// default of 2 MB it is written and read again within the transaction.
const CACHE_KB: u32 = 16_000;
/// Pages of the log after which SQLite copies them into the file: 16 MB. A page that is written again and again is copied
/// once.
const CHECKPOINT_PAGES: u32 = 4_000;
/// How long SQLite waits for another process's write, in milliseconds.
const BUSY_MS: u32 = 10_000;

/// Where the data lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// An SQLite file, created when missing.
    Sqlite(PathBuf),
    /// A PostgreSQL server, for several instances that share the work.
    Postgres(String),
}

impl FromStr for DatabaseUrl {
    type Err = OpenError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            Ok(Self::Postgres(text.to_owned()))
        } else if let Some(path) = text.strip_prefix("sqlite://") {
            Ok(Self::Sqlite(path.into()))
        } else {
            Err(OpenError::Url)
        }
    }
}

/// Why the database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Neither `sqlite://` nor `postgres://`.
    #[error("DATABASE_URL has to begin with sqlite:// or postgres://")]
    Url,
    /// The engine refused.
    #[error("the database could not be opened")]
    Connect(#[source] sqlx::Error),
    /// A migration failed, or the file is newer than this program.
    #[error("the database could not be migrated")]
    Migrate(#[source] sqlx::migrate::MigrateError),
}

/// A statement failed. Callers can do nothing about it but report it, except for [`StoreError::LostLease`].
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The engine said so.
    #[error("a statement failed")]
    Sql(#[from] sqlx::Error),
    /// A stored value no longer has the form that this program writes.
    #[error("column {column} holds something unexpected")]
    Corrupt {
        /// The column.
        column: &'static str,
    },
    /// The job was taken over by another worker: nothing was written.
    #[error("the lease was lost")]
    LostLease,
}

/// The database: readers, and the writer or writers.
#[derive(Clone, Debug)]
pub struct Db {
    readers: AnyPool,
    writers: AnyPool,
    sqlite: bool,
}

impl Db {
    /// Opens and migrates.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, OpenError> {
        sqlx::any::install_default_drivers();
        let (text, sqlite) = match url {
            DatabaseUrl::Sqlite(path) => (format!("sqlite://{}?mode=rwc", path.display()), true),
            DatabaseUrl::Postgres(text) => (text.clone(), false),
        };
        let options = AnyConnectOptions::from_str(&text).map_err(OpenError::Connect)?;
        let writers = pool(&options, if sqlite { 1 } else { WRITERS }, sqlite).await?;
        MIGRATIONS.run(&writers).await.map_err(OpenError::Migrate)?;
        let readers = pool(&options, READERS, sqlite).await?;
        Ok(Self { readers, writers, sqlite })
    }

    /// Connections that only read.
    #[must_use]
    pub fn reader(&self) -> &AnyPool {
        &self.readers
    }

    /// One connection that only reads.
    pub async fn read(&self) -> Result<PoolConnection<Any>, StoreError> {
        Ok(self.readers.acquire().await?)
    }

    /// Begins a transaction that will write. On SQLite it holds the only writer from the start, so that a
    /// read-then-write cannot fail busy half-way.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        let begin = if self.sqlite { "BEGIN IMMEDIATE" } else { "BEGIN" };
        Ok(self.writers.begin_with(begin).await?)
    }

    /// Whether several machines can share it.
    pub(crate) fn is_shared(&self) -> bool {
        !self.sqlite
    }

    /// Answers when the database does.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").execute(&self.readers).await?;
        Ok(())
    }

    /// Leaves nothing of what was erased in the files of SQLite: what a page no longer holds is overwritten as it is freed
    /// (`secure_delete`), and the log that still has the old pages is written back and cut off. PostgreSQL removes old
    /// versions of rows by itself, with its next vacuum. False: somebody reads an older state right now, and a later
    /// write-back cuts it off.
    pub async fn scrub(&self) -> Result<bool, StoreError> {
        if !self.sqlite {
            return Ok(true);
        }
        let busy: i64 =
            sqlx::query_scalar("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&self.writers).await?;
        Ok(busy == 0)
    }

    /// Waits for what is under way and closes.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writers.close().await;
    }
}

async fn pool(options: &AnyConnectOptions, size: u32, sqlite: bool) -> Result<AnyPool, OpenError> {
    AnyPoolOptions::new()
        .max_connections(size)
        .acquire_timeout(ACQUIRE)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                if sqlite {
                    let pragmas = format!(
                        "PRAGMA busy_timeout = {BUSY_MS}; PRAGMA journal_mode = WAL; \
                         PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; \
                         PRAGMA cache_size = -{CACHE_KB}; PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES};"
                    );
                    connection.execute(sqlx::AssertSqlSafe(pragmas)).await?;
                }
                Ok(())
            })
        })
        .connect_with(options.clone())
        .await
        .map_err(OpenError::Connect)
}
