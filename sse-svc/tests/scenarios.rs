//! The conformance suite, over Server-Sent Events.

mod subscriber;

use subscriber::EventStream;

conformance::scenarios!(streams: EventStream);
conformance::program_scenarios!(env!("CARGO_BIN_EXE_sse-svc"));
