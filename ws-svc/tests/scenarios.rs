//! The suite that all transports share, over WebSocket, with a client of somebody else.

mod reader;

use reader::Socket;

common::scenarios!(streams: Socket);
