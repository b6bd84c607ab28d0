//! `mark_orders_as_shipped` (`metakocka-api.md` §4.7): orders by id, by the customer's number, or all of a
//! country and status. Of a list those before the first bad one are marked, and the answer is its refusal.

use super::change_document_status::{before_the_bad_one, set_status};
use super::params::{Params, required, wrong_form};
use super::writing::people::country;
use super::writing::{not_found, registered, text, texts};
use super::{Call, MkError, done};
use crate::company::{Company, DateField, DeliveryEvent, DeliveryStage, DocType, Document, MkId, entry};

/// What a shipped order's status is called, where the company has one.
const SHIPPED: &str = "shipped";

pub(super) fn answer(company: &mut Company, params: &Params, call: Call<'_>) -> Result<String, MkError> {
    let (orders, refusal) = before_the_bad_one(orders(company, params)?, call)?;
    let has_status = entry(&company.registers.order_statuses, SHIPPED).is_some();
    for id in orders {
        if has_status {
            set_status(company, id, SHIPPED, call);
        }
        if let Some(order) = company.document_mut(DocType::SalesOrder, id) {
            order.dates.insert(DateField::Shipped, call.now.wall.date());
            if let Some(extra) = order.extra.as_mut().filter(|extra| extra.tracking_code.is_some()) {
                extra.events.push(DeliveryEvent::new(call.now, DeliveryStage::Announced));
            }
        }
    }
    refusal.map_or_else(|| Ok(done(call)), Err)
}

fn orders(company: &Company, params: &Params) -> Result<Vec<Result<MkId, MkError>>, MkError> {
    let ids = texts(params, "sales_order_id_list")?;
    let numbers = texts(params, "customer_order_list")?;
    let mass = (text(params, "country")?, text(params, "status_code")?);
    let orders = company.documents(DocType::SalesOrder);
    match (ids.is_empty(), numbers.is_empty(), mass) {
        (false, true, (None, None)) => Ok(ids
            .iter()
            .map(|text| {
                let known = text.parse().ok().and_then(|id| company.document(DocType::SalesOrder, MkId(id)));
                known.map(|order| order.id).ok_or_else(|| not_found(DocType::SalesOrder, text))
            })
            .collect()),
        (true, false, (None, None)) => Ok(numbers
            .iter()
            .map(|number| {
                let known = orders.iter().find(|order| order.buyer_order.as_ref() == Some(number));
                let missing =
                    || MkError::documented(format!("Cannot find sales order with buyer order '{number}'"));
                known.map(|order| order.id).ok_or_else(missing)
            })
            .collect()),
        (true, true, (Some(name), Some(code))) => {
            let wanted = country(&name)?;
            let code = &registered(&company.registers.order_statuses, "status_code", &code)?.code;
            let of_country = |order: &&Document| {
                let who = order.receiver.unwrap_or(order.partner);
                let partner = company.partner(who.partner);
                let address =
                    partner.and_then(|partner| partner.address(who.address).or(partner.main_address()));
                address.is_some_and(|address| address.country == wanted)
            };
            let of_status = |order: &&Document| order.status.as_ref() == Some(code);
            Ok(orders.iter().filter(of_status).filter(of_country).map(|order| Ok(order.id)).collect())
        }
        (true, true, (None, None)) => Err(required("sales_order_id_list")),
        _ => Err(wrong_form("sales_order_id_list")),
    }
}
