//! The subscribers of a shard as time passes, on a clock that only the tests advance.

mod client_input;
mod clients;
mod harness;
mod letter_transport;
mod polls;
mod sets;
mod streams;
