//! What a read of a document shall contain beyond its ordinary fields (`metakocka-api.md §4.5`).

use serde_json::{Map, Value};

use super::DocumentType;

/// A switch of `get_document` and of whole-document searches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DocumentFlag {
    /// The change log (orders, bills).
    DocumentInfo,
    /// The payments (bills).
    PaymentDetail,
    /// Date and sum of the last payment.
    LastPaymentDate,
    /// Row id and kind of each line.
    ProductDetail,
    /// Tax factor and text of each line.
    TaxFactor,
    /// `meta_data` of each line.
    ProductMetadata,
    /// The total of credits on linked invoices (orders).
    SumCredit,
    /// The order's payment method on a bill.
    OrderMethodOfPayment,
    /// The credit notes of a bill.
    CreditNotes,
}

impl DocumentFlag {
    /// The name that Metakocka uses.
    pub const fn wire(self) -> &'static str {
        match self {
            Self::DocumentInfo => "return_document_info",
            Self::PaymentDetail => "show_payment_detail",
            Self::LastPaymentDate => "show_last_payment_date",
            Self::ProductDetail => "show_product_detail",
            Self::TaxFactor => "show_tax_factor",
            Self::ProductMetadata => "show_product_metadata",
            Self::SumCredit => "show_sum_credit",
            Self::OrderMethodOfPayment => "show_sales_order_method_of_payment",
            Self::CreditNotes => "return_credit_note_for_invoice",
        }
    }
}

/// A set of [`DocumentFlag`]s.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentFlags(Vec<DocumentFlag>);

impl DocumentFlags {
    /// No flag: the ordinary fields only.
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// What is worth asking for in every read of a type: row ids and tax factors of lines, payments of bills.
    /// All are documented for both `get_document` and `search`.
    pub fn usual(doc_type: DocumentType) -> Self {
        let lines = [DocumentFlag::ProductDetail, DocumentFlag::TaxFactor];
        if doc_type.is_bill() {
            lines.into_iter().chain([DocumentFlag::PaymentDetail, DocumentFlag::LastPaymentDate]).collect()
        } else {
            lines.into_iter().collect()
        }
    }

    /// The same with one more.
    #[must_use]
    pub fn with(mut self, flag: DocumentFlag) -> Self {
        if !self.0.contains(&flag) {
            self.0.push(flag);
        }
        self
    }

    pub(crate) fn write_into(&self, body: &mut Map<String, Value>) {
        for flag in &self.0 {
            body.insert(flag.wire().to_owned(), Value::from("true"));
        }
    }
}

impl FromIterator<DocumentFlag> for DocumentFlags {
    fn from_iter<I: IntoIterator<Item = DocumentFlag>>(flags: I) -> Self {
        flags.into_iter().fold(Self::none(), Self::with)
    }
}
