//! The switches of a read (`metakocka-api.md` §4.5), and which of them a search takes.

use crate::api::Params;
use crate::company::DocType;

macro_rules! flags {
    ($($variant:ident $name:literal $in_search:literal,)*) => {
        /// A switch of a read.
        #[derive(Clone, Copy)]
        pub(in crate::api) enum Flag { $($variant,)* }

        const ALL: &[(Flag, &str, bool)] = &[$((Flag::$variant, $name, $in_search),)*];
    };
}

flags! {
    ProductDetail "show_product_detail" true,
    TaxFactor "show_tax_factor" true,
    ProductMetadata "show_product_metadata" true,
    Compound "show_product_compound" false,
    AllocatedCost "show_allocated_cost" false,
    PurchasePrice "show_purchase_price_and_allo_cost" false,
    PurchasePrices "return_purchase_price" true,
    InvoiceSerials "read_product_serial_from_linked_invoice" true,
    Payments "show_payment_detail" true,
    LastPayment "show_last_payment_date" true,
    DocumentInfo "return_document_info" false,
    Attachments "show_attachments" false,
    SumCredit "show_sum_credit" true,
    SplitOrders "show_split_orders" true,
    TrackingUrl "show_tracking_url" true,
    AssociatedTracking "return_associated_tracking_numbers" true,
    Stickers "return_stickers_url" true,
    DeliveryEvents "return_delivery_service_events" true,
    DeliveryStats "return_delivery_stats" false,
    OrderPaymentMethod "show_sales_order_method_of_payment" false,
    CreditNotes "return_credit_note_for_invoice" true,
}

/// Where a document is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum Place {
    Search,
    GetDocument,
}

/// The switches that are on.
#[derive(Clone, Copy, Default)]
pub(in crate::api) struct Flags(u32);

impl Flags {
    /// In a search, payments are shown for bills only.
    pub(in crate::api) fn parse(params: &Params, place: Place, doc_type: DocType) -> Self {
        let on = ALL
            .iter()
            .filter(|(_, name, in_search)| (*in_search || place == Place::GetDocument) && params.flag(name));
        let flags = Self(on.fold(0, |bits, (flag, ..)| bits | 1 << *flag as u32));
        if place == Place::GetDocument || doc_type.is_bill() {
            return flags;
        }
        flags.without(Flag::Payments).without(Flag::LastPayment)
    }

    pub(in crate::api) const fn has(self, flag: Flag) -> bool {
        self.0 & 1 << flag as u32 != 0
    }

    /// The same without this one.
    pub(in crate::api) const fn without(self, flag: Flag) -> Self {
        Self(self.0 & !(1 << flag as u32))
    }
}
