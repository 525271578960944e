//! `lab broker`: measures how long a message takes from its publisher to the histories that
//! subscribers read, through memory and through Redis. No HTTP and no sockets of subscribers take
//! part.

mod measurement;

use crate::report::{
    table::{Format, Table},
    text::tables,
};
use anyhow::{Context, Result};
use clap::Args;
use measurement::measure;
use servers::redis::RedisServer;
use std::time::Duration;
use support::{
    console::{print_line, print_text},
    histogram::Histogram,
    units::{count, grouped},
};

/// Arguments of `lab broker`.
#[derive(Args)]
pub struct Measure {
    /// Messages for each line of the table
    #[arg(long, value_name = "N", default_value_t = 50_000, value_parser = clap::value_parser!(u64).range(1..))]
    messages: u64,

    /// Numbers of publishers, separated by commas; each publishes again once its message is
    /// acknowledged
    #[arg(long, value_name = "N", value_delimiter = ',', default_value = "1,64", value_parser = clap::value_parser!(u64).range(1..))]
    publishers: Vec<u64>,

    /// Size of a message in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 100)]
    size: usize,
}

const HEAD: [&str; 6] = [
    "broker",
    "publishers",
    "messages/s",
    "acknowledged p50, p99",
    "delivered p50, p99",
    "CPU of Redis",
];

/// Prints the table.
///
/// # Errors
///
/// Fails if Redis cannot be started, or a message is lost.
pub async fn run(arguments: Measure) -> Result<()> {
    let redis = RedisServer::start()?;
    redis.write_every_second()?;
    let (mut rows, mut medians) = (Vec::new(), Vec::new());
    for (broker, url) in [("memory", "memory"), ("redis", &redis.url())] {
        for &publishers in &arguments.publishers {
            let before = cpu(&redis)?;
            let latencies = measure(&arguments, url, publishers).await?;
            let each = (cpu(&redis)? - before).as_secs_f64() / arguments.messages as f64;
            let cpu_each = match broker {
                "memory" => "-".to_owned(),
                _ => format!("{:.1} µs a message", each * 1e6),
            };
            medians.push(latencies.acknowledged.quantile(0.5));
            rows.push(vec![
                broker.to_owned(),
                grouped(publishers),
                grouped((arguments.messages as f64 / latencies.took.as_secs_f64()) as u64),
                quantiles(&latencies.acknowledged),
                quantiles(&latencies.delivered),
                cpu_each,
            ]);
        }
    }
    let table = Table::new("Messages through a broker", HEAD, rows);
    print_text(&tables(&[table], Format::Text));
    let (memory, redis) = medians.split_at(arguments.publishers.len());
    print_line(&conclusion(arguments.publishers[0], memory[0], redis[0]));
    Ok(())
}

fn quantiles(times: &Histogram) -> String {
    let micros = |share| grouped(times.quantile(share) / 1000);
    format!("{} µs, {} µs", micros(0.5), micros(0.99))
}

/// Returns the result in a sentence, from medians in nanoseconds.
fn conclusion(publishers: u64, memory: u64, redis: u64) -> String {
    format!(
        "With {}, half of the messages were acknowledged within {:.1} µs in memory, and within \
         {:.1} µs through Redis.",
        count(publishers, "publisher"),
        memory as f64 / 1000.0,
        redis as f64 / 1000.0
    )
}

/// Returns the CPU time that Redis has used.
fn cpu(redis: &RedisServer) -> Result<Duration> {
    let info = redis.command("INFO cpu")?;
    let seconds = |name| {
        info.lines()
            .find_map(|line: &str| line.strip_prefix(name)?.trim().parse::<f64>().ok())
    };
    let spent = seconds("used_cpu_user:")
        .zip(seconds("used_cpu_sys:"))
        .map(|(user, system)| user + system);
    spent
        .map(Duration::from_secs_f64)
        .context("Redis does not report its CPU time")
}
