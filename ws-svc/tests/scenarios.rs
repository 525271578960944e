//! The suite that all transports share, over WebSocket, with a client of somebody else.

mod reader;

use reader::Socket;

common::scenarios!(streams: Socket);
common::program_scenarios!(env!("CARGO_BIN_EXE_ws-svc"));
