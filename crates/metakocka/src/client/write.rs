//! Sending a write, once, and looking for one whose outcome is unknown.

use tokio::time::Instant;

use super::{Client, PartnerQuery};
use crate::document::{Document, DocumentFlag, DocumentFlags, DocumentType};
use crate::error::Error;
use crate::fields::FieldError;
use crate::identity::MkId;
use crate::lookup::{DocumentName, Hits, Lookup, LookupResult, PartnerName, ProductName};
use crate::partner::Partner;
use crate::product::{Product, ProductFilters, ProductQuery};
use crate::reply::unexpected;
use crate::row::Row;
use crate::search::{DocumentSearch, ListLimit, OrderDirection, SearchFilter};
use crate::write::{NotSent, Refusal, Unsettled, Write, WriteOutcome, WriteReply};

/// Pages of a hundred documents that a look-up reads at most: what a partner has in years.
const MAX_PAGES: usize = 20;
/// Pages of a thousand partners that a look-up by visible code reads at most.
const MAX_PARTNER_PAGES: usize = 50;

impl Client {
    /// Sends a write, once. Whatever happens, it is not sent again by itself; dropping the future in the
    /// middle leaves its outcome unknown, with nothing but the payload that was kept before.
    pub async fn send<R: WriteReply>(&self, write: Write<R>) -> WriteOutcome<R> {
        let endpoint = write.endpoint();
        let destination = self.destination();
        let write = match write.bound_to(&destination) {
            Ok(write) => write,
            Err(write) => {
                let reason = Error::OtherCompany { endpoint };
                return WriteOutcome::NotSent(Box::new(NotSent { reason, write: *write }));
            }
        };
        let mut refusal = None;
        let result = self
            .ask(endpoint, write.payload().fields().clone(), |received| {
                let answer = self.answer(endpoint, received)?;
                let read = answer.open_write().and_then(R::read).and_then(|reply| {
                    let Some(field) = reply.differs_in(write.payload().fields()) else { return Ok(reply) };
                    let error =
                        FieldError::new(field, "the answer is about another record than was asked for");
                    Err(unexpected(endpoint, answer.status, error))
                });
                if let Err(Error::Refused { reply, .. }) = &read {
                    refusal = Some(Box::new(Refusal::read(endpoint, (**reply).clone(), &answer.text)));
                }
                read
            })
            .await;
        match result {
            Ok(reply) => WriteOutcome::Stored(reply),
            Err(reason) => WriteOutcome::failed(reason, refusal, write, destination, Instant::now()),
        }
    }

    /// Looks for a write whose outcome is unknown. An error means that the look-up was not answered and
    /// proves nothing.
    pub async fn settle<R>(&self, unsettled: &Unsettled<R>) -> Result<LookupResult, Error> {
        let found = self.look_up(unsettled.lookup()).await?;
        Ok(LookupResult { about: Some(unsettled.identity().clone()), ..found })
    }

    /// Asks what is there before a write is sent, so that it is known from what is there afterwards. It
    /// proves nothing about a write.
    pub async fn look_up(&self, lookup: &Lookup) -> Result<LookupResult, Error> {
        let began = Instant::now();
        let (hits, complete) = match lookup {
            Lookup::Orders { buyer_order } => self.orders_of(buyer_order).await?,
            Lookup::Documents { doc_type, partner, date, title } => {
                let search = search_of(*doc_type, partner.as_ref(), *date, title.as_deref());
                let (hits, complete) = self
                    .documents_of(search, |document| match (title, &document.title) {
                        (Some(wanted), Some(title)) => is_like(title, wanted),
                        (wanted, _) => wanted.is_none(),
                    })
                    .await?;
                // Whether free text looks into titles is not certain (`metakocka-api.md §9.1`).
                (hits, complete && (partner.is_some() || date.is_some()))
            }
            Lookup::Document { doc_type, document } => self.document_named(*doc_type, document).await?,
            Lookup::ManyOrders(names) => self.orders_named(names).await?,
            Lookup::Partners { tax_number, email, name } => {
                self.partners_like(tax_number.as_deref(), email.as_deref(), name.as_deref()).await?
            }
            Lookup::Partner(name) => self.partner_named(name).await?,
            Lookup::Products { code } => {
                let filters = ProductFilters { code: Some(code.clone()), ..ProductFilters::default() };
                self.products_of(filters, |product| product.code.as_deref() == Some(code)).await?
            }
            Lookup::Product(name) => self.product_named(name).await?,
            Lookup::Nowhere => (Hits::Documents(Vec::new()), false),
        };
        let from = self.destination();
        Ok(LookupResult { lookup: lookup.clone(), about: None, from, began, complete, hits })
    }

