//! `lab bench tokens`: an answer of a language model, as a stream of short messages that ends.
//!
//! - [`writer`], [`reader`]: who publishes the tokens, and who reads them
//! - [`stream`]: the time to the first token and between tokens, and the bytes
//! - [`interruptions`]: a refresh, a second tab, and a stop in the middle of an answer

mod interruptions;
mod reader;
mod stream;
mod writer;

use crate::{
    nginx::{self, LinkedService, MISSING},
    scenario::{Link, Transport},
    service_benchmark::{Description, ServiceBenchmark},
};
use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use std::time::Duration;
use support::units::duration_within;

const MAX_DELAY: Duration = Duration::from_secs(1);

/// The arguments of `lab bench tokens`.
#[derive(Args)]
pub(crate) struct Tokens {
    /// Tokens of an answer. There is a p99 from 1000 on
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(20..=9999))]
    tokens: u32,

    /// Tokens per second
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rate: u32,

    /// Delay of the link, each way, up to 1s; 0 for none
    #[arg(long, value_name = "TIME", default_value = "50ms", value_parser = duration_within(Duration::ZERO..=MAX_DELAY))]
    delay: Duration,

    #[command(flatten)]
    benchmark: ServiceBenchmark<3>,
}

/// What is between the link and a service: its name, the transports for which it differs from the
/// others, and the settings of nginx.
type Way = (
    &'static str,
    fn() -> &'static [Transport],
    Option<&'static str>,
);

const DIRECT: Way = ("direct", Transport::value_variants, None);
const WAYS: [Way; 3] = [
    DIRECT,
    ("nginx", Transport::value_variants, Some("")),
    // It does not let the service turn off its buffer.
    (
        "nginx that ignores x-accel-buffering",
        || &[Transport::Sse],
        Some("proxy_ignore_headers X-Accel-Buffering;"),
    ),
];
/// nginx with its defaults, with `proxy_pass` and nothing else but `MORE`.
const PROXY: &str = "server { listen {listen}; location / { proxy_pass http://{service}; MORE } }";
/// No WebSocket passes without these, which its manual recommends.
const UPGRADE: &str = "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; \
    proxy_set_header Connection upgrade;";

impl Tokens {
    pub(crate) fn run(&self) -> Result<()> {
        let (ways, missing) = if nginx::is_installed() {
            (&WAYS[..], None)
        } else {
            (&WAYS[..1], Some(MISSING.to_owned()))
        };
        let tokens = ways.len() as u32 * self.tokens + 2 * self.interrupted_tokens();
        let description = Description {
            workers: 1,
            expected: Some(tokens * self.interval()),
            warnings: missing.into_iter().collect(),
            closing: format!("Measured answers of {} tokens.", self.tokens),
        };
        self.benchmark.run(description, |facts| {
            for way in ways {
                self.stream(way, facts).context(way.0)?;
            }
            self.interruptions(facts)
        })
    }

    /// Starts a service for readers over each transport.
    fn services(&self, (_, transports, settings): &Way) -> Result<Vec<LinkedService>> {
        let link = Link {
            delay_ms: self.delay.as_secs_f64() * 1000.0,
            ..Link::default()
        };
        let start = |transport: &Transport| {
            let http = settings.map(|settings| {
                let upgrade = (*transport == Transport::Ws).then_some(UPGRADE);
                PROXY.replace("MORE", upgrade.unwrap_or(settings))
            });
            LinkedService::behind_link(*transport, link, http.as_deref())
        };
        transports().iter().map(start).collect()
    }

    /// Returns the time between two tokens.
    fn interval(&self) -> Duration {
        Duration::from_secs(1) / self.rate
    }
}
