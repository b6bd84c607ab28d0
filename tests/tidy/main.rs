//! Rules of this house that neither the compiler nor clippy checks, each with a planted violation that fails.
//!
//! Plain std and no crate of the workspace, so that the rules compile alone in a second. A rule is a function
//! from the tree of tracked files to violations; to add one, write a module with the rule, a test that the
//! repository keeps it and a test that a planted violation is found. Exceptions are lists in the modules,
//! each entry with its reason.

mod arrows;
mod authorised;
mod chance_and_time;
mod lexer;
mod paths;
mod required;
mod rooms;
mod sql;
mod tenants;
mod traces;
mod tree;
