//! Discovery, pull, and the use cases that every caller shares.

/// How the engine reaches Metakocka: the HTTP client and one pacer per company.
#[derive(Debug)]
pub struct Remote {}
