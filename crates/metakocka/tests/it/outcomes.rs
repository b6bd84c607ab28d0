//! Which answer is which outcome of a write (design §5.4), and that only a look-up leads back from
//! "nobody knows".

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use metakocka::{
    CallBudget, Client, DocumentDeletion, DocumentType, Endpoint, KeptWrite, Lookup, Next, Pace, Pacer,
    PartnerDraft, PartnerFields, PostalAddress, RefusalKind, StoredDocument, WriteOutcome,
};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::{Answer, Server, config, http, short_timeout};
use crate::writes::{id, order};

const STORED: &str = r#"{"opr_code":"0","opr_time_ms":"118","mk_id":"400000701","count_code":"PP-301"}"#;

fn code(code: &str, text: &str) -> Answer {
    Answer::json(json!({ "opr_code": code, "opr_desc": text, "opr_time_ms": "2" }).to_string())
}

async fn send_order(client: &Client) -> WriteOutcome<StoredDocument> {
    client.send(order().prepare().unwrap()).await
}

#[tokio::test]
async fn every_answer_to_a_write_is_one_of_four_outcomes() {
    let table = [
        ("stored", "ok", Answer::json(STORED)),
        ("stored", "ok", Answer::html(200, STORED)),
        ("refused", "refused", code("2", "Unknown document type : sales_ordr")),
        ("refused", "refused", code("5", "Inventura je zaklenjena")),
        ("refused", "refused", code("6", "Profit center 'X' doesn't exist.")),
        (
            "refused",
            "refused",
            code("8", "Product with code X not found - unit must be set to add new product"),
        ),
        ("not_sent", "key_refused", code("3", "Invalid value for secret_key and company_id")),
        ("not_sent", "key_refused", code("4", "IP address '1.2.3.4' is not allowed for company_id = 16")),
        ("not_sent", "key_refused", Answer::with(401, "", r#"{"opr_code":"3"}"#)),
        ("not_sent", "key_refused", Answer::with(403, "", r#"{"opr_code":"4"}"#)),
        ("not_sent", "quota", code("5", "Quote exceeds")),
        ("not_sent", "quota", Answer::with(429, "", r#"{"opr_code":"5","opr_desc":"Quote exceeds"}"#)),
        ("unknown", "key_refused", Answer::html(401, "")),
        ("unknown", "key_refused", Answer::html(403, "<h1>Forbidden</h1>")),
        ("unknown", "key_refused", Answer::with(401, "", r#"{"opr_code":"1"}"#)),
        ("unknown", "key_refused", Answer::with(403, "", STORED)),
        ("unknown", "key_refused", Answer::with(403, "", &STORED[..40])),
        ("unknown", "quota", Answer::with(429, "Retry-After: 60\r\n", "")),
        ("unknown", "quota", Answer::with(429, "", r#"{"opr_code":"2","opr_desc":"x"}"#)),
        ("unknown", "quota", Answer::with(429, "", STORED)),
        ("unknown", "http_status", Answer::with(202, "", r#"{"opr_code":"3"}"#)),
        ("unknown", "failed", code("1", "Unknown internal server error")),
        ("unknown", "failed", code("77", "")),
        ("unknown", "http_status", Answer::html(500, "")),
        ("unknown", "http_status", Answer::html(502, "<h1>Bad gateway</h1>")),
        ("unknown", "http_status", Answer::html(404, "<html>404</html>")),
        ("unknown", "http_status", Answer::with(302, "Location: https://elsewhere.example/\r\n", "")),
        ("unknown", "http_status", Answer::with(500, "", STORED)),
        ("unknown", "http_status", Answer::with(500, "", r#"{"opr_code":"2","opr_desc":"x"}"#)),
        ("unknown", "http_status", Answer::with(500, "", r#"{"opr_code":"3"}"#)),
        ("unknown", "not_metakocka", Answer::html(200, "<html>Prijava</html>")),
        ("unknown", "not_metakocka", Answer::json("")),
        ("unknown", "not_metakocka", Answer::json(&STORED[..40])),
        ("unknown", "unexpected_reply", Answer::json("{}")),
        ("unknown", "unexpected_reply", Answer::json(r#"{"opr_code":"0","opr_time_ms":"3"}"#)),
        ("unknown", "unexpected_reply", Answer::json(r#"{"opr_code":"0","mk_id":"abc"}"#)),
        ("unknown", "unexpected_reply", Answer::json(r#"{"mk_id":"400000701","count_code":"PP-301"}"#)),
        ("unknown", "connection_lost", Answer::Close),
        ("unknown", "connection_lost", Answer::Cut { body: STORED.as_bytes().to_vec() }),
        ("unknown", "timed_out", Answer::Silence),
    ];
    for (row, (kind, reason, answer)) in table.into_iter().enumerate() {
        let server = Server::always(answer).await;
        let outcome = send_order(&server.client_within(short_timeout())).await;
        let told = match &outcome {
            WriteOutcome::Stored(_) => "ok",
            WriteOutcome::Refused(_) => "refused",
            WriteOutcome::NotSent(not_sent) => not_sent.reason.kind(),
            WriteOutcome::Unknown(unknown) => unknown.reason.kind(),
        };
        assert_eq!((outcome.kind(), told), (kind, reason), "row {row}: {outcome:?}");
        assert_eq!(server.questions().len(), 1, "row {row}: it is sent once");
    }
}

#[tokio::test]
async fn a_write_that_was_not_sent_is_given_back_and_says_when() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let nobody = Client::new(config(&address), http());
    let WriteOutcome::NotSent(not_sent) = send_order(&nobody).await else { panic!("nobody listens") };
    assert_eq!((not_sent.reason.kind(), not_sent.next()), ("no_connection", Next::Retry));
    let mut quota = code("5", "Quote exceeds");
    if let Answer::Http { status, headers, .. } = &mut quota {
        (*status, *headers) = (429, "Retry-After: 60\r\n".to_owned());
    }
    let server = Server::one_by_one(vec![quota, code("3", ""), Answer::json(STORED)]).await;
    let client = server.client();
    let WriteOutcome::NotSent(not_sent) = send_order(&client).await else { panic!("the quota is used up") };
    assert_eq!(not_sent.next(), Next::WaitForQuota(Some(Duration::from_mins(1))));
    let WriteOutcome::NotSent(not_sent) = client.send(not_sent.write).await else { panic!() };
    assert_eq!(not_sent.next(), Next::PauseKey);
    assert!(client.send(not_sent.write).await.stored().is_some());
    let said: Vec<_> = server.questions().into_iter().map(|question| question.body).collect();
    assert!(said.len() == 3 && said[0] == said[1] && said[1] == said[2], "it says the same each time");
}

#[tokio::test]
async fn a_known_customer_order_number_is_told_with_the_documents_that_have_it() {
    let samples: serde_json::Value = serde_json::from_str(include_str!("samples/errors.json")).unwrap();
    let refusal = async |place: usize| {
        let server = Server::always(Answer::json(samples[place].to_string())).await;
        match send_order(&server.client()).await {
            WriteOutcome::Refused(refusal) => refusal,
            other => panic!("{other:?}"),
        }
    };
    let duplicate = refusal(3).await;
    assert_eq!((duplicate.kind, duplicate.endpoint), (RefusalKind::BuyerOrderExists, Endpoint::PutDocument));
    assert_eq!(duplicate.sentence(), "Documents with some buyer order already exist");
    assert_eq!(duplicate.duplicates[0].mk_id, Some(id("400000701")));
    assert_eq!(duplicate.duplicates[0].number.as_deref(), Some("PP-301"));
    let unknown = refusal(0).await;
    assert_eq!((unknown.kind, unknown.partner_id), (RefusalKind::UnknownProduct, Some(id("1600710"))));
    let codes: Vec<_> = unknown.products_not_found.iter().map(|product| product.code.as_deref()).collect();
    assert_eq!(codes, [Some("X1"), Some("X2")]);
    assert_eq!(unknown.products_not_found[1].other["price"], "7");
}

#[tokio::test]
async fn a_partner_without_an_id_in_the_reply_is_unknown() {
    let draft = PartnerDraft {
        fields: PartnerFields { name: Some("Kupec".to_owned()), ..PartnerFields::default() },
        address: PostalAddress {
            street: Some("Cesta 1".to_owned()),
            post_number: Some("1000".to_owned()),
            town: Some("Ljubljana".to_owned()),
            country: Some("SI".to_owned()),
            ..PostalAddress::default()
        },
        ..PartnerDraft::default()
    };
    for (reply, kind) in
        [(r#"{"mk_id":"7"}"#, "stored"), (r#"{"opr_code":"0"}"#, "unknown"), ("{}", "unknown")]
    {
        let server = Server::always(Answer::json(reply)).await;
        assert_eq!(server.client().send(draft.clone().prepare().unwrap()).await.kind(), kind, "{reply}");
    }
}

#[tokio::test]
async fn every_write_knows_where_to_look_for_it() {
    let lookup = |endpoint: &str, fields: serde_json::Value| {
        let kept = json!({ "endpoint": endpoint, "fields": fields }).to_string();
        let payload = KeptWrite::parse(&kept).unwrap();
        match payload.payload().endpoint() {
            Endpoint::PutDocument => payload.never_sent::<StoredDocument>().unwrap().lookup().clone(),
            Endpoint::AddPartner => {
                payload.never_sent::<metakocka::StoredPartner>().unwrap().lookup().clone()
            }
            Endpoint::UpdatePartner => {
                payload.never_sent::<metakocka::UpdatedPartner>().unwrap().lookup().clone()
            }
            Endpoint::ProductAdd | Endpoint::ProductUpdate | Endpoint::ProductDelete => {
                payload.never_sent::<metakocka::StoredProduct>().unwrap().lookup().clone()
            }
            _ => payload.never_sent::<metakocka::Accepted>().unwrap().lookup().clone(),
        }
    };
    let by_id = metakocka::DocumentName::Id(id("7"));
    let table = [
        (
            lookup(
                "put_document",
                json!({ "doc_type": "sales_offer", "title": "APP-78", "doc_date": "01.09.2026",
                "partner": { "mk_id": "5", "mk_address_id": "6" } }),
            ),
            Lookup::Documents {
                doc_type: DocumentType::Offer,
                partner: Some(id("5")),
                date: None,
                title: Some("APP-78".to_owned()),
            },
        ),
        (
            lookup("put_document", json!({ "doc_type": "sales_order", "mk_id": "7", "buyer_order": "A" })),
            Lookup::Document { doc_type: DocumentType::Order, document: by_id.clone() },
        ),
        (
            lookup("put_transaction", json!({ "doc_type": "sales_bill_domestic", "count_code": "R-1" })),
            Lookup::Document {
                doc_type: DocumentType::BillDomestic,
                document: metakocka::DocumentName::Number("R-1".to_owned()),
            },
        ),
        (
            lookup("mark_orders_as_shipped", json!({ "sales_order_id_list": ["7"] })),
            Lookup::ManyOrders(vec![by_id]),
        ),
        (
            lookup(
                "change_document_status",
                json!({ "doc_type": "warehouse_receiving_note", "mk_id_list": ["7"] }),
            ),
            Lookup::Nowhere,
        ),
        (
            lookup(
                "add_partner",
                json!({ "partner": { "customer": "K", "tax_id_number": "SI1",
                "partner_contact": { "email": "a@b" } } }),
            ),
            Lookup::Partners {
                tax_number: Some("SI1".to_owned()),
                email: Some("a@b".to_owned()),
                name: Some("K".to_owned()),
            },
        ),
        (
            lookup("update_partner", json!({ "partner": { "mk_id": "5" } })),
            Lookup::Partner(metakocka::PartnerName::Id(id("5"))),
        ),
        (lookup("product_add", json!({ "code": "A" })), Lookup::Products { code: "A".to_owned() }),
        (
            lookup("product_delete", json!({ "count_code": "4451" })),
            Lookup::Product(metakocka::ProductName::CountCode("4451".to_owned())),
        ),
    ];
    for (row, (asked, expected)) in table.into_iter().enumerate() {
        assert_eq!(asked, expected, "row {row}");
    }
}

#[tokio::test]
async fn a_partner_is_looked_up_with_and_without_its_country_then_by_e_mail_and_name() {
    let server = Server::always(code("2", "No partner with such properties.")).await;
    let lookup = Lookup::Partners {
        tax_number: Some("SI12345678".to_owned()),
        email: Some("ana@kupec.example".to_owned()),
        name: Some("Kupec d.o.o.".to_owned()),
    };
    let result = server.client().look_up(&lookup).await.unwrap();
    assert!(result.complete && result.hits.is_empty());
    let asked: Vec<_> = server
        .questions()
        .iter()
        .map(|question| {
            let mut body = question.body.clone();
            let fields = body.as_object_mut().unwrap();
            fields.remove("secret_key");
            fields.remove("company_id");
            body
        })
        .collect();
    assert_eq!(
        asked,
        [
            json!({ "partner_tax_number": "SI12345678" }),
            json!({ "partner_tax_number": "12345678" }),
            json!({ "partner_email": "ana@kupec.example" }),
            json!({ "partner_name": "Kupec d.o.o." }),
        ]
    );
    let known = Server::always(Answer::json(include_str!("samples/get_partner.reply.json"))).await;
    let result = known.client().look_up(&lookup).await.unwrap();
    assert!(!result.hits.is_empty());
    assert_eq!(known.questions().len(), 2, "who is found by tax number is not looked for by name");
}

#[tokio::test]
async fn a_deleted_document_is_proven_gone() {
    let write = DocumentDeletion { doc_type: DocumentType::Order, id: id("42") }.prepare().unwrap();
    let gone = Server::always(code("2", "Cannot find document type sales_order with id = 42")).await.client();
    let result = gone.look_up(write.lookup()).await.unwrap();
    assert!(result.hits.is_empty() && result.complete);
    let outcome = gone.send(write).await;
    let WriteOutcome::Refused(refusal) = outcome else { panic!("{outcome:?}") };
    assert_eq!(refusal.kind, RefusalKind::NotFound);
}

#[tokio::test]
async fn a_spent_budget_sends_nothing_and_says_when() {
    let server = Server::always(Answer::json(STORED)).await;
    let budget = Some(CallBudget { calls: 1, per: Duration::from_mins(1) });
    let pacer = Pacer::new(Pace { budget, ..Pace::default() });
    let client = Client::new(server.config().paced_by(pacer.clone()), http());
    assert!(send_order(&client).await.stored().is_some());
    let WriteOutcome::NotSent(not_sent) = send_order(&client).await else { panic!() };
    assert_eq!(not_sent.reason.kind(), "budget_spent");
    let Next::WaitForQuota(Some(wait)) = not_sent.next() else { panic!() };
    assert!(wait <= Duration::from_mins(1) && wait > Duration::from_secs(50));
    assert_eq!((server.questions().len(), pacer.budget().unwrap().used), (1, 1));
}

/// Answers one question on each connection and keeps it open; what comes next on it is read and then lost.
async fn reused_connections() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let count = Arc::clone(&count);
            tokio::spawn(async move {
                for is_answered in [true, false] {
                    let mut received = vec![0_u8; 65_536];
                    let Ok(1..) = stream.read(&mut received).await else { return };
                    count.fetch_add(1, Ordering::SeqCst);
                    if is_answered {
                        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", STORED.len());
                        stream.write_all(format!("{head}{STORED}").as_bytes()).await.unwrap();
                    }
                }
            });
        }
    });
    (address, asked)
}

#[tokio::test]
async fn a_write_that_is_lost_on_a_connection_that_was_kept_is_not_sent_again() {
    let (address, asked) = reused_connections().await;
    let client = Client::new(config(&address), http());
    assert!(send_order(&client).await.stored().is_some());
    let outcome = send_order(&client).await;
    assert_eq!((outcome.kind(), asked.load(Ordering::SeqCst)), ("unknown", 2), "{outcome:?}");
}

#[tokio::test]
async fn the_id_of_what_was_stored_is_kept_whatever_else_the_reply_says() {
    let nonsense = [json!("?"), json!([1, [2]]), json!({ "mk_id": { "x": [] } }), json!([{ "mk_id": "?" }])];
    let fields = ["count_code", "total_price", "partner", "document_type_short", "attachment_list"];
    for (field, value) in fields.iter().flat_map(|field| nonsense.iter().map(move |value| (field, value))) {
        let reply = json!({ "opr_code": "0", "mk_id": "7", *field: value });
        let client = Server::always(Answer::json(reply.to_string())).await.client();
        let stored = send_order(&client).await.stored().unwrap_or_else(|| panic!("{field} is {value}"));
        assert_eq!(stored.mk_id, id("7"));
        let is_read = stored.number.is_some() || stored.short_type.is_some();
        let is_lost = !is_read && !stored.other.contains_key(*field) && *field != "attachment_list";
        assert!(!is_lost || value.is_object(), "{field} is {value}: what is not read is kept");
    }
}
