//! What a record is, and what to do with it: pure, without I/O, clock, randomness or async.
