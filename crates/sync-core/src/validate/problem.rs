//! The reasons why a record can't be sent, in words.

use std::fmt;

use crate::record::{Currency, TaxCode};

/// A field of a record, as people know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// Name.
    Name,
    /// Street.
    Street,
    /// Post number.
    PostNumber,
    /// Town.
    Place,
    /// Country.
    Country,
    /// Code of a product.
    Code,
    /// Unit of a product.
    Unit,
    /// Description of a product.
    Description,
    /// Subject of a document.
    Title,
    /// The customer's order number.
    BuyerOrder,
    /// When an invoice is to be paid.
    Due,
    /// Last day of the service of an invoice.
    ServiceTo,
    /// Goods or financial.
    CreditKind,
    /// The invoice that a credit note is for.
    CreditedInvoice,
}

impl Field {
    /// Its name for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Street => "address.street",
            Self::PostNumber => "address.post_number",
            Self::Place => "address.place",
            Self::Country => "address.country",
            Self::Code => "code",
            Self::Unit => "unit",
            Self::Description => "description",
            Self::Title => "title",
            Self::BuyerOrder => "buyer_order",
            Self::Due => "dates.due",
            Self::ServiceTo => "dates.service_to",
            Self::CreditKind => "credit_kind",
            Self::CreditedInvoice => "credited_invoice",
        }
    }

    /// Its name in a sentence.
    fn words(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Street => "street",
            Self::PostNumber => "post number",
            Self::Place => "town",
            Self::Country => "country",
            Self::Code => "code",
            Self::Unit => "unit",
            Self::Description => "description",
            Self::Title => "subject",
            Self::BuyerOrder => "customer's order number",
            Self::Due => "due date",
            Self::ServiceTo => "service date",
            Self::CreditKind => "type of the credit note",
            Self::CreditedInvoice => "invoice that is credited",
        }
    }
}

/// One reason why a record can't be sent. Lines are counted from one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// A field is empty.
    Missing {
        /// Which.
        field: Field,
    },
    /// A text is longer than the remote takes.
    TooLong {
        /// Which.
        field: Field,
        /// Most characters.
        most: usize,
        /// Characters it has.
        has: usize,
    },
    /// No customer is chosen.
    NoCustomer,
    /// The customer is not there yet and can't be created there.
    CustomerNotCreatable,
    /// There is no line with an amount.
    NoLines,
    /// There are more lines than can be sent.
    TooManyLines {
        /// Lines it has.
        has: usize,
    },
    /// A line names no product; the remote can't take such a line.
    LineWithoutProduct {
        /// Which.
        line: usize,
    },
    /// The product of a line is not there yet and can't be created there.
    ProductNotCreatable {
        /// Which.
        line: usize,
    },
    /// The unit of a line is not that of its product.
    OtherUnit {
        /// Which.
        line: usize,
        /// The product's.
        expected: String,
    },
    /// The amount of a line is zero.
    ZeroAmount {
        /// Which.
        line: usize,
    },
    /// The amount of goods is negative.
    NegativeAmount {
        /// Which.
        line: usize,
    },
    /// The price of goods is negative.
    NegativePrice {
        /// Which.
        line: usize,
    },
    /// The tax code of a line is not confirmed by the owner.
    TaxNotConfirmed {
        /// Which.
        line: usize,
        /// Its code.
        code: TaxCode,
    },
    /// The number of the credited invoice belongs to more than one.
    AmbiguousInvoice,
    /// The credit note is above its invoice.
    AboveInvoice,
    /// The company does not know the currency.
    UnknownCurrency {
        /// Which.
        currency: Currency,
    },
    /// The status has no counterpart there.
    StatusNotMapped {
        /// Its label.
        label: String,
    },
    /// The amounts can't be computed.
    NotComputable,
    /// The request would be larger than can be sent.
    BodyTooLarge {
        /// Bytes it has.
        has: usize,
    },
}

