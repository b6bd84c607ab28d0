//! Calls about partners, products and warehouses.

use serde_json::{Map, Value, json};

use super::Client;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::fields::{FieldError, Fields, Read, read_row};
use crate::identity::MkId;
use crate::partner::Partner;
use crate::product::{Product, ProductQuery};
use crate::reply::Reply;
use crate::row::Row;
use crate::search::ListLimit;
use crate::stock::{StockLevel, StockQuery};
use crate::warehouse::Warehouse;

/// What Metakocka answers instead of an empty list of partners (Q17).
const NO_PARTNER: &str = "no partner with such properties";

/// Which partners; one condition at a time (`metakocka-api.md §3.1`).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PartnerQuery {
    /// The partner with this id.
    ById(MkId),
    /// Those with this tax number, which may be stored with or without `SI`: ask both.
    TaxNumber(String),
    /// Those with about this e-mail: look into their contacts.
    Email(String),
    /// Those whose name contains this.
    Name(String),
    /// Those with this phone number.
    Phone(String),
}

/// A page of a list that has no total.
#[derive(Clone, Debug)]
pub struct ListPage<T> {
    /// How many were skipped.
    pub offset: u64,
    /// How many were asked for.
    pub limit: ListLimit,
    /// How many Metakocka says the page has; the rows received, when it does not say.
    pub count: u64,
    /// The rows.
    pub rows: Vec<Row<T>>,
}

impl<T> ListPage<T> {
    /// Where the next page begins; `None` after the last one. A page is the last unless it is full
    /// (`metakocka-api.md §2.1`).
    pub fn next_offset(&self) -> Option<u64> {
        let limit = u64::from(self.limit.get());
        if self.count.max(self.rows.len() as u64) >= limit { Some(self.offset + limit) } else { None }
    }
}

/// The fields of a reply that carry its list.
#[derive(Clone, Copy)]
pub(super) struct ListNames {
    rows: &'static str,
    count: &'static str,
}

pub(super) const PARTNERS: ListNames = ListNames { rows: "partner_list", count: "partner_list_count" };
pub(super) const PRODUCTS: ListNames = ListNames { rows: "product_list", count: "product_list_count" };
pub(super) const STOCK: ListNames = ListNames { rows: "stock_list", count: "stock_list_count" };
pub(super) const WAREHOUSES: ListNames = ListNames { rows: "warehouse_list", count: "warehouse_list_count" };

/// The most rows of a list: a thousand can be asked for (`metakocka-api.md §1.6`), and a little more.
const MAX_LIST_ROWS: usize = 1_100;

impl Client {
    /// The partners that fit, none if none does.
    pub async fn get_partner(&self, query: &PartnerQuery) -> Result<Vec<Row<Partner>>, Error> {
        let (name, value) = match query {
            PartnerQuery::ById(id) => ("partner_id", id.as_str()),
            PartnerQuery::TaxNumber(text) => ("partner_tax_number", text.as_str()),
            PartnerQuery::Email(text) => ("partner_email", text.as_str()),
            PartnerQuery::Name(text) => ("partner_name", text.as_str()),
            PartnerQuery::Phone(text) => ("partner_phone_number", text.as_str()),
        };
        let mut body = Map::new();
        body.insert(name.to_owned(), json!(value));
        let rows = self.partners(body, 0, ListLimit::MAX).await?.rows;
        if let PartnerQuery::ById(id) = query {
            refuse_other_partners(&rows, id)?;
        }
        Ok(rows)
    }

    /// A page of all partners, in the order in which they were made. That the call works without a
    /// condition is not documented (`metakocka-api.md §3.1`): try it at set-up.
    pub async fn partner_page(&self, offset: u64, limit: ListLimit) -> Result<ListPage<Partner>, Error> {
        self.partners(page_of(offset, limit), offset, limit).await
    }

    async fn partners(
        &self,
        body: Map<String, Value>,
        offset: u64,
        limit: ListLimit,
    ) -> Result<ListPage<Partner>, Error> {
        let page = self
            .call(Endpoint::GetPartner, body, |reply| {
                read_list(reply, PARTNERS, offset, limit, Partner::read)
            })
            .await;
        match page {
            Err(Error::Refused { reply, .. }) if reply.sentence().to_lowercase().contains(NO_PARTNER) => {
                Ok(ListPage { offset, limit, count: 0, rows: Vec::new() })
            }
            other => other,
        }
    }

    /// A page of products.
    pub async fn product_page(&self, query: &ProductQuery) -> Result<ListPage<Product>, Error> {
        let mut body = Map::new();
        query.write_into(&mut body);
        let (offset, limit) = (query.offset, query.limit);
        self.call(Endpoint::ProductList, body, |reply| {
            read_list(reply, PRODUCTS, offset, limit, Product::read)
        })
        .await
    }

    /// The warehouses: the first thousand, and nobody has more.
    pub async fn warehouses(&self) -> Result<Vec<Row<Warehouse>>, Error> {
        Ok(self.warehouse_page(ListLimit::MAX).await?.rows)
    }

    /// A page of stock rows.
    pub async fn stock_page(&self, query: &StockQuery) -> Result<ListPage<StockLevel>, Error> {
        let (offset, limit) = (query.offset, query.limit);
        let mut body = page_of(offset, limit);
        query.write_into(&mut body);
        self.call(Endpoint::WarehouseStock, body, |reply| {
            read_list(reply, STOCK, offset, limit, StockLevel::read)
        })
        .await
    }

    pub(super) async fn warehouse_page(&self, limit: ListLimit) -> Result<ListPage<Warehouse>, Error> {
        let read = |reply: Reply<'_>| read_list(reply, WAREHOUSES, 0, limit, Warehouse::read);
        self.call(Endpoint::WarehouseList, page_of(0, limit), read).await
    }
}

fn page_of(offset: u64, limit: ListLimit) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("offset".to_owned(), json!(offset.to_string()));
    body.insert("limit".to_owned(), json!(limit.to_string()));
    body
}

pub(super) fn read_list<T>(
    mut reply: Reply<'_>,
    names: ListNames,
    offset: u64,
    limit: ListLimit,
    read: impl Fn(Fields<'_>) -> Read<T>,
) -> Result<ListPage<T>, Error> {
    reply.require_any(&[names.rows, names.count])?;
    let said = reply.fields.count(names.count);
    let said = said.map_err(|error| reply.unexpected(error))?;
    let rows = reply.fields.raw_list(names.rows);
    let rows = rows.map_err(|error| reply.unexpected(error))?;
    super::documents::refuse_too_many(&reply, rows.len(), MAX_LIST_ROWS)?;
    let count = said.unwrap_or(rows.len() as u64);
    if rows.is_empty() && count > 0 {
        return Err(reply.unexpected(FieldError::new(names.rows, "records are announced and none is there")));
    }
    Ok(ListPage { offset, limit, count, rows: rows.into_iter().map(|raw| read_row(raw, &read)).collect() })
}

fn refuse_other_partners(rows: &[Row<Partner>], id: &MkId) -> Result<(), Error> {
    let others = rows.iter().filter_map(Row::read).any(|record| record.value.mk_id != *id);
    if others {
        let error = FieldError::new("partner_list", "this is another partner than was asked for");
        // The reply was a success, whose status is 200 (`metakocka-api.md §1.1`).
        return Err(crate::reply::unexpected(Endpoint::GetPartner, 200, error));
    }
    Ok(())
}
