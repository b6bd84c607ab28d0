//! Reads what `cargo test` prints: how many tests ran, and how many of them on each database engine.

/// The engine a test ran on, as its name says: a path segment `sqlite` or `postgres`. The macro `each_engine!` of
/// the engine's test support makes these names.
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
    /// Ignored by name, or left out because their engine was not there.
    pub(crate) skipped: u64,
    /// Passed or failed on SQLite, by the names of the tests.
    pub(crate) on_sqlite: u64,
    /// Passed or failed on PostgreSQL, by the names of the tests.
    pub(crate) on_postgres: u64,
}

impl Totals {
    /// The truth about a run without PostgreSQL: its tests only said that they were skipped, and passed.
    pub(crate) fn without_postgres(self) -> Self {
        let left_out = self.on_postgres;
        let passed = self.passed.saturating_sub(left_out);
        Self { passed, skipped: self.skipped + left_out, on_postgres: 0, ..self }
    }

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
                self.skipped += 1;
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
    name.split("::").find_map(|segment| match segment {
        "sqlite" => Some(Engine::Sqlite),
        "postgres" => Some(Engine::Postgres),
        _ => None,
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
        assert_eq!(totals(output), Totals { passed: 1, failed: 1, skipped: 1, ..Totals::default() });
    }

    #[test]
    fn the_engine_is_read_from_the_name() {
        let output = "test store::links::sqlite::a_key_has_one_link ... ok\n\
                      test store::links::postgres::a_key_has_one_link ... ok\n\
                      test store::links::postgres::a_link_has_one_key ... FAILED\n\
                      test configuration_names_postgres ... ok\n";
        let found = totals(output);
        assert_eq!((found.on_sqlite, found.on_postgres), (1, 2));
    }

    #[test]
    fn without_postgres_its_tests_are_skipped_and_not_passed() {
        let output = "test links::sqlite::one ... ok\ntest links::postgres::one ... ok\ntest pure ... ok\n";
        let found = totals(output).without_postgres();
        assert_eq!((found.passed, found.skipped, found.on_sqlite, found.on_postgres), (2, 1, 1, 0));
    }
}
