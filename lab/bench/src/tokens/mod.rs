//! `lab bench tokens`: an answer of a language model, as a stream of short messages that ends.
//!
//! - [`command`]: the arguments, and the list of measurements
//! - [`path`]: a service, with or without nginx, behind a link
//! - [`writer`], [`reader`]: who publishes the tokens, and who reads them
//! - [`stream`]: the time to the first token and between tokens, and the bytes
//! - [`interruptions`]: a refresh, a second tab, and a stop in the middle of an answer

mod command;
mod interruptions;
mod path;
mod reader;
mod stream;
mod writer;

pub(super) use command::Tokens;
