//! The settings that only a program with one service has.

use super::{Host, value_parsers::whole_number};
use clap::Args;
use common::logging::LogFormat;

/// Where a service listens, and how its program runs.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Server")]
pub struct Listen {
    /// Address to listen on, or a host name: all addresses of that name
    #[arg(long, env, default_value = "127.0.0.1")]
    pub host: Host,

    /// Port to listen on; 0 for any free port [default: 3000 for longpoll-svc and sse-svc, 8080
    /// for ws-svc]
    #[arg(long, env)]
    pub port: Option<u16>,

    /// Processes that share the port, 1 to 64; needs a shared broker. --workers is the number of
    /// threads of each, 1 by default if there are several processes
    #[arg(long, env, value_name = "N", default_value_t = 1)]
    #[arg(value_parser = whole_number::<u64>(1..=64))]
    pub processes: u64,

    /// Format of log lines: text, or json with one object a line
    #[arg(long, env, default_value = "text")]
    pub log_format: LogFormat,
}
