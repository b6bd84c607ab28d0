//! Replies that are the beginning of others: the samples of the reference (`metakocka-api.md §10`).

use metakocka::DocumentType;
use metakocka::fuzz::ReplyKind;

/// Every sample, and what it is read as.
pub(crate) fn load() -> Vec<(ReplyKind, String)> {
    let stored = r#"{"opr_code":"0","opr_time_ms":"118","document_type_short":"PR_SO","partner":{"mk_id":"1600710"},"mk_id":"400000701","count_code":"PP-301","total_price":"18.79"}"#;
    let made = r#"{"mk_id":"1600710","mk_contact_id":"1600712","mk_address_id_list":[{"mk_id":"1600711","street":"Cesta 1"},{"mk_id":"1600713","street":"Polje 5"}]}"#;
    let product = r#"{"opr_code":"0","opr_time_ms":"33","mk_id":"1600554","count_code":"4454"}"#;
    let stock = r#"{"opr_code":"0","offset":"0","limit":"1000","stock_list_count":"2","stock_list":[{"warehouse_id":"7","mk_id":"1600551","count_code":"4451","code":"VIJAK-M6","title":"Vijak M6","amount":"863,75","unit":"kos"},{"warehouse_id":"7","mk_id":"1600552","amount":"-3","reserved_amount":"1","free_amount":"-4"}]}"#;
    let filters = r#"{"sales_order":[{"type":"doc_date_from","label":"od","value_desc":"date"}],"sales_offer":{"type":"partner_mk_id"}}"#;
    let tracking = r#"{"opr_code":"0","mk_id":"400000701","count_code":"PP-301","buyer_order":"APP-1","tracking_code":"SI2001"}"#;
    let warehouses = r#"{"opr_code":"0","offset":"0","limit":"1000","warehouse_list_count":"1","warehouse_list":{"mk_id":"1","mark":"glavno","name":"Glavno","active":"true","main_warehouse":"true"}}"#;
    let changed = r#"{"opr_code":"0","opr_time_ms":"5210"}"#;
    let refused = r#"{"opr_code":"2","opr_desc":"Product with code X2 not found - unit must be set to add new product","opr_time_ms":"58","partner":{"mk_id":"1600710"},"product_not_found_list":[{"code":"X1","amount":"1","price":"5","tax":"EX4"}]}"#;
    let orders = include_str!("../it/samples/search_documents.reply.json");
    let partners = include_str!("../it/samples/get_partner.reply.json");
    let paid = include_str!("../it/samples/get_paid_bill.reply.json");
    let all = [
        (ReplyKind::Documents(DocumentType::Order), orders),
        (ReplyKind::Documents(DocumentType::Order), orders),
        (ReplyKind::Short, include_str!("../it/samples/search_short.reply.json")),
        (ReplyKind::Document(DocumentType::Offer), include_str!("../it/samples/get_offer.reply.json")),
        (ReplyKind::Document(DocumentType::BillDomestic), paid),
        (ReplyKind::Document(DocumentType::BillDomestic), paid),
        (
            ReplyKind::Document(DocumentType::CreditNote),
            include_str!("../it/samples/get_credit_note.reply.json"),
        ),
        (ReplyKind::Partners, partners),
        (ReplyKind::UpdatedPartner, partners),
        (ReplyKind::Products, include_str!("../it/samples/product_list.reply.json")),
        (ReplyKind::Warehouses, warehouses),
        (ReplyKind::Stock, stock),
        (ReplyKind::Filters, filters),
        (ReplyKind::Tracking, tracking),
        (ReplyKind::StoredDocument, stored),
        (ReplyKind::StoredDocument, refused),
        (ReplyKind::Accepted, changed),
        (ReplyKind::StoredPartner, made),
        (ReplyKind::StoredProduct, product),
    ];
    all.into_iter().map(|(kind, sample)| (kind, sample.to_owned())).collect()
}
