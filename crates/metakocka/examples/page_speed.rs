//! How long reading a page of a hundred whole documents takes: `cargo run --release --example page_speed`.

use std::time::Duration;

use metakocka::{Document, DocumentType};
use tokio::time::Instant;

/// A page's worth of documents (`metakocka-api.md §1.6`).
const DOCUMENTS: usize = 100;
/// How often the page is read; the median is shown.
const ROUNDS: usize = 101;

#[expect(clippy::print_stdout, reason = "the figure is what this program is for")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let document = document_with_lines(10)?;
    let mut times: Vec<Duration> = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        for _ in 0..DOCUMENTS {
            Document::from_json(DocumentType::BillDomestic, &document)?;
        }
        times.push(begin.elapsed());
    }
    times.sort_unstable();
    let bytes = document.len() * DOCUMENTS;
    println!("{DOCUMENTS} documents, {bytes} bytes: median {:?}", times[ROUNDS / 2]);
    Ok(())
}

/// The sample of a paid bill with more lines, as real documents have.
fn document_with_lines(lines: usize) -> Result<String, serde_json::Error> {
    let sample = include_str!("../tests/it/samples/get_paid_bill.reply.json");
    let mut document: serde_json::Value = serde_json::from_str(sample)?;
    let line = document["product_list"][0].clone();
    document["product_list"] = vec![line; lines].into();
    Ok(document.to_string())
}
