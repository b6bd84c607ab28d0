//! Statements over many rows at once: single-row statements are the slowest part of a pull.

use std::borrow::Cow;

use jiff::Timestamp;
use sqlx::any::AnyArguments;
use sqlx::{AnyConnection, Arguments, AssertSqlSafe};

use super::StoreError;
use super::values::micros;
use crate::access::TenantScope;

/// Most rows of one statement. Rows are written in powers of two up to this, so that a table has at most seven
/// statements, all of which stay prepared: parsing is most of what a large statement costs.
const LARGEST: usize = 64;

/// Collects rows of equal width and writes them with few statements.
pub struct Rows {
    head: Cow<'static, str>,
    tail: &'static str,
    width: usize,
    cells: Vec<Cell>,
}

/// A value of a column: all that this schema knows.
#[derive(Clone, Debug)]
pub enum Cell {
    /// TEXT.
    Text(Option<String>),
    /// BIGINT.
    Whole(Option<i64>),
}

impl From<String> for Cell {
    fn from(value: String) -> Self {
        Self::Text(Some(value))
    }
}

impl From<Option<String>> for Cell {
    fn from(value: Option<String>) -> Self {
        Self::Text(value)
    }
}

impl From<&str> for Cell {
    fn from(value: &str) -> Self {
        Self::Text(Some(value.to_owned()))
    }
}

impl From<Option<&str>> for Cell {
    fn from(value: Option<&str>) -> Self {
        Self::Text(value.map(str::to_owned))
    }
}

impl From<i64> for Cell {
    fn from(value: i64) -> Self {
        Self::Whole(Some(value))
    }
}

impl From<Option<i64>> for Cell {
    fn from(value: Option<i64>) -> Self {
        Self::Whole(value)
    }
}

impl Rows {
    /// `head` is `INSERT INTO t (a, b)`, `width` the number of its columns, `tail` what follows the values
    /// (`ON CONFLICT …`) or nothing.
    #[must_use]
    pub fn new(head: impl Into<Cow<'static, str>>, width: usize, tail: &'static str) -> Self {
        Self { head: head.into(), tail, width: width.max(1), cells: Vec::new() }
    }

    /// Starts a row; exactly `width` values have to be bound to it.
    pub fn row(&mut self) -> Row<'_> {
        Row { cells: &mut self.cells }
    }

    /// Writes all rows and returns how many were affected.
    pub async fn execute(mut self, connection: &mut AnyConnection) -> Result<u64, StoreError> {
        // SQLite looks numbered parameters up by their name, one after another: with thousands of them that takes
        // longer than the insert. Without a number their place counts. PostgreSQL knows them only numbered.
        let numbered = connection.backend_name() != "SQLite";
        let mut affected = 0;
        let mut cells = std::mem::take(&mut self.cells).into_iter();
        let mut left = cells.len() / self.width;
        while left > 0 {
            let rows = if left >= LARGEST { LARGEST } else { 1 << left.ilog2() };
            let mut arguments = AnyArguments::default();
            for cell in cells.by_ref().take(rows * self.width) {
                add(&mut arguments, cell)?;
            }
            let sql = AssertSqlSafe(self.sql(rows, numbered));
            affected += sqlx::query_with(sql, arguments).execute(&mut *connection).await?.rows_affected();
            left -= rows;
        }
        Ok(affected)
    }

    fn sql(&self, rows: usize, numbered: bool) -> String {
        let mut sql = String::with_capacity(self.head.len() + rows * self.width * 6);
        sql.push_str(&self.head);
        sql.push_str(" VALUES ");
        let mut number = 0;
        for row in 0..rows {
            sql.push_str(if row == 0 { "(" } else { ", (" });
            for column in 0..self.width {
                number += 1;
                if column > 0 {
                    sql.push(',');
                }
                if numbered {
                    sql.push('$');
                    sql.push_str(&number.to_string());
                } else {
                    sql.push('?');
                }
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
    cells: &'a mut Vec<Cell>,
}

impl Row<'_> {
    /// Binds the next column.
    pub fn bind(&mut self, value: impl Into<Cell>) -> &mut Self {
        self.cells.push(value.into());
        self
    }

    /// Binds the next columns.
    pub fn bind_all(&mut self, values: Vec<Cell>) -> &mut Self {
        self.cells.extend(values);
        self
    }
}

fn add(arguments: &mut AnyArguments, cell: Cell) -> Result<(), StoreError> {
    let added = match cell {
        Cell::Text(value) => arguments.add(value),
        Cell::Whole(value) => arguments.add(value),
    };
    Ok(added.map_err(sqlx::Error::Encode)?)
}

/// A table of records with a revision.
pub(super) struct Records {
    pub table: &'static str,
    /// What an edit or a pull sets, parted by `, `.
    pub columns: &'static str,
}

impl Records {
    /// Writes records that did not exist, each with its id and columns; the revision becomes 1.
    pub(super) async fn insert(
        &self,
        connection: &mut AnyConnection,
        scope: &TenantScope,
        records: impl Iterator<Item = (String, Vec<Cell>)>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Self { table, columns } = self;
        let head =
            format!("INSERT INTO {table} (tenant_id, id, revision, {columns}, created_at, updated_at)");
        let mut rows = Rows::new(head, columns.split(", ").count() + 5, "");
        for (id, cells) in records {
            let mut row = rows.row();
            row.bind(scope.tenant()).bind(id).bind(1).bind_all(cells).bind(micros(now)).bind(micros(now));
        }
        rows.execute(connection).await?;
        Ok(())
    }

    /// Replaces a record's columns when it still has the expected revision; returns the new revision, or `None` when
    /// somebody was faster, or it is deleted or not in this workspace.
    pub(super) async fn update(
        &self,
        connection: &mut AnyConnection,
        scope: &TenantScope,
        (id, expected_revision): (&str, i64),
        cells: Vec<Cell>,
        now: Timestamp,
    ) -> Result<Option<i64>, StoreError> {
        let mut arguments = AnyArguments::default();
        let key: [Cell; 4] = [scope.tenant().into(), id.into(), expected_revision.into(), micros(now).into()];
        for cell in key.into_iter().chain(cells) {
            add(&mut arguments, cell)?;
        }
        let sets: Vec<String> = (5..)
            .zip(self.columns.split(", "))
            .map(|(number, column)| format!("{column} = ${number}"))
            .collect();
        let sql = format!(
            "UPDATE {} SET revision = revision + 1, updated_at = $4, {} \
             WHERE tenant_id = $1 AND id = $2 AND revision = $3 AND deleted_at IS NULL",
            self.table,
            sets.join(", ")
        );
        let done = sqlx::query_with(AssertSqlSafe(sql), arguments).execute(connection).await?;
        Ok((done.rows_affected() == 1).then_some(expected_revision + 1))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_numbered_only_where_the_engine_asks_for_it() {
        let rows = Rows::new("INSERT INTO t (a, b)", 2, "ON CONFLICT DO NOTHING");
        assert_eq!(rows.sql(2, true), "INSERT INTO t (a, b) VALUES ($1,$2), ($3,$4) ON CONFLICT DO NOTHING");
        assert_eq!(rows.sql(1, false), "INSERT INTO t (a, b) VALUES (?,?) ON CONFLICT DO NOTHING");
    }
}
