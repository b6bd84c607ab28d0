//! Chance from a seed. Everything that may or may not happen is asked for by [`Dice::fires`], which
//! numbers what happened, so that a failing seed can be run again without some of it.

use std::collections::BTreeSet;

/// One million: chances are given in parts of it.
const MILLION: u64 = 1_000_000;

/// A seeded generator (SplitMix64) that can leave out single happenings.
#[derive(Debug, Clone)]
pub(crate) struct Dice {
    seed: u64,
    state: u64,
    asked: u32,
    left_out: BTreeSet<u32>,
    fired: Vec<u32>,
    calm: bool,
}

impl Dice {
    /// The dice of a seed, without the happenings of these numbers.
    pub(crate) fn new(seed: u64, left_out: BTreeSet<u32>) -> Self {
        Self { seed, state: seed ^ 0x5DEE_CE66_D1CE_4E5B, asked: 0, left_out, fired: Vec::new(), calm: false }
    }

    /// From now on nothing fires.
    pub(crate) fn calm(&mut self) {
        self.calm = true;
    }

    /// Begins the numbers of one actor anew: what another did before does not change them. So a run
    /// without some happening stays like the run with it, as far as it can.
    pub(crate) fn focus(&mut self, actor: u64, turn: u64) {
        self.state = self.seed ^ actor.wrapping_mul(0xD6E8_FEB8_6659_FD93) ^ turn.rotate_left(40);
        self.next();
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform below a bound, which is at least 1.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// Uniform between two bounds, both included.
    pub(crate) fn between(&mut self, from: i64, to: i64) -> i64 {
        let width = u64::try_from(to - from).unwrap_or(0) + 1;
        from + i64::try_from(self.below(width)).unwrap_or(0)
    }

    /// One of a list.
    pub(crate) fn pick<T: Copy>(&mut self, list: &[T]) -> Option<T> {
        let at = self.below(list.len() as u64);
        list.get(usize::try_from(at).unwrap_or(0)).copied()
    }

    /// Whether something happens that has this chance in a million.
    pub(crate) fn fires(&mut self, millionths: u64) -> bool {
        let rolled = self.next() % MILLION < millionths;
        if self.calm || !rolled {
            return false;
        }
        let number = self.asked;
        self.asked += 1;
        if self.left_out.contains(&number) {
            return false;
        }
        self.fired.push(number);
        true
    }

    /// The numbers of what happened.
    pub(crate) fn fired(&self) -> &[u32] {
        &self.fired
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_numbers_and_what_is_left_out_does_not_happen() {
        let rolls = |left_out: &[u32]| {
            let mut dice = Dice::new(7, left_out.iter().copied().collect());
            (0..100).map(|_| dice.fires(500_000)).collect::<Vec<bool>>()
        };
        assert_eq!(rolls(&[]), rolls(&[]));
        let fired = |rolls: Vec<bool>| rolls.into_iter().filter(|fired| *fired).count();
        assert_eq!(fired(rolls(&[0, 3])) + 2, fired(rolls(&[])));
    }
}
