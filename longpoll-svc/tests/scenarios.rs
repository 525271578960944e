//! The suite that all transports share, over long polling.

mod reader;

use reader::Poller;

common::scenarios!(Poller);
