//! The company of the worked exchanges in `metakocka-api.md` §10: its products exist, its partner and its
//! documents are made by replaying the requests, and get the very ids and numbers that stand there.

use super::model::{ListPrice, Measure, MkId, Product, UnitPrice};
use super::registers::{PriceList, Registers, Warehouse};
use super::store::{Company, Counters};
use super::tax::TaxCode;
use rust_decimal::Decimal;

impl Company {
    /// The company before the first exchange.
    pub(crate) fn sample() -> Self {
        let mut company = Self::new(Counters {
            partner: 1_600_709,
            product: 1_600_553,
            partner_number: 119,
            product_number: 4_453,
            row: 1_600_990,
            document: [400_000_800, 400_000_700, 1_600_900, 1_700_000, 1_800_000, 1_900_000, 1_600_949],
            number: [40, 300, 54, 10, 900, 4, 2],
            colliding: true,
        });
        company.registers = Registers {
            price_lists: vec![PriceList::new("MPC", "Osnovni", false)],
            warehouses: vec![Warehouse {
                mk_id: 1_400_001,
                mark: "glavno".to_owned(),
                name: "Glavno".to_owned(),
                main: true,
            }],
            default_profit_center: None,
            ..Registers::default()
        };
        company.products = vec![bolt(), book(), delivery()];
        company
    }
}

fn product(id: u64, number: &str, code: &str, name: &str) -> Product {
    let text = str::to_owned;
    Product::blank(MkId(id), text(number), text(code), text(name), text("kos"))
}

fn bolt() -> Product {
    let mut bolt = product(1_600_551, "4451", "VIJAK-M6", "Vijak M6");
    bolt.purchasing = true;
    bolt.eshop_sync = true;
    bolt.measures.insert(Measure::Weight, Decimal::new(1, 2));
    bolt.stock = Decimal::from(250);
    let first = ListPrice::new("MPC", UnitPrice::Net(Decimal::new(12, 1)), TaxCode::EX4);
    let tier = Some(Decimal::ONE_HUNDRED);
    let second =
        ListPrice { price: UnitPrice::Net(Decimal::new(108, 2)), from: tier, to: None, ..first.clone() };
    bolt.prices = vec![ListPrice { to: tier, ..first }, second];
    bolt
}

/// Its number stands nowhere in §10; a high one, because it is not on the first page of products.
fn book() -> Product {
    let mut book = product(1_600_552, "44552", "KNJIGA-1", "Knjiga");
    book.purchasing = true;
    book
}

fn delivery() -> Product {
    let mut delivery = product(1_600_553, "4453", "DOSTAVA", "Dostava");
    delivery.service = true;
    delivery
}
