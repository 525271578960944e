//! `lab broker`: measures a message from its publisher to the histories of subscribers, through
//! memory and through Redis. Without HTTP, and without sockets of subscribers.

use actix_web::rt::spawn;
use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use common::{
    Config,
    broker::{Broker, Publication},
    history::HistoryRead,
    hub::{ChannelLease, Hub},
    message::{ChannelName, Cursor, MessageId},
    metrics::Metrics,
};
use hdrhistogram::Histogram;
use servers::redis::RedisServer;
use std::{
    io::{self, Write},
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};
use support::{
    console,
    units::{count, grouped},
};
use tokio::time::timeout;

/// Arguments of `lab broker`.
#[derive(Args)]
pub struct Measure {
    /// Messages for each line of the table
    #[arg(long, value_name = "N", default_value_t = 50_000, value_parser = clap::value_parser!(u64).range(1..))]
    messages: u64,

    /// Numbers of publishers; each waits for its acknowledgements
    #[arg(long, value_name = "N", value_delimiter = ',', default_value = "1,64", value_parser = clap::value_parser!(u64).range(1..))]
    publishers: Vec<u64>,

    /// Bytes of a message
    #[arg(long, value_name = "BYTES", default_value_t = 100)]
    size: usize,
}

/// A line of the table.
struct Line {
    took: Duration,
    acknowledged: Histogram<u64>,
    delivered: Histogram<u64>,
}

/// Prints the table.
pub async fn run(measure: Measure) -> ExitCode {
    match all(&measure).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn all(measure: &Measure) -> Result<()> {
    let redis = RedisServer::start()?;
    // As in a deployment: a power failure may lose the last second.
    redis.command("CONFIG SET appendfsync everysec")?;
    row([
        "broker",
        "publishers",
        "messages/s",
        "acknowledged p50, p99",
        "delivered p50, p99",
        "CPU of Redis",
    ]);
    let mut medians = Vec::new();
    for url in ["memory", &redis.url()] {
        for &publishers in &measure.publishers {
            let before = cpu(&redis)?;
            let line = line(measure, url, publishers).await?;
            let spent = cpu(&redis)? - before;
            print_line(measure, url, publishers, &line, spent);
            medians.push(line.acknowledged.value_at_quantile(0.5));
        }
    }
    let (memory, redis) = medians.split_at(measure.publishers.len());
    console::print_line(&conclusion(measure.publishers[0], memory[0], redis[0]));
    Ok(())
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

/// Measures with two connections, one to publish and one to follow, like two processes. In memory
/// there is only one.
async fn line(measure: &Measure, url: &str, publishers: u64) -> Result<Line> {
    // Long enough for a follower that is not scheduled at once.
    let config = Config::from_flags(&[
        "--broker",
        url,
        "--broker-prefix",
        &format!("{publishers}:"),
        "--history",
        "10000",
    ]);
    let here = Broker::try_from(&config)?;
    let there = if url == "memory" {
        here.clone()
    } else {
        Broker::try_from(&config)?
    };
    let hub = Hub::new(
        config.channels.retention(),
        usize::MAX,
        config.timeouts(),
        Arc::new(Metrics::new("broker")),
    );
    there.attach(&hub);
    let channel = ChannelName::parse("measured").expect("letters");
    let feed = there
        .open(&hub, &channel, Cursor::Latest)
        .await
        .map_err(|error| anyhow!("{error}"))?;
    let began = Instant::now();
    let follower = spawn(follow(feed, measure.messages, began));
    let each: Vec<_> = (0..publishers)
        .map(|number| {
            let count =
                measure.messages / publishers + u64::from(number < measure.messages % publishers);
            spawn(publish(
                here.clone(),
                channel.clone(),
                count,
                measure.size,
                began,
            ))
        })
        .collect();
    let mut acknowledged = histogram();
    for one in each {
        let times = one.await??;
        acknowledged.add(times).expect("they are alike");
    }
    let took = began.elapsed();
    let delivered = timeout(Duration::from_secs(10), follower).await;
    let delivered = delivered.context("messages are missing")???;
    Ok(Line {
        took,
        acknowledged,
        delivered,
    })
}

async fn publish(
    broker: Broker,
    channel: ChannelName,
    count: u64,
    size: usize,
    began: Instant,
) -> Result<Histogram<u64>> {
    let mut times = histogram();
    for _ in 0..count {
        let now = Instant::now();
        let body = format!("{:0size$}", (now - began).as_nanos());
        let publication = Publication {
            channel: channel.clone(),
            body: format!("\"{body}\""),
            key: None,
        };
        broker
            .publish(publication, 0)
            .await
            .map_err(|error| anyhow!("{error}"))?;
        times
            .record(now.elapsed().as_nanos() as u64)
            .expect("it grows");
        // Nothing else yields in memory.
        tokio::task::yield_now().await;
    }
    Ok(times)
}

/// Reads every message as soon as it is in the history.
async fn follow(feed: ChannelLease, count: u64, began: Instant) -> Result<Histogram<u64>> {
    let mut times = histogram();
    let mut position: MessageId = feed.resume(Cursor::Latest).cursor;
    while times.len() < count {
        let _ = timeout(Duration::from_secs(10), feed.changed_from(position)).await;
        let HistoryRead::Messages(batch) = feed.read(position, usize::MAX, usize::MAX) else {
            bail!("the subscriber fell behind the history, or got no message for 10 s");
        };
        let now = began.elapsed().as_nanos() as u64;
        for message in batch {
            let sent: u64 = String::from_utf8_lossy(message.body())
                .trim_matches('"')
                .parse()
                .expect("our own time");
            times.record(now.saturating_sub(sent)).expect("it grows");
            position = message.id;
        }
    }
    Ok(times)
}

fn print_line(measure: &Measure, url: &str, publishers: u64, line: &Line, cpu: Duration) {
    let pair = |times: &Histogram<u64>| {
        let micros = |quantile| times.value_at_quantile(quantile) / 1000;
        format!("{} µs, {} µs", grouped(micros(0.5)), grouped(micros(0.99)))
    };
    let broker = if url == "memory" { "memory" } else { "redis" };
    let each = match url {
        "memory" => "-".to_owned(),
        _ => format!(
            "{:.1} µs a message",
            cpu.as_secs_f64() * 1e6 / measure.messages as f64
        ),
    };
    let rate = grouped((measure.messages as f64 / line.took.as_secs_f64()) as u64);
    let [acknowledged, delivered] = [&line.acknowledged, &line.delivered].map(pair);
    row([
        broker,
        &grouped(publishers),
        &rate,
        &acknowledged,
        &delivered,
        &each,
    ]);
}

/// Prints a row. A closed standard output is not an error.
fn row([broker, publishers, rate, acknowledged, delivered, cpu]: [&str; 6]) {
    let _ = writeln!(
        io::stdout(),
        "{broker:<8}{publishers:>10}{rate:>12}{acknowledged:>23}{delivered:>23}{cpu:>20}"
    );
}

fn histogram() -> Histogram<u64> {
    Histogram::new(3).expect("three digits are allowed")
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
