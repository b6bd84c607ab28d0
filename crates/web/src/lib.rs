//! The client: exports `hydrate()`, nothing else.
