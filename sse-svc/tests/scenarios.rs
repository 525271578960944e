//! The suite that all transports share, over Server-Sent Events.

mod reader;

use reader::EventStream;

common::scenarios!(streams: EventStream);
