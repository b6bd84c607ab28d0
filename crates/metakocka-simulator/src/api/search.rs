//! `search` (`metakocka-api.md` §5): documents of one type, or products, a page at a time.

use super::document::{Flags, Place, write_document};
use super::json_text::JsonText;
use super::params::required;
use super::search_filter::{self, Filter, requested, unsupported};
use super::{Call, MkError, Params, product, search_empty};
use crate::company::{Company, DocType, Document, Product};
use crate::quirks::Quirk;

/// Rows of a page; more are refused (§1.6).
const MAX_LIMIT: usize = 100;

/// The place of a page and how its rows look.
struct Page {
    limit: usize,
    offset: usize,
    descending: bool,
    whole: bool,
}

impl Page {
    fn parse(params: &Params, call: Call<'_>, descending: bool) -> Result<Self, MkError> {
        Ok(Self {
            limit: params.count("limit", call.settings.page_default, MAX_LIMIT)?.max(1),
            offset: params.count("offset", 0, usize::MAX)?,
            descending,
            whole: params.text("result_type").as_deref() == Some("doc"),
        })
    }

    /// The rows of the page out of all rows, which are sorted by id.
    fn cut<'a, T>(&self, rows: &[&'a T]) -> Vec<&'a T> {
        let rows = rows.iter().copied();
        if self.descending {
            rows.rev().skip(self.offset).take(self.limit).collect()
        } else {
            rows.skip(self.offset).take(self.limit).collect()
        }
    }

    fn cut_unfiltered<'a, T>(&self, rows: &'a [T]) -> Vec<&'a T> {
        if self.descending {
            rows.iter().rev().skip(self.offset).take(self.limit).collect()
        } else {
            rows.iter().skip(self.offset).take(self.limit).collect()
        }
    }
}

pub(super) fn answer(company: &Company, params: &Params, call: Call<'_>) -> Result<String, MkError> {
    let name = params.text("doc_type").ok_or_else(|| required("doc_type"))?;
    if name == "purchase_product" {
        return products(company, params, call);
    }
    let Some(doc_type) = DocType::of_name(&name) else {
        let page = Page::parse(params, call, false)?;
        search_empty::check(&name, params, call)?;
        let mut json = envelope(call, &page, 0, 0, page.limit);
        json.close();
        return Ok(json.into_text());
    };
    let page = Page::parse(params, call, descending(doc_type, params, call))?;
    let filters = search_filter::parse_all(company, doc_type, params, call)?;
    let (total, rows) = select(company, doc_type, &filters, &page);
    // A short page of invoices echoes its rows as its limit: paging must not rely on it.
    let echo_limit = if doc_type.is_bill() && rows.len() < page.limit { rows.len() } else { page.limit };
    let mut json = envelope(call, &page, total, rows.len(), echo_limit);
    if !rows.is_empty() {
        json.key("result");
        let flags = Flags::parse(params, Place::Search, doc_type);
        write_rows(&mut json, company, (params, flags, call), &page, &rows);
    }
    json.close();
    Ok(json.into_text())
}

/// The direction is documented for orders, ascending unless it says otherwise; what other types make of it
/// is unknown, so they ignore it.
fn descending(doc_type: DocType, params: &Params, call: Call<'_>) -> bool {
    let is_order = doc_type == DocType::SalesOrder;
    let by_itself = !is_order && call.settings.descending_elsewhere;
    if !is_order && !call.settings.order_direction_everywhere {
        return by_itself;
    }
    match params.text("order_direction").as_deref() {
        Some("desc") => true,
        Some("asc") => false,
        _ => by_itself,
    }
}

fn select<'a>(
    company: &'a Company,
    doc_type: DocType,
    filters: &[Filter],
    page: &Page,
) -> (usize, Vec<&'a Document>) {
    let all = company.documents(doc_type);
    if filters.is_empty() {
        return (all.len(), page.cut_unfiltered(all));
    }
    let matching: Vec<&Document> = all
        .iter()
        .filter(|document| filters.iter().all(|filter| filter.matches(document, company)))
        .collect();
    (matching.len(), page.cut(&matching))
}

fn envelope(call: Call<'_>, page: &Page, total: usize, rows: usize, echo_limit: usize) -> JsonText {
    let mut json = JsonText::new(call.quirks);
    json.open();
    json.field("opr_code", "0");
    json.number("opr_time_ms", call.time_ms);
    json.number("result_all_records", if json.hold(Quirk::CountsDiffer) { total } else { rows });
    json.number("result_count", if call.settings.result_count_is_total { total } else { rows });
    json.number("offset", page.offset);
    json.number("limit", echo_limit);
    json
}

fn write_rows(
    json: &mut JsonText,
    company: &Company,
    (params, flags, call): (&Params, Flags, Call<'_>),
    page: &Page,
    rows: &[&Document],
) {
    json.open_list();
    for document in rows {
        if page.whole {
            write_document(json, company, document, flags, call);
        } else {
            write_short(json, company, document, params.flag("show_status_code"));
        }
    }
    json.close_list();
}

fn write_short(json: &mut JsonText, company: &Company, document: &Document, with_status: bool) {
    json.open();
    json.number("mk_id", document.id);
    json.field("opr_code", "0");
    json.field("count_code", &document.number);
    if with_status && document.doc_type == DocType::SalesOrder {
        let code = document.status.as_deref();
        let label = code.map(|code| company.status_label(document.doc_type, code));
        json.optional("status_code", if json.hold(Quirk::StatusLabels) { label } else { code });
    }
    json.close();
}

/// `doc_type` `purchase_product`: rows under another key and without `opr_code` (§1.3).
fn products(company: &Company, params: &Params, call: Call<'_>) -> Result<String, MkError> {
    let page = Page::parse(params, call, false)?;
    let mut wanted = None;
    for (kind, value) in requested(params)? {
        match kind.as_str() {
            "eshop_sync" => wanted = Some(value == "true"),
            other => return Err(unsupported(other)),
        }
    }
    let text = params.text("query").map(|text| text.to_lowercase());
    let matches = |product: &&Product| {
        wanted.is_none_or(|wanted| product.eshop_sync == wanted)
            && text.as_deref().is_none_or(|text| mentions(product, text))
    };
    let matching: Vec<&Product> = company.products.iter().filter(matches).collect();
    let rows = page.cut(&matching);
    let mut json = envelope(call, &page, matching.len(), rows.len(), page.limit);
    if !rows.is_empty() {
        json.key("result_product");
        json.open_list();
        for row in rows {
            json.open();
            product::write_found(&mut json, row);
            json.close();
        }
        json.close_list();
    }
    json.close();
    Ok(json.into_text())
}

fn mentions(product: &Product, lower: &str) -> bool {
    [&product.code, &product.name, &product.number].iter().any(|text| text.to_lowercase().contains(lower))
}
