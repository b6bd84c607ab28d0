//! What goes wrong, and what happens next.

use std::time::Duration;

use metakocka::{
    Client, ConnectionCheck, DocumentFlags, DocumentSearch, DocumentType, Endpoint, Error, Limits, ListLimit,
    MkId, Next, PartnerQuery, ProductQuery, RefusedBy,
};

use crate::support::{Answer, Server, config, http, short_timeout};

async fn search_error(answer: Answer) -> Error {
    search_error_of(&Server::always(answer).await.client()).await
}

async fn search_error_of(client: &Client) -> Error {
    client.search_short(&DocumentSearch::all(DocumentType::Order)).await.unwrap_err()
}

fn code(code: &str, text: &str) -> Answer {
    Answer::json(format!(r#"{{"opr_code":"{code}","opr_desc":"{text}","opr_time_ms":"2"}}"#))
}

#[tokio::test]
async fn every_answer_says_what_happens_next() {
    let minute = Some(Duration::from_mins(1));
    let retry_after = "Retry-After: 60\r\n";
    let table = [
        ("key_refused", Next::PauseKey, code("3", "Invalid value for secret_key and company_id")),
        ("key_refused", Next::PauseKey, code("4", "IP address '1.2.3.4' is not allowed for company_id = 16")),
        ("key_refused", Next::PauseKey, Answer::html(401, "<h1>Unauthorized</h1>")),
        ("key_refused", Next::PauseKey, Answer::html(403, "")),
        ("key_refused", Next::PauseKey, Answer::with(403, "", r#"{"opr_code":"1"}"#)),
        ("quota", Next::WaitForQuota(None), code("5", "Quote exceeds")),
        ("quota", Next::WaitForQuota(minute), Answer::with(429, retry_after, "")),
        ("quota", Next::WaitForQuota(minute), Answer::with(429, retry_after, r#"{"opr_code":"1"}"#)),
        ("refused", Next::Refused, code("5", "Inventura je zaklenjena")),
        ("refused", Next::Refused, code("5", "")),
        ("refused", Next::Refused, code("2", "Unknown document type : sales_ordr")),
        ("refused", Next::Refused, code("6", "Profit center 'X' doesn't exist.")),
        ("refused", Next::Refused, code("8", "Product with code X not found - unit must be set")),
        ("failed", Next::Unknown, code("1", "Unknown internal server error")),
        ("failed", Next::Unknown, code("77", "")),
        ("http_status", Next::Retry, Answer::html(503, "<h1>Maintenance</h1>")),
        ("http_status", Next::Retry, Answer::with(500, "", r#"{"error":"x"}"#)),
        ("failed", Next::Unknown, Answer::with(500, "", r#"{"opr_code":"1","opr_desc":"x"}"#)),
        ("http_status", Next::Protocol, Answer::with(302, "Location: https://elsewhere.example/\r\n", "")),
        ("not_metakocka", Next::Protocol, Answer::html(404, "<html>404</html>")),
        ("not_metakocka", Next::Protocol, Answer::html(200, "<html>Prijava</html>")),
        ("not_metakocka", Next::Protocol, Answer::json("")),
        ("not_metakocka", Next::Protocol, Answer::json("[]")),
        ("not_metakocka", Next::Protocol, Answer::json("\u{1}\u{2}garbage")),
        ("not_metakocka", Next::Protocol, Answer::json(r#"{"opr_code":"0","result":[{"mk_id":"1"#)),
        ("unexpected_reply", Next::Protocol, Answer::json("{}")),
        ("unexpected_reply", Next::Protocol, Answer::json(r#"{"opr_code":"0","opr_time_ms":"3"}"#)),
        ("unexpected_reply", Next::Protocol, Answer::json(r#"{"opr_code":"0","result_all_records":"many"}"#)),
        ("connection_lost", Next::Retry, Answer::Close),
        (
            "connection_lost",
            Next::Retry,
            Answer::Cut { body: br#"{"opr_code":"0","result_count":"0"}"#.to_vec() },
        ),
    ];
    for (row, (kind, next, answer)) in table.into_iter().enumerate() {
        let error = search_error(answer).await;
        assert_eq!((error.kind(), error.next()), (kind, next), "row {row}: {error:?}");
        assert_eq!(error.endpoint(), Endpoint::Search);
    }
}

#[tokio::test]
async fn bytes_that_are_no_text_are_not_metakocka() {
    let body = vec![b'{', b'"', 0xff, 0xfe, b'"', b'}'];
    let error = search_error(Answer::Http { status: 200, headers: String::new(), body }).await;
    assert_eq!((error.kind(), error.status()), ("not_metakocka", Some(200)));
}

#[tokio::test]
async fn silence_ends_at_the_time_limit() {
    let server = Server::always(Answer::Silence).await;
    let error = search_error_of(&server.client_within(short_timeout())).await;
    assert_eq!((error.kind(), error.next()), ("timed_out", Next::Retry));
    assert_eq!(server.questions().len(), 1, "the client never asks again by itself");
}

#[tokio::test]
async fn an_answer_larger_than_the_limit_is_not_read() {
    let limits = Limits { max_reply_bytes: 1000, ..Limits::default() };
    let server = Server::always(Answer::json(" ".repeat(1001))).await;
    let error = search_error_of(&server.client_within(limits)).await;
    assert!(matches!(error, Error::TooLarge { limit_bytes: 1000, .. }), "{error:?}");
    let server = Server::always(Answer::json(format!("{:1000}", r#"{"result_count":"0"}"#))).await;
    let all = DocumentSearch::all(DocumentType::Order);
    assert!(server.client_within(limits).search_short(&all).await.is_ok(), "the limit itself is allowed");
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_no_connection() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = Client::new(config(&address), http());
    let error = search_error_of(&client).await;
    assert_eq!((error.kind(), error.next()), ("no_connection", Next::Retry));
    assert!(std::error::Error::source(&error).is_some(), "the cause is kept");
    assert!(matches!(client.test_connection().await, ConnectionCheck::Unreachable(_)));
}

#[tokio::test]
async fn both_texts_of_a_refusal_are_kept_and_the_one_for_people_is_shown() {
    let body = r#"{"opr_code":"6","opr_code_app":"7","opr_time_ms":"840","opr_desc_app":"Documents with some buyer order already exist"}"#;
    let error = search_error(Answer::json(body)).await;
    let reply = error.reply().unwrap();
    assert_eq!(
        (reply.code.as_str(), reply.app_code.as_deref(), reply.text.as_deref()),
        ("6", Some("7"), None)
    );
    assert_eq!(reply.sentence(), "Documents with some buyer order already exist");
    assert!(error.to_string().contains(reply.sentence()));
}

#[tokio::test]
async fn the_error_samples_of_the_reference_are_told_apart() {
    let samples: Vec<serde_json::Value> = serde_json::from_str(include_str!("samples/errors.json")).unwrap();
    let mut kinds = Vec::new();
    for sample in &samples {
        kinds.push(search_error(Answer::json(sample.to_string())).await.kind());
    }
    assert_eq!(kinds, ["refused", "key_refused", "quota", "refused"]);
}

#[tokio::test]
async fn only_the_very_text_about_this_document_proves_that_it_is_gone() {
    let id = MkId::parse("42").unwrap();
    let get = async |text: &str| {
        let client = Server::always(code("2", text)).await.client();
        client.get_document(DocumentType::Order, &id, &DocumentFlags::none()).await
    };
    assert!(get("Cannot find document type sales_order with id = 42").await.unwrap().is_none());
    assert!(get("Cannot find document type sales_order with id = 42.").await.unwrap().is_none());
    for text in [
        "Cannot find document type sales_order with id = null",
        "Cannot find document type sales_order with id = 421",
        "Cannot find document type sales_offer with id = 42",
        "Paramether 'doc_id' is in wrong form",
    ] {
        assert_eq!(get(text).await.unwrap_err().kind(), "refused", "{text}");
    }
    let client = Server::always(code("6", "Cannot find sales order with buyer order 'A-1'")).await.client();
    assert!(client.find_order_by_buyer_order("A-1", &DocumentFlags::none()).await.unwrap().is_none());
}

#[tokio::test]
async fn another_document_than_was_asked_for_is_refused() {
    let sample = include_str!("samples/get_offer.reply.json");
    let client = Server::always(Answer::json(sample)).await.client();
    let flags = DocumentFlags::none();
    let other = MkId::parse("400000802").unwrap();
    let error = client.get_document(DocumentType::Offer, &other, &flags).await.unwrap_err();
    assert_eq!(error.kind(), "unexpected_reply");
    let error = client.find_order_by_buyer_order("APP-1", &flags).await.unwrap_err();
    assert_eq!(error.kind(), "unexpected_reply");
}

#[tokio::test]
async fn no_such_partner_is_an_empty_list_and_other_refusals_are_not() {
    let query = PartnerQuery::Name("Nihče".to_owned());
    let client = Server::always(code("2", "No partner with such properties.")).await.client();
    assert!(client.get_partner(&query).await.unwrap().is_empty());
    assert_eq!(client.partner_page(1000, ListLimit::MAX).await.unwrap().next_offset(), None);
    let client = Server::always(code("2", "Paramether 'limit' is in wrong form")).await.client();
    assert_eq!(client.get_partner(&query).await.unwrap_err().kind(), "refused");
}

#[tokio::test]
async fn another_partner_than_was_asked_for_is_refused() {
    let client = Server::always(Answer::json(include_str!("samples/get_partner.reply.json"))).await.client();
    let ask = async |id| client.get_partner(&PartnerQuery::ById(MkId::parse(id).unwrap())).await;
    assert_eq!(ask("1600710").await.unwrap().len(), 1);
    assert_eq!(ask("1600711").await.unwrap_err().kind(), "unexpected_reply");
}

#[tokio::test]
async fn announced_records_that_are_missing_are_not_an_empty_list() {
    let client = Server::always(Answer::json(r#"{"opr_code":"0","product_list_count":"7"}"#)).await.client();
    assert_eq!(client.product_page(&ProductQuery::default()).await.unwrap_err().kind(), "unexpected_reply");
    let client = Server::always(Answer::json(r#"{"opr_code":"0","product_list_count":"0"}"#)).await.client();
    assert!(client.product_page(&ProductQuery::default()).await.unwrap().rows.is_empty());
}

#[tokio::test]
async fn trying_a_connection_tells_what_is_wrong() {
    let check = async |answer| Server::always(answer).await.client().test_connection().await;
    let warehouses = r#"{"opr_code":"0","offset":"0","limit":"1","warehouse_list_count":"1","warehouse_list":{"mk_id":"1","mark":"glavno"}}"#;
    assert!(matches!(check(Answer::json(warehouses)).await, ConnectionCheck::Working));
    assert!(matches!(check(code("3", "Invalid value")).await, ConnectionCheck::KeyRefused(_)));
    assert!(matches!(
        check(code("4", "IP address")).await,
        ConnectionCheck::AddressRefused(Error::KeyRefused { by: RefusedBy::NetworkAddress, .. })
    ));
    assert!(matches!(check(Answer::html(404, "<html>")).await, ConnectionCheck::NotMetakocka(_)));
    assert!(matches!(check(Answer::json("{}")).await, ConnectionCheck::NotMetakocka(_)));
    assert!(matches!(check(Answer::html(502, "")).await, ConnectionCheck::Unreachable(_)));
    assert!(matches!(check(code("5", "Quote exceeds")).await, ConnectionCheck::QuotaReached(_)));
    assert!(matches!(check(code("6", "Podjetje je zaprto")).await, ConnectionCheck::Declined(_)));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let target = Server::always(Answer::json("{}")).await;
    let location = format!("Location: {}\r\n", target.config().base_url);
    let error = search_error(Answer::with(307, &location, "")).await;
    assert_eq!(error.status(), Some(307));
    assert!(target.questions().is_empty(), "the key went to the address given and nowhere else");
}

#[tokio::test]
async fn a_page_far_larger_than_any_is_refused_before_it_takes_room() {
    let search = metakocka::DocumentSearch::all(metakocka::DocumentType::Order);
    for (rows, kind) in [(150, None), (201, Some("unexpected_reply")), (1_000_000, Some("unexpected_reply"))]
    {
        let list = vec!["{}"; rows].join(",");
        let reply = format!(r#"{{"opr_code":"0","result_all_records":"1","result":[{list}]}}"#);
        let client = Server::always(Answer::json(reply)).await.client();
        let found = client.search_short(&search).await;
        assert_eq!(found.err().map(|error| error.kind()), kind, "{rows} rows");
        let reply = format!(r#"{{"opr_code":"0","product_list_count":"1","product_list":[{list}]}}"#);
        let client = Server::always(Answer::json(reply)).await.client();
        let found = client.product_page(&metakocka::ProductQuery::default()).await;
        assert_eq!(found.is_err(), rows > 1_100, "{rows} rows");
    }
}
