//! Reads what `cargo test` prints: how many tests ran, and how many of them on each database engine.

/// The engine a test ran on, as its name says: a path segment or an ending `sqlite`, `postgres` or
/// `postgresql`. The test helpers of the store make these names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Engine {
    Sqlite,
    Postgres,
}

/// Tests by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) ignored: u64,
    /// Passed or failed on SQLite, by the names of the tests.
    pub(crate) on_sqlite: u64,
    /// Passed or failed on PostgreSQL, by the names of the tests.
    pub(crate) on_postgres: u64,
}

impl Totals {
    /// Adds one line of output; lines that are not a test's are ignored.
    pub(crate) fn add_line(&mut self, line: &str) {
        let Some((name, result)) = line.strip_prefix("test ").and_then(|rest| rest.rsplit_once(" ... "))
        else {
            return;
        };
        match result.split_whitespace().next() {
            Some("ok") => self.passed += 1,
            Some("FAILED") => self.failed += 1,
            Some("ignored" | "ignored,") => {
                self.ignored += 1;
                return;
            }
            _ => return,
        }
        match engine_of(name) {
            Some(Engine::Sqlite) => self.on_sqlite += 1,
            Some(Engine::Postgres) => self.on_postgres += 1,
            None => {}
        }
    }
}

fn engine_of(name: &str) -> Option<Engine> {
    name.split("::").find_map(|segment| {
        let is = |word: &str| {
            segment == word || segment.strip_suffix(word).is_some_and(|before| before.ends_with("on_"))
        };
        if is("sqlite") {
            Some(Engine::Sqlite)
        } else if is("postgres") || is("postgresql") {
            Some(Engine::Postgres)
        } else {
            None
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(output: &str) -> Totals {
        let mut totals = Totals::default();
        output.lines().for_each(|line| totals.add_line(line));
        totals
    }

    #[test]
    fn outcomes_are_counted_and_other_lines_are_not() {
        let output = "running 3 tests\ntest a::works ... ok\ntest b ... FAILED\n\
                      test c ... ignored, slow\ntest result: FAILED. 1 passed; 1 failed; 1 ignored\n";
        assert_eq!(totals(output), Totals { passed: 1, failed: 1, ignored: 1, ..Totals::default() });
    }

    #[test]
    fn the_engine_is_read_from_the_name() {
        let output = "test store::links::sqlite::a_key_has_one_link ... ok\n\
                      test store::links::postgres::a_key_has_one_link ... ok\n\
                      test a_key_has_one_link_on_postgresql ... FAILED\n\
                      test configuration_names_postgres ... ok\n";
        let found = totals(output);
        assert_eq!((found.on_sqlite, found.on_postgres), (1, 2));
    }
}
