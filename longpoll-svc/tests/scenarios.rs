//! The conformance suite, over long polling.

mod subscriber;

use subscriber::Poller;

conformance::scenarios!(Poller);
conformance::program_scenarios!(env!("CARGO_BIN_EXE_longpoll-svc"));
