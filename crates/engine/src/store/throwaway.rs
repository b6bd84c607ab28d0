//! Databases that live as long as one test: a file in a directory of its own, or a database on a PostgreSQL server.

use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection as _, Executor as _};
use tempfile::TempDir;

use super::{Connection, DatabaseUrl};

/// A database that is removed after the test.
#[derive(Debug)]
pub struct Throwaway {
    url: DatabaseUrl,
    home: Home,
}

#[derive(Debug)]
enum Home {
    Directory(TempDir),
    Server { url: String, database: String },
}

/// Why it could not be made or removed.
#[derive(Debug, thiserror::Error)]
pub enum ThrowawayError {
    /// The directory could not be made or removed.
    #[error("the directory of a test's database")]
    Directory(#[from] std::io::Error),
    /// The server refused.
    #[error("the server of a test's database")]
    Server(#[from] sqlx::Error),
    /// The server's address names no database that could be replaced.
    #[error("the address of the tests' PostgreSQL server has to end with the name of a database")]
    Url,
}

impl Throwaway {
    /// An SQLite file that does not exist yet.
    pub fn sqlite() -> Result<Self, ThrowawayError> {
        let directory = tempfile::tempdir()?;
        let url = DatabaseUrl::Sqlite(directory.path().join("test.db"));
        Ok(Self { url, home: Home::Directory(directory) })
    }

    /// An empty database beside the one that `server` names.
    pub async fn postgres(server: &str) -> Result<Self, ThrowawayError> {
        let database = fresh_name();
        let url = DatabaseUrl::Postgres(beside(server, &database).ok_or(ThrowawayError::Url)?);
        // From template0, because nobody is ever connected to it: a copy needs that.
        run(server, format!("CREATE DATABASE {database} TEMPLATE template0")).await?;
        Ok(Self { url, home: Home::Server { url: server.to_owned(), database } })
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// Removes it, whoever is still connected.
    pub async fn remove(self) -> Result<(), ThrowawayError> {
        match self.home {
            Home::Directory(directory) => Ok(directory.close()?),
            Home::Server { url, database } => {
                run(&url, format!("DROP DATABASE {database} WITH (FORCE)")).await
            }
        }
    }
}

/// Unique among the processes of this machine and the tests of this one.
fn fresh_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// The same address with another database.
fn beside(server: &str, database: &str) -> Option<String> {
    let (address, parameters) = server.split_once('?').map_or((server, None), |(a, p)| (a, Some(p)));
    let (host, _) = address.rsplit_once('/').filter(|(host, _)| !host.ends_with('/'))?;
    Some(match parameters {
        Some(parameters) => format!("{host}/{database}?{parameters}"),
        None => format!("{host}/{database}"),
    })
}

async fn run(server: &str, statement: String) -> Result<(), ThrowawayError> {
    sqlx::any::install_default_drivers();
    let mut connection = Connection::connect(server).await?;
    connection.execute(AssertSqlSafe(statement)).await?;
    Ok(connection.close().await?)
}

#[cfg(test)]
mod tests {
    use super::beside;

    #[test]
    fn another_database_keeps_host_and_parameters() {
        let other = |url| beside(url, "test_1");
        assert_eq!(other("postgres://a@h:5/db").as_deref(), Some("postgres://a@h:5/test_1"));
        assert_eq!(other("postgres://h/db?sslmode=off").as_deref(), Some("postgres://h/test_1?sslmode=off"));
        assert_eq!(other("postgres://h"), None);
    }
}
