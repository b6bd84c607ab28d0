//! Statements over many rows at once: single-row statements are the slowest part of a pull.

use sqlx::any::AnyArguments;
use sqlx::{AnyConnection, Arguments, AssertSqlSafe, Encode, Type};

use super::StoreError;

/// Parameters that one statement may carry; SQLite allows 32,766.
const PARAMETERS: usize = 8_000;

/// Collects rows of equal width and writes them with as few statements as possible.
pub struct Rows {
    head: &'static str,
    tail: &'static str,
    width: usize,
    limit: usize,
    count: usize,
    arguments: AnyArguments,
    full: Vec<(usize, AnyArguments)>,
}

impl Rows {
    /// `head` is `INSERT INTO t (a, b)`, `width` the number of its columns, `tail` what follows the values
    /// (`ON CONFLICT …`) or nothing.
    #[must_use]
    pub fn new(head: &'static str, width: usize, tail: &'static str) -> Self {
        let limit = (PARAMETERS / width.max(1)).max(1);
        Self { head, tail, width, limit, count: 0, arguments: AnyArguments::default(), full: Vec::new() }
    }

    /// Starts a row; exactly `width` values have to be bound to it.
    pub fn row(&mut self) -> Row<'_> {
        if self.count == self.limit {
            self.full.push((self.count, std::mem::take(&mut self.arguments)));
            self.count = 0;
        }
        self.count += 1;
        Row { arguments: &mut self.arguments }
    }

    /// Writes all rows and returns how many were affected.
    pub async fn execute(mut self, connection: &mut AnyConnection) -> Result<u64, StoreError> {
        if self.count > 0 {
            self.full.push((self.count, std::mem::take(&mut self.arguments)));
        }
        let mut affected = 0;
        for (count, arguments) in std::mem::take(&mut self.full) {
            let sql = self.sql(count);
            affected += sqlx::query_with(AssertSqlSafe(sql), arguments)
                .execute(&mut *connection)
                .await?
                .rows_affected();
        }
        Ok(affected)
    }

    fn sql(&self, count: usize) -> String {
        let mut sql = String::with_capacity(self.head.len() + count * self.width * 6);
        sql.push_str(self.head);
        sql.push_str(" VALUES ");
        let mut number = 0;
        for row in 0..count {
            sql.push_str(if row == 0 { "(" } else { ", (" });
            for column in 0..self.width {
                number += 1;
                if column > 0 {
                    sql.push(',');
                }
                sql.push('$');
                sql.push_str(&number.to_string());
            }
            sql.push(')');
        }
        if !self.tail.is_empty() {
            sql.push(' ');
            sql.push_str(self.tail);
        }
        sql
    }
}

/// One row that is being filled.
pub struct Row<'a> {
    arguments: &'a mut AnyArguments,
}

impl Row<'_> {
    /// Binds the next column.
    pub fn bind<T>(&mut self, value: T) -> Result<&mut Self, StoreError>
    where
        T: 'static + Send + Encode<'static, sqlx::Any> + Type<sqlx::Any>,
    {
        self.arguments.add(value).map_err(sqlx::Error::Encode)?;
        Ok(self)
    }
}

/// `$first, $first+1, …`: the numbers of a list of `count` values.
pub(super) fn list(first: usize, count: usize) -> String {
    let mut text = String::with_capacity(count * 5);
    for number in first..first + count {
        if number > first {
            text.push(',');
        }
        text.push('$');
        text.push_str(&number.to_string());
    }
    text
}
