//! What a subscriber needs of its transport, and the bytes that subscribers share.
//!
//! A service that pushes messages implements [`Encoder`]; one whose clients send implements
//! [`FrameHandler`] too; long polling implements [`PollTemplate`].

mod encode_cache;
mod encoder;
mod frame_handler;

pub(crate) use encode_cache::EncodeCache;
pub use encoder::{Disconnect, EncodedBatch, Encoder, PollTemplate, SetEncoder};
pub use frame_handler::{
    Change, ChangeError, ChannelChange, Flow, FrameHandler, MESSAGE_TIMEOUT, PendingReply, Reply,
};