impl Problem {
    /// The field it concerns, for programs.
    pub fn field(&self) -> String {
        let part = |line: &usize, part: &str| format!("lines[{line}].{part}");
        match self {
            Self::Missing { field } | Self::TooLong { field, .. } => field.as_str().to_owned(),
            Self::NoCustomer | Self::CustomerNotCreatable => "customer".to_owned(),
            Self::NoLines | Self::TooManyLines { .. } | Self::NotComputable | Self::BodyTooLarge { .. } => {
                "lines".to_owned()
            }
            Self::LineWithoutProduct { line } | Self::ProductNotCreatable { line } => part(line, "product"),
            Self::OtherUnit { line, .. } => part(line, "unit"),
            Self::ZeroAmount { line } | Self::NegativeAmount { line } => part(line, "amount"),
            Self::NegativePrice { line } => part(line, "price"),
            Self::TaxNotConfirmed { line, .. } => part(line, "tax"),
            Self::AmbiguousInvoice | Self::AboveInvoice => Field::CreditedInvoice.as_str().to_owned(),
            Self::UnknownCurrency { .. } => "currency".to_owned(),
            Self::StatusNotMapped { .. } => "status".to_owned(),
        }
    }

    /// What to do about it, in English; the user interface translates by the variant.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "Fill it in.",
            Self::TooLong { .. } => "Shorten it.",
            Self::NoCustomer => "Choose a customer.",
            Self::CustomerNotCreatable => "Complete the customer's name and address.",
            Self::NoLines => "Add a line.",
            Self::TooManyLines { .. } | Self::BodyTooLarge { .. } => "Split the document.",
            Self::LineWithoutProduct { .. } => "Choose a product for this line, or change it in Metakocka.",
            Self::ProductNotCreatable { .. } => "Complete the product's code, name and unit.",
            Self::OtherUnit { .. } => "Use the product's unit, or change it at the product.",
            Self::ZeroAmount { .. } => "Enter an amount or remove the line.",
            Self::NegativeAmount { .. } | Self::NegativePrice { .. } => {
                "Use a service, or a discount on the other lines."
            }
            Self::TaxNotConfirmed { .. } => "Ask the owner to confirm this tax code in the settings.",
            Self::AmbiguousInvoice => "Make the credit note in Metakocka.",
            Self::AboveInvoice => "Lower the amounts.",
            Self::UnknownCurrency { .. } => "Add the currency in Metakocka, or choose another.",
            Self::StatusNotMapped { .. } => "Map this status in the settings, or choose another.",
            Self::NotComputable => "Correct the amounts and prices.",
        }
    }
}

/// The sentence, in English; the user interface translates by the variant.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { field } => write!(f, "The {} is missing.", field.words()),
            Self::TooLong { field, most, has } => {
                write!(f, "The {} has {has} characters; at most {most} can be sent.", field.words())
            }
            Self::NoCustomer => f.write_str("No customer is chosen."),
            Self::CustomerNotCreatable => f.write_str("The customer can't be created in Metakocka yet."),
            Self::NoLines => f.write_str("The document has no line with an amount."),
            Self::TooManyLines { has } => write!(f, "The document has {has} lines; that is too many."),
            Self::LineWithoutProduct { line } => write!(f, "Line {line} has no product."),
            Self::ProductNotCreatable { line } => {
                write!(f, "The product of line {line} can't be created in Metakocka yet.")
            }
            Self::OtherUnit { line, expected } => {
                write!(f, "The unit of line {line} is not that of its product ({expected}).")
            }
            Self::ZeroAmount { line } => write!(f, "The amount of line {line} is 0."),
            Self::NegativeAmount { line } => write!(f, "The amount of line {line} is negative."),
            Self::NegativePrice { line } => write!(f, "The price of line {line} is negative."),
            Self::TaxNotConfirmed { line, code } => {
                write!(f, "The tax code {code} of line {line} is not confirmed.")
            }
            Self::AmbiguousInvoice => f.write_str("More than one invoice has this number."),
            Self::AboveInvoice => f.write_str("The credit note is above its invoice."),
            Self::UnknownCurrency { currency } => {
                write!(f, "Metakocka does not know the currency {currency}.")
            }
            Self::StatusNotMapped { label } => {
                write!(f, "The status “{label}” has no counterpart in Metakocka.")
            }
            Self::NotComputable => f.write_str("The amounts are too large to add up."),
            Self::BodyTooLarge { has } => {
                write!(f, "The document has {has} bytes; that is too large to be sent.")
            }
        }
    }
}
