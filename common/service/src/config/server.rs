//! Settings of threads, connections and tasks.

use super::{
    duration::{HOUR, MINUTE, SECOND, duration_within},
    value_parsers::{at_least_one, on_or_off, whole_number},
};
use clap::Args;
use common::hub::MAX_WORKERS;
use std::{num::NonZeroUsize, thread::available_parallelism, time::Duration};

/// How a service runs: its threads, its connections, its tasks and its end.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Server")]
pub struct ServerSettings {
    /// Worker threads, 1 to 64 [default: one for each core]
    #[arg(long, env, value_parser = whole_number::<u64>(1..=MAX_WORKERS as u64))]
    pub workers: Option<u64>,

    /// Maximum of open connections; excess connections get 503 [default: the limit of open files,
    /// less a reserve]
    #[arg(long, env, value_name = "N", value_parser = at_least_one)]
    pub max_connections: Option<NonZeroUsize>,

    /// How long a connection is kept open between two requests; longer than the proxy in front
    /// keeps it
    #[arg(long, env, value_name = "TIME", default_value = "75s")]
    #[arg(value_parser = duration_within(SECOND..=2 * HOUR))]
    pub keep_alive: Duration,

    /// How long a stopping service still accepts connections, while it is not ready and disconnects
    /// its subscribers
    #[arg(long, env, value_name = "TIME", default_value = "3s")]
    #[arg(value_parser = duration_within(Duration::ZERO..=10 * MINUTE))]
    pub drain: Duration,

    /// Tasks (POST /tasks) that may wait or run at a time, and the same number of small ones, one
    /// of each address or token; 0 for none
    #[arg(long, env, value_name = "N", default_value_t = 8)]
    pub tasks: usize,

    /// Let POST /tasks?inline=true compute on the event loop, where it blocks all subscribers of a
    /// worker thread, and let one client use all --tasks [default: off]
    #[arg(long, env, value_parser = on_or_off)]
    pub tasks_inline: bool,
}

impl ServerSettings {
    /// Returns the number of worker threads.
    pub fn workers(&self) -> usize {
        match self.workers {
            Some(workers) => workers as usize,
            None => available_parallelism()
                .map_or(1, NonZeroUsize::get)
                .min(MAX_WORKERS),
        }
    }
}