    async fn orders_of(&self, buyer_order: &str) -> Result<(Hits, bool), Error> {
        let search = DocumentSearch::all(DocumentType::Order)
            .filter(SearchFilter::CustomerOrder(buyer_order.to_owned()));
        self.documents_of(search, |order| order.buyer_order.as_deref() == Some(buyer_order)).await
    }

    /// Every document of a search that fits. What cannot be read may be it, and is kept.
    async fn documents_of(
        &self,
        mut search: DocumentSearch,
        fits: impl Fn(&Document) -> bool,
    ) -> Result<(Hits, bool), Error> {
        let flags = DocumentFlags::usual(search.doc_type);
        let (mut found, mut totals) = (Vec::new(), Vec::new());
        for _ in 0..MAX_PAGES {
            let page = self.search_documents(&search, &flags).await?;
            let next = page.next_offset();
            totals.push(page.total);
            found.extend(
                page.rows.into_iter().filter(|row| row.read().is_none_or(|record| fits(&record.value))),
            );
            let Some(offset) = next else {
                // What comes or goes between two pages moves the others: one may never have been shown.
                let is_steady = totals.windows(2).all(|pair| pair[0].is_some() && pair[0] == pair[1]);
                return Ok((Hits::Documents(found), is_steady));
            };
            search = search.from_offset(offset);
        }
        Ok((Hits::Documents(found), false))
    }

    async fn document_named(
        &self,
        doc_type: DocumentType,
        name: &DocumentName,
    ) -> Result<(Hits, bool), Error> {
        let flags = DocumentFlags::usual(doc_type).with(DocumentFlag::PaymentDetail);
        match name {
            DocumentName::Id(id) => {
                let found = self.get_document(doc_type, id, &flags).await?;
                Ok((Hits::Documents(found.into_iter().collect()), true))
            }
            DocumentName::BuyerOrder(number) => self.orders_of(number).await,
            DocumentName::Number(number) => {
                let mut search = DocumentSearch::all(doc_type);
                search.text = Some(number.clone());
                self.documents_of(search, |document| document.number.as_ref() == Some(number)).await
            }
        }
    }

    async fn orders_named(&self, names: &[DocumentName]) -> Result<(Hits, bool), Error> {
        let (mut all, mut complete) = (Vec::new(), true);
        for name in names {
            let (hits, seen) = self.document_named(DocumentType::Order, name).await?;
            complete &= seen;
            if let Hits::Documents(rows) = hits {
                all.extend(rows);
            }
        }
        Ok((Hits::Documents(all), complete))
    }

    /// By tax number with and without its country, else by e-mail, else by the very name
    /// (`metakocka-api.md §9.1`).
    async fn partners_like(
        &self,
        tax_number: Option<&str>,
        email: Option<&str>,
        name: Option<&str>,
    ) -> Result<(Hits, bool), Error> {
        let mut found: Vec<Row<Partner>> = Vec::new();
        if let Some(number) = tax_number {
            for spelling in spellings_of(number) {
                found.extend(self.get_partner(&PartnerQuery::TaxNumber(spelling)).await?);
            }
        }
        if let (true, Some(email)) = (found.is_empty(), email) {
            found = self.get_partner(&PartnerQuery::Email(email.to_owned())).await?;
            found.retain(|row| row.read().is_none_or(|record| has_email(&record.value, email)));
        }
        if let (true, Some(name)) = (found.is_empty(), name) {
            found = self.get_partner(&PartnerQuery::Name(name.to_owned())).await?;
            let fits = |partner: &Partner| partner.name.as_deref().is_none_or(|other| is_like(other, name));
            found.retain(|row| row.read().is_none_or(|record| fits(&record.value)));
        }
        // As many as a page can have may not be all.
        let is_cut = found.len() >= usize::from(ListLimit::MAX.get());
        Ok((Hits::Partners(found), !is_cut))
    }

