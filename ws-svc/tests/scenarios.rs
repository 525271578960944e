//! The suite that all transports share, over WebSocket, with a client of somebody else.

mod subscriber;

use subscriber::Socket;

conformance::scenarios!(streams: Socket);
conformance::program_scenarios!(env!("CARGO_BIN_EXE_ws-svc"));
