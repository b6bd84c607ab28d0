//! A seeded world that drives the machines of `sync-core`; it arrives with the engine issue.
