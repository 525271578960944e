//! What the tools of the lab share: units and names on their command lines, what they print, random
//! choices, histograms, and the removal of secrets. It opens no connections and starts no processes.

pub mod arguments;
pub mod chance;
pub mod console;
pub mod histogram;
pub mod lanes;
pub mod parent;
pub mod secrets;
pub mod service_links;
pub mod units;
