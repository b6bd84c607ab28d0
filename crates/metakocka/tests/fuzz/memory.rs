//! Memory: how much something takes at once, and the largest piece that it takes in one go.

use std::alloc::System;
use std::cell::Cell;

use tracking_allocator::{AllocationGroupId, AllocationRegistry, AllocationTracker, Allocator};

#[global_allocator]
static WATCHED: Allocator<System> = Allocator::system();

thread_local! {
    static TAKEN: Cell<Taken> = const { Cell::new(Taken { now: 0, memory: Memory { peak: 0, largest: 0 } }) };
}

/// What something took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Memory {
    /// The most bytes at once. A list that grows counts twice while it moves.
    pub(crate) peak: u64,
    /// The bytes of the largest single allocation.
    pub(crate) largest: u64,
}

/// What a thread took since its measurement began. What it gives back of older memory makes `now` negative.
#[derive(Clone, Copy)]
struct Taken {
    now: i64,
    memory: Memory,
}

struct Ledger;

impl AllocationTracker for Ledger {
    fn allocated(&self, _address: usize, size: usize, _wrapped: usize, _group: AllocationGroupId) {
        note(|taken| {
            taken.now += bytes(size);
            taken.memory.peak = taken.memory.peak.max(u64::try_from(taken.now).unwrap_or(0));
            taken.memory.largest = taken.memory.largest.max(size as u64);
        });
    }

    fn deallocated(
        &self,
        _address: usize,
        size: usize,
        _wrapped: usize,
        _source: AllocationGroupId,
        _current: AllocationGroupId,
    ) {
        note(|taken| taken.now -= bytes(size));
    }
}

fn note(change: impl FnOnce(&mut Taken)) {
    // A thread that ends gives memory back after its own variables are gone; nobody measures it any more.
    let _ = TAKEN.try_with(|cell| {
        let mut taken = cell.get();
        change(&mut taken);
        cell.set(taken);
    });
}

fn bytes(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

/// Begins to watch every allocation of the program.
pub(crate) fn watch() {
    AllocationRegistry::set_global_tracker(Ledger).expect("it is set once");
    AllocationRegistry::enable_tracking();
}

/// What a function takes on this thread.
pub(crate) fn of(function: impl FnOnce()) -> Memory {
    TAKEN.set(Taken { now: 0, memory: Memory::default() });
    function();
    TAKEN.get().memory
}
