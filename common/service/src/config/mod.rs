//! The settings of a service. Each is a flag, and a variable of the same name.

mod access;
mod broker_tls;
mod duration;
mod host;
mod listen;
mod memory;
mod messages;
mod origin;
mod parse;
mod secret;
pub mod secrets;
mod server;
mod settings;
mod value_parsers;

pub use access::{AccessSettings, TokenSettings};
pub use broker_tls::BrokerTlsSettings;
pub use duration::{InvalidDuration, duration, duration_within};
pub use host::{Host, InvalidHost, NoAddress, first_address};
pub use listen::Listen;
pub use memory::MaxMemory;
pub use messages::{ChannelSettings, MessageSettings};
pub use origin::{InvalidOrigin, Malformed, origin};
pub use parse::parse;
pub use secret::Secret;
pub use server::ServerSettings;
pub use settings::Config;
pub use value_parsers::{InvalidNumber, whole_number};
