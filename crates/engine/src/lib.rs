//! The product without a face: no leptos, no axum.
