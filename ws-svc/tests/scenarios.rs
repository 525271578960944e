//! The conformance suite, over WebSocket.

mod subscriber;

use subscriber::Socket;

conformance::scenarios!(streams: Socket);
conformance::program_scenarios!(env!("CARGO_BIN_EXE_ws-svc"));
