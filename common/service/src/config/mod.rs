//! The settings of a service. Each is a flag, and a variable of the same name.

mod access;
mod duration;
mod host;
mod listen;
mod memory;
mod messages;
mod origin;
mod parse;
mod server;
mod settings;
mod value_parsers;

pub use access::{AccessSettings, Secret, TokenSettings};
pub use duration::{InvalidDuration, duration, duration_within};
pub use host::{Host, InvalidHost};
pub use listen::Listen;
pub use memory::MaxMemory;
pub use messages::{BrokerTlsSettings, ChannelSettings, MessageSettings};
pub use origin::{InvalidOrigin, origin};
pub use parse::{HIDDEN, masked, parse};
pub use server::ServerSettings;
pub use settings::Config;
pub use value_parsers::{InvalidNumber, whole_number};
