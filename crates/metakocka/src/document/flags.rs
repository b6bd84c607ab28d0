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
    /// What a compound product of a line is made of.
    ProductCompound,
    /// The costs allocated to each line.
    AllocatedCost,
    /// The purchase price lists and allocated costs of each line.
    PurchasePricesAndCosts,
    /// The purchase price of each line.
    PurchasePrice,
    /// The serial numbers of each line, from the linked invoice.
    SerialsFromInvoice,
    /// The files of an order; not in searches.
    Attachments,
    /// The orders that an order was split into, whole.
    SplitOrders,
    /// Where an order's parcel is followed.
    TrackingUrl,
    /// Further tracking numbers of an order.
    AssociatedTrackingNumbers,
    /// The stickers of an order.
    StickersUrl,
    /// What happened to an order's parcel.
    DeliveryEvents,
    /// Figures about an order's delivery; not in searches.
    DeliveryStats,
}

impl DocumentFlag {
    /// Every flag. What the later ones bring is found in `other` of documents and lines.
    pub const ALL: [Self; 21] = [
        Self::DocumentInfo,
        Self::PaymentDetail,
        Self::LastPaymentDate,
        Self::ProductDetail,
        Self::TaxFactor,
        Self::ProductMetadata,
        Self::SumCredit,
        Self::OrderMethodOfPayment,
        Self::CreditNotes,
        Self::ProductCompound,
        Self::AllocatedCost,
        Self::PurchasePricesAndCosts,
        Self::PurchasePrice,
        Self::SerialsFromInvoice,
        Self::Attachments,
        Self::SplitOrders,
        Self::TrackingUrl,
        Self::AssociatedTrackingNumbers,
        Self::StickersUrl,
        Self::DeliveryEvents,
        Self::DeliveryStats,
    ];

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
            Self::ProductCompound => "show_product_compound",
            Self::AllocatedCost => "show_allocated_cost",
            Self::PurchasePricesAndCosts => "show_purchase_price_and_allo_cost",
            Self::PurchasePrice => "return_purchase_price",
            Self::SerialsFromInvoice => "read_product_serial_from_linked_invoice",
            Self::Attachments => "show_attachments",
            Self::SplitOrders => "show_split_orders",
            Self::TrackingUrl => "show_tracking_url",
            Self::AssociatedTrackingNumbers => "return_associated_tracking_numbers",
            Self::StickersUrl => "return_stickers_url",
            Self::DeliveryEvents => "return_delivery_service_events",
            Self::DeliveryStats => "return_delivery_stats",
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
