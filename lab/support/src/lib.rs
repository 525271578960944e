//! What the tools of the lab share: arguments, units, names of the transports, what they print,
//! random numbers, histograms, threads that own a value, and the removal of secrets. It opens no
//! connections and starts no processes.

pub mod arguments;
pub mod console;
pub mod histogram;
pub mod job_thread;
pub mod json_file;
pub mod parent;
pub mod random;
pub mod secrets;
pub mod service_links;
pub mod transports;
pub mod units;
