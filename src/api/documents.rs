//! Sales documents: the list and the page of one.

#![expect(
    missing_docs,
    reason = "the server macro makes a struct of the arguments, whose fields it cannot document"
)]

use leptos::prelude::*;

use super::error::ApiError;
use crate::model::{Document, DocumentPage, DocumentQuery};

/// One page of the list.
#[server(endpoint = "documents", input = server_fn::codec::Json)]
pub async fn load_documents(query: DocumentQuery) -> Result<DocumentPage, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    let page = engine.sales_documents(&scope, &on_server::list_query(query)).await?;
    let mut page = on_server::page(page, engine.now());
    on_server::say_when(&engine, &scope, &mut page).await?;
    Ok(page)
}

/// One document.
#[server(endpoint = "document", input = server_fn::codec::GetUrl)]
pub async fn load_document(id: String) -> Result<Document, ApiError> {
    let (engine, scope) = super::signed_in().await?;
    let view = engine.sales_document(&scope, &id).await?;
    let status = engine.sync_status(&scope, sync_core::record::RecordKind::SalesDocument, &id).await?;
    let mut document = on_server::document(view, engine.now());
    document.row.sync = super::translate::with_status(document.row.sync, status, engine.now());
    Ok(document)
}

#[cfg(feature = "ssr")]
mod on_server {
    use engine::access::TenantScope;
    use engine::crm::{
        DocumentRow as EngineRow, DocumentView, LineView, ListPage, ListQuery, PriceBasis, Sort, SortBy,
        TaxView, TotalCheck as EngineCheck,
    };
    use engine::{Engine, EngineError};
    use jiff::Timestamp;
    use rust_decimal::Decimal;
    use sync_core::record::RecordKind;
    use sync_core::record::text::html_text;

    use crate::api::translate::{blocking, date, day, decimal, says_when, sync, with_status};
    use crate::model::{
        Document, DocumentLine, DocumentPage, DocumentQuery, DocumentRow, DocumentSort, DocumentTax,
        StateCount, TotalCheck,
    };

    pub(super) fn list_query(query: DocumentQuery) -> ListQuery {
        ListQuery {
            search: query.search,
            state: query.state,
            doc_type: query.kind,
            from: query.from.and_then(date),
            to: query.to.and_then(date),
            sort: Sort { by: sort_by(query.sort), descending: query.descending },
            page: query.page,
            ..ListQuery::default()
        }
    }

    fn sort_by(sort: DocumentSort) -> SortBy {
        match sort {
            DocumentSort::Date => SortBy::Date,
            DocumentSort::Number => SortBy::Number,
            DocumentSort::Customer => SortBy::Customer,
            DocumentSort::Total => SortBy::Total,
        }
    }

    pub(super) fn page(page: ListPage, now: Timestamp) -> DocumentPage {
        DocumentPage {
            rows: page.rows.into_iter().map(|listed| row(listed, now)).collect(),
            total: page.total,
            all: page.all,
            counts: page
                .chips
                .into_iter()
                .map(|chip| StateCount { state: chip.state, count: chip.count })
                .collect(),
            page: page.page,
            per_page: page.per_page,
        }
    }

    /// Adds to the rows that are on their way when they go on.
    pub(super) async fn say_when(
        engine: &Engine,
        scope: &TenantScope,
        page: &mut DocumentPage,
    ) -> Result<(), EngineError> {
        let moving = page.rows.iter().filter(|row| says_when(&row.sync)).map(|row| row.id.clone());
        let moving: Vec<String> = moving.collect();
        let mut known = engine.sync_statuses(scope, RecordKind::SalesDocument, &moving).await?;
        for row in page.rows.iter_mut().filter(|row| says_when(&row.sync)) {
            row.sync = with_status(row.sync.clone(), known.remove(&row.id), engine.now());
        }
        Ok(())
    }

    fn row(row: EngineRow, now: Timestamp) -> DocumentRow {
        DocumentRow {
            id: row.id,
            number: row.number,
            kind: row.doc_type,
            date: day(row.date),
            customer: row.customer_name,
            city: row.customer_city,
            paid: is_paid(row.paid, row.gross),
            total: decimal(row.gross),
            currency: row.currency,
            status: row.status_label,
            sync: sync(row.sync, now),
        }
    }

    fn is_paid(paid: Option<Decimal>, gross: Decimal) -> bool {
        paid.is_some_and(|paid| !gross.is_zero() && paid >= gross)
    }

    pub(super) fn document(view: DocumentView, now: Timestamp) -> Document {
        let head = view.head;
        let receiver = [head.receiver_name, head.receiver_address].into_iter().flatten().collect::<Vec<_>>();
        Document {
            row: DocumentRow {
                id: view.id,
                number: view.number,
                kind: view.doc_type,
                date: day(view.date),
                customer: view.customer_name,
                city: view.customer_city,
                paid: is_paid(view.paid, view.gross),
                total: decimal(view.gross),
                currency: view.currency,
                status: view.status_label,
                sync: sync(view.sync, now),
            },
            due: head.due.map(day),
            customer_order: head.buyer_order,
            receiver: (!receiver.is_empty()).then(|| receiver.join(", ")),
            title: Some(view.title).filter(|title| !title.is_empty()),
            notes: head.notes.as_deref().map(html_text),
            address: head.customer_address,
            tax_number: view.contact.and_then(|contact| contact.tax_number),
            lines: view.lines.into_iter().map(line).collect(),
            taxes: view.taxes.into_iter().map(tax).collect(),
            net: decimal(view.net),
            discount: decimal(view.discount),
            paid: view.paid.map(decimal),
            check: match view.total_check {
                EngineCheck::Exact => TotalCheck::Exact,
                EngineCheck::Rounding => TotalCheck::Rounding,
                EngineCheck::Different => TotalCheck::Different,
            },
            difference: decimal(view.total_difference),
            revision: view.revision,
            blocking: blocking(view.blocking),
            contact_id: view.form.contact_id.clone(),
        }
    }

    fn line(line: LineView) -> DocumentLine {
        let text = html_text(&line.text);
        let is_text = line.amount.is_none();
        DocumentLine {
            code: line.code,
            name: if is_text && line.name.is_empty() { text.clone() } else { line.name },
            text: Some(text).filter(|text| !is_text && !text.is_empty()),
            amount: line.amount.map(decimal),
            unit: Some(line.unit).filter(|unit| !unit.is_empty()),
            price: line.price.map(decimal),
            gross_price: line.price_basis == Some(PriceBasis::Gross),
            discounts: line.discounts.into_iter().map(decimal).collect(),
            tax_code: line.tax_code,
            tax_rate: line.tax_rate.map(decimal),
            net: line.net.map(decimal),
        }
    }

    fn tax(tax: TaxView) -> DocumentTax {
        DocumentTax { code: tax.code, rate: tax.rate.map(decimal), tax: decimal(tax.tax) }
    }
}
