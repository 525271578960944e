//! The subscribers of a shard as time passes, on a clock that only the tests advance.

mod client_input;
mod harness;
mod polls;
mod streams;
