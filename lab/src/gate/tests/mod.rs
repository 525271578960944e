//! The gate as its two sides see it, through real sockets.

mod framing;
mod link;
