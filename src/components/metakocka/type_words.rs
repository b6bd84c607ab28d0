//! The words for the types of sales documents, the CRM's and the remote's.

use sync_core::record::DocumentType;

use crate::i18n::{language, td_string};

/// The name of a type.
#[must_use]
pub fn type_name(kind: DocumentType) -> &'static str {
    let lang = language();
    match kind {
        DocumentType::Offer => td_string!(lang, kind.offer),
        DocumentType::Proforma => td_string!(lang, kind.proforma),
        DocumentType::Order => td_string!(lang, kind.order),
        DocumentType::InvoiceDomestic => td_string!(lang, kind.invoice_domestic),
        DocumentType::InvoiceForeign => td_string!(lang, kind.invoice_foreign),
        DocumentType::InvoiceRetail => td_string!(lang, kind.invoice_retail),
        DocumentType::InvoicePrepaid => td_string!(lang, kind.invoice_prepaid),
        DocumentType::CreditNote => td_string!(lang, kind.credit_note),
    }
}
