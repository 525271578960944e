//! The message model and its delivery: what a message is, where it is kept, and how it reaches its
//! subscribers.
//!
//! - [`message`], [`history`]: plain data, without clock, socket or async
//! - [`channels`]: the histories of a service, and the memory that they take together
//! - [`hub`]: takes a message to its channel, and wakes the shards that have subscribers of it
//! - [`channel_set`]: several channels of one subscriber, read in one order
//! - [`transport`]: how messages become bytes, and what clients send becomes replies
//! - `subscriber`: one connection: its cursor, its socket, its timers
//! - [`shard`]: the subscribers of one worker thread, and the task that writes to them
//!
//! and what they use:
//!
//! - [`budget`]: bounds the memory that clients make a process hold beside the histories
//! - [`logging`], [`metrics`]: the log and the metrics of a service
//! - `timers`: the timers of a shard
//!
//! The other crates in this folder:
//!
//! - [`net`], on which this one builds: listeners, limits on connections, and sockets that actix
//!   gives up
//! - `broker` numbers messages and carries them to the hubs
//! - `supervisor` keeps several processes on one port
//! - `service` has the settings and the HTTP endpoints of every service, and starts and stops it
//!
//! No module here depends on a transport: a service gives its subscribers a
//! [`transport::Encoder`], and actix its
//! routes. The modules are layers; `tests/layers.rs` has their order.

pub mod budget;
pub mod channel_set;
pub mod channels;
pub mod history;
pub mod hub;
pub mod logging;
pub mod message;
pub mod metrics;
pub mod shard;
mod subscriber;
mod timers;
pub mod transport;
