//! The settings of a service. Each is a flag and a variable.

mod derived;
mod host;
mod listen;
mod memory;
mod origin;
mod parse;
mod secret;
mod settings;
mod value_parsers;

pub use host::{Host, first_address};
pub use listen::Listen;
pub use memory::MaxMemory;
pub use origin::origin;
pub use parse::{NOT_SHOWN, masked, parse};
pub use secret::Secret;
pub use settings::Config;
