//! `report` (`metakocka-api.md` §1.2): a document as a PDF file; an error is JSON as everywhere.

mod pdf;

use super::params::{Params, required};
use super::writing::{id, invalid_value, not_found, text};
use super::{Call, MkError};
use crate::company::{Article, Company, DocType, Document, LineContent, priced_line_total};
use pdf::Page;

/// The forms that are known: their number and the types they print.
const FORMS: [(&str, &[DocType]); 3] = [
    ("37", &[DocType::SalesOffer]),
    (
        "38",
        &[
            DocType::SalesBillDomestic,
            DocType::SalesBillRetail,
            DocType::SalesBillPrepaid,
            DocType::SalesBillCreditNote,
        ],
    ),
    ("42", &[DocType::SalesBillForeign]),
];

/// Lines that fit on the one page of the file.
const MAX_LINES: usize = 40;

pub(super) fn answer(company: &Company, params: &Params, _call: Call<'_>) -> Result<Vec<u8>, MkError> {
    let id = id(params, "mk_id")?.ok_or_else(|| required("mk_id"))?;
    let form = text(params, "report_id")?.ok_or_else(|| required("report_id"))?;
    // Parameters are read for their form only: what they change is not known.
    params.objects("params")?;
    let types = FORMS.iter().find(|(number, _)| *number == form).map(|(_, types)| *types);
    let types = types.ok_or_else(|| invalid_value("report_id", &form, "37,38,42"))?;
    let document = types.iter().find_map(|doc_type| company.document(*doc_type, id));
    let wanted = types.first().copied().unwrap_or(DocType::SalesOffer);
    let document = document.ok_or_else(|| not_found(wanted, id))?;
    Ok(print(company, document))
}

fn print(company: &Company, document: &Document) -> Vec<u8> {
    let mut page = Page::default();
    page.title(&format!("{} {}", name_of(document.doc_type), document.number));
    page.text(&format!("Datum: {}", document.date.strftime("%d.%m.%Y")));
    if let Some(partner) = company.partner(document.partner.partner) {
        page.text(&partner.name);
        if let Some(address) = partner.address(document.partner.address) {
            page.text(&format!("{}, {} {}", address.street, address.post_number, address.city));
        }
    }
    page.text("");
    for line in document.lines.iter().take(MAX_LINES) {
        page.text(&printed_line(company, &line.content));
    }
    page.text("");
    page.text(&format!("Skupaj: {:.2} {}", document.sums.total, document.currency));
    page.into_file()
}

const fn name_of(doc_type: DocType) -> &'static str {
    match doc_type {
        DocType::SalesOffer => "Ponudba",
        DocType::SalesOrder => "Naročilo",
        DocType::SalesBillPrepaid => "Avansni račun",
        DocType::SalesBillCreditNote => "Dobropis",
        DocType::SalesBillDomestic | DocType::SalesBillForeign | DocType::SalesBillRetail => "Račun",
    }
}

fn printed_line(company: &Company, content: &LineContent) -> String {
    match content {
        LineContent::DocDesc(text) | LineContent::NameDesc(text) => text.clone(),
        LineContent::Priced(priced) => {
            let name = match &priced.article {
                Article::Free { name } => name.as_str(),
                Article::Product(id) => company.product(*id).map_or("", |product| product.name.as_str()),
            };
            format!(
                "{}  {} x {}  =  {:.2}",
                name,
                priced.amount,
                priced.price.value(),
                priced_line_total(priced)
            )
        }
    }
}
