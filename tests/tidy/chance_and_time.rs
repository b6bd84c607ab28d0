//! The clock is read and chance is drawn in listed places only; everywhere else both are arguments, so that a
//! test can set them. Clippy bans the same calls; this list also covers what clippy is told to accept.

use crate::lexer::tokens;
use crate::tree::{Tree, Violation};

/// Calls, by the type and the function they end in.
const BANNED: [(&str, &str); 9] = [
    ("SystemTime", "now"),
    ("Instant", "now"),
    ("Timestamp", "now"),
    ("Zoned", "now"),
    ("Uuid", "now_v7"),
    ("Uuid", "new_v4"),
    ("rand", "rng"),
    ("rand", "random"),
    ("rand", "thread_rng"),
];

/// The operating system's generator under its names; one of them is enough.
const SYSTEM_GENERATORS: [&str; 3] = ["OsRng", "SysRng", "from_os_rng"];

/// Places that may, and why.
const PLACES: [(&str, &str); 11] = [
    ("crates/chaos/src/act.rs", "the story of a run is told by the machine's clock"),
    ("crates/engine/src/clock.rs", "the machine's clock behind the trait"),
    ("crates/engine/src/ids.rs", "the seed of the one generator"),
    (
        "crates/engine/src/vault/key.rs",
        "a new installation key comes from the operating system or not at all",
    ),
    (
        "crates/metakocka/src/layer/trace.rs",
        "how long a call took goes to the log only; tests pause this clock",
    ),
    (
        "crates/metakocka/src/client/write.rs",
        "when a write ended and a look-up began; tests pause this clock",
    ),
    ("crates/metakocka/src/layer/allowance.rs", "when there is a new allowance; tests need no clock"),
    ("crates/metakocka/src/layer/pacer.rs", "pauses between calls are real ones; tests pause this clock"),
    ("crates/metakocka-simulator/src/clock.rs", "the machine's clock behind the one that can be set"),
    ("crates/sync-simulation/src/bin/simulate.rs", "seeds a second are only printed"),
    ("crates/xtask/src/report.rs", "how long a step took is only printed"),
];

fn violations(tree: &Tree) -> Vec<Violation> {
    let listed = |path: &str| PLACES.iter().any(|(place, _)| *place == path);
    let mut found = Vec::new();
    for (path, source) in tree.product().filter(|(path, _)| !listed(path)) {
        let tokens = tokens(source);
        for (at, token) in tokens.iter().enumerate() {
            let Some(word) = token.word() else { continue };
            let next = match tokens.get(at + 1..at + 4) {
                Some([first, second, called]) if first.is(':') && second.is(':') => called.word(),
                _ => None,
            };
            let banned = next.is_some_and(|called| BANNED.contains(&(word, called)));
            if banned || SYSTEM_GENERATORS.contains(&word) {
                let call = next.map_or_else(|| word.to_owned(), |called| format!("{word}::{called}"));
                found.push(Violation::new(path, token.line, format!("{call}: take it as an argument")));
            }
        }
    }
    found
}

/// Listed places that no longer read clock or chance; the list must not outlive its reasons.
fn idle_places(tree: &Tree) -> Vec<&'static str> {
    let mentions = |source: &str| {
        let tokens = tokens(source);
        let named = |name: &str| tokens.iter().any(|token| token.is_word(name));
        BANNED.iter().any(|(owner, call)| named(owner) && named(call))
            || SYSTEM_GENERATORS.iter().any(|name| named(name))
    };
    PLACES
        .iter()
        .map(|(place, _)| *place)
        .filter(|place| tree.text(place).is_some_and(|source| !mentions(source)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{assert_found_in, assert_none};

    #[test]
    fn clock_and_chance_are_arguments() {
        let tree = Tree::of_the_repository();
        assert_none(&violations(&tree));
        assert_eq!(idle_places(&tree), Vec::<&str>::new());
    }

    #[test]
    fn planted_calls_are_found() {
        let tree = Tree::planted(&[
            ("crates/engine/src/access/tokens.rs", "let mut generator = OsRng;"),
            ("crates/engine/src/sync/worker.rs", "let now = jiff::Timestamp::now();"),
            ("crates/sync-core/src/plan.rs", "// Instant::now() is banned\nfn at(now: Timestamp) {}"),
            ("src/server/state.rs", "let started = std::time::Instant::now();"),
        ]);
        assert_found_in(
            &violations(&tree),
            &[
                "crates/engine/src/access/tokens.rs",
                "crates/engine/src/sync/worker.rs",
                "src/server/state.rs",
            ],
        );
    }
}