    async fn partner_named(&self, name: &PartnerName) -> Result<(Hits, bool), Error> {
        let code = match name {
            PartnerName::Id(id) => {
                let found = self.get_partner(&PartnerQuery::ById(id.clone())).await?;
                return Ok((Hits::Partners(found), true));
            }
            PartnerName::CountCode(code) => code,
        };
        let (mut next, mut found) = (Some(0), Vec::new());
        for _ in 0..MAX_PARTNER_PAGES {
            let Some(offset) = next else { return Ok((Hits::Partners(found), true)) };
            let page = self.partner_page(offset, ListLimit::MAX).await?;
            next = page.next_offset();
            found.extend(page.rows.into_iter().filter(|row| {
                row.read().is_none_or(|record| record.value.count_code.as_deref() == Some(code))
            }));
        }
        Ok((Hits::Partners(found), false))
    }

    async fn product_named(&self, name: &ProductName) -> Result<(Hits, bool), Error> {
        match name {
            // Selecting by id is doubtful (§2.1): whatever is returned, only the one asked for counts.
            ProductName::Id(id) => {
                let filters = ProductFilters { mk_id: Some(id.clone()), ..ProductFilters::default() };
                self.products_of(filters, |product| product.mk_id == *id).await
            }
            ProductName::CountCode(code) => {
                let filters = ProductFilters { count_code: Some(code.clone()), ..ProductFilters::default() };
                self.products_of(filters, |product| product.count_code.as_deref() == Some(code)).await
            }
        }
    }

    async fn products_of(
        &self,
        filters: ProductFilters,
        fits: impl Fn(&Product) -> bool,
    ) -> Result<(Hits, bool), Error> {
        let mut query = ProductQuery { filters, ..ProductQuery::default() };
        let mut found = Vec::new();
        for _ in 0..MAX_PARTNER_PAGES {
            let page = self.product_page(&query).await?;
            let next = page.next_offset();
            found.extend(
                page.rows.into_iter().filter(|row| row.read().is_none_or(|record| fits(&record.value))),
            );
            match next {
                Some(offset) => query.offset = offset,
                None => return Ok((Hits::Products(found), true)),
            }
        }
        Ok((Hits::Products(found), false))
    }
}

/// The search that contains a document that was perhaps made. The partner and the day are exact; free text
/// is asked only when there is neither, because whether it looks into titles is not certain
/// (`metakocka-api.md §9.1`).
fn search_of(
    doc_type: DocumentType,
    partner: Option<&MkId>,
    date: Option<jiff::civil::Date>,
    title: Option<&str>,
) -> DocumentSearch {
    let mut search = DocumentSearch::all(doc_type).order(OrderDirection::Descending);
    if let Some(partner) = partner {
        search = search.filter(SearchFilter::PartnerMkId(partner.clone()));
    }
    if let Some(date) = date {
        search = search.filter(SearchFilter::DocDateFrom(date)).filter(SearchFilter::DocDateTo(date));
    }
    if partner.is_none() && date.is_none() {
        search.text = title.map(ToOwned::to_owned);
    }
    search
}

/// Whether two texts may be one: Metakocka may cut a text, or change its blanks, and then it is not the very
/// same that was sent. Better one hit too many than a proof that is none.
fn is_like(one: &str, other: &str) -> bool {
    let normal = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let (one, other) = (normal(one), normal(other));
    !one.is_empty() && !other.is_empty() && (one.starts_with(&other) || other.starts_with(&one))
}

/// A tax number as it is, and with or without `SI` before it (`metakocka-api.md §3.1`).
fn spellings_of(number: &str) -> [String; 2] {
    let number = number.trim();
    let other = match number.get(..2).filter(|country| country.eq_ignore_ascii_case("si")) {
        Some(_) => number[2..].trim_start().to_owned(),
        None => format!("SI{number}"),
    };
    [number.to_owned(), other]
}

fn has_email(partner: &Partner, email: &str) -> bool {
    let same = |text: &String| text.trim().eq_ignore_ascii_case(email.trim());
    partner.contacts.iter().any(|contact| contact.person.email.as_ref().is_some_and(same))
}
