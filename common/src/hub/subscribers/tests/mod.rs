//! What happens to readers as time goes by, on a clock that stands still unless it is moved.

mod conversations;
mod pollers;
mod streams;
mod world;
