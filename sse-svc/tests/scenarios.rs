//! The suite that all transports share, over Server-Sent Events.

mod reader;

use reader::EventStream;

common::scenarios!(streams: EventStream);
common::program_scenarios!(env!("CARGO_BIN_EXE_sse-svc"));
