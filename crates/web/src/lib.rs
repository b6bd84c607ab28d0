//! The client: exports `hydrate()`, nothing else.

use wasm_bindgen::prelude::wasm_bindgen;

/// Takes over the page that the server sent.
#[wasm_bindgen]
pub fn hydrate() {
    crm_mind::hydrate();
}
