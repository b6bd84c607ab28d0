//! A faithful stand-in for the Metakocka ERP API: depends on none of the other crates.
