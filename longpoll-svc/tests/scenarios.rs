//! The suite that all transports share, over long polling.

mod reader;

use reader::Poller;

common::scenarios!(Poller);
common::program_scenarios!(env!("CARGO_BIN_EXE_longpoll-svc"));
