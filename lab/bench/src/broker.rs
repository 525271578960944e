//! `lab broker`: measures a message from its publisher to the histories of subscribers, through
//! memory and through Redis. Without HTTP, and without sockets of subscribers.

use actix_web::rt::spawn;
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
use tokio::time::timeout;

/// Arguments of `lab broker`.
#[derive(Args)]
pub struct Measure {
    /// Messages for each line of the table
    #[arg(long, value_name = "N", default_value_t = 50_000, value_parser = clap::value_parser!(u64).range(1..))]
    messages: u64,

    /// Numbers of publishers; each waits for its acknowledgements
    #[arg(long, value_name = "N", value_delimiter = ',', default_value = "1,64")]
    publishers: Vec<u64>,

    /// Bytes of a message
    #[arg(long, value_name = "BYTES", default_value_t = 100)]
    size: usize,
}

/// A line of the table.
struct Line {
    took: Duration,
    answered: Histogram<u64>,
    delivered: Histogram<u64>,
}

/// Prints the table.
pub async fn run(measure: Measure) -> ExitCode {
    match all(&measure).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn all(measure: &Measure) -> Result<(), String> {
    let redis = RedisServer::start().map_err(|error| error.to_string())?;
    // As in a deployment: a power failure may lose the last second.
    redis
        .command("CONFIG SET appendfsync everysec")
        .map_err(|error| error.to_string())?;
    row([
        "broker",
        "publishers",
        "messages/s",
        "answered p50, p99",
        "delivered p50, p99",
        "CPU of Redis",
    ]);
    for url in ["memory", &redis.url()] {
        for &publishers in &measure.publishers {
            let before = cpu(&redis).map_err(|error| error.to_string())?;
            let line = line(measure, url, publishers).await?;
            let spent = cpu(&redis).map_err(|error| error.to_string())? - before;
            say(measure, url, publishers, &line, spent);
        }
    }
    Ok(())
}

/// Measures with two connections, one to publish and one to follow, like two processes. In memory
/// there is only one.
async fn line(measure: &Measure, url: &str, publishers: u64) -> Result<Line, String> {
    // Long enough for a follower that is not scheduled at once.
    let config = Config::from_flags(&[
        "--broker",
        url,
        "--broker-prefix",
        &format!("{publishers}:"),
        "--history",
        "10000",
    ]);
    let here = Broker::from(&config);
    let there = if url == "memory" {
        here.clone()
    } else {
        Broker::from(&config)
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
        .map_err(|error| error.to_string())?;
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
    let mut answered = histogram();
    for one in each {
        let times = one.await.map_err(|error| error.to_string())??;
        answered.add(times).expect("they are alike");
    }
    let took = began.elapsed();
    let delivered = timeout(Duration::from_secs(10), follower).await;
    let delivered = delivered
        .map_err(|_| "messages are missing".to_owned())?
        .map_err(|error| error.to_string())??;
    Ok(Line {
        took,
        answered,
        delivered,
    })
}

async fn publish(
    broker: Broker,
    channel: ChannelName,
    count: u64,
    size: usize,
    began: Instant,
) -> Result<Histogram<u64>, String> {
    let mut times = histogram();
    for _ in 0..count {
        let now = Instant::now();
        let body = format!("{:0size$}", (now - began).as_nanos());
        let publication = Publication {
            channel: channel.clone(),
            body: format!("\"{body}\""),
            key: None,
            holder: 0,
        };
        broker
            .publish(publication)
            .await
            .map_err(|error| error.to_string())?;
        times
            .record(now.elapsed().as_nanos() as u64)
            .expect("it grows");
        // Nothing else yields in memory.
        tokio::task::yield_now().await;
    }
    Ok(times)
}

/// Reads every message as soon as it is in the history.
async fn follow(feed: ChannelLease, count: u64, began: Instant) -> Result<Histogram<u64>, String> {
    let mut times = histogram();
    let mut position: MessageId = feed.resume(Cursor::Latest).cursor;
    while times.len() < count {
        let _ = timeout(Duration::from_secs(10), feed.changed_from(position)).await;
        let HistoryRead::Messages(batch) = feed.read(position, usize::MAX, usize::MAX) else {
            return Err("the follower fell behind its log, or nothing came for 10 s".to_owned());
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

fn say(measure: &Measure, url: &str, publishers: u64, line: &Line, cpu: Duration) {
    let pair = |times: &Histogram<u64>| {
        let micros = |quantile| times.value_at_quantile(quantile) / 1000;
        format!("{} µs, {} µs", micros(0.5), micros(0.99))
    };
    let broker = if url == "memory" { "memory" } else { "redis" };
    let each = match url {
        "memory" => "-".to_owned(),
        _ => format!(
            "{:.1} µs a message",
            cpu.as_secs_f64() * 1e6 / measure.messages as f64
        ),
    };
    let rate = format!("{:.0}", measure.messages as f64 / line.took.as_secs_f64());
    let [answered, delivered] = [&line.answered, &line.delivered].map(pair);
    row([
        broker,
        &publishers.to_string(),
        &rate,
        &answered,
        &delivered,
        &each,
    ]);
}

/// Prints a row. A closed standard output is not an error.
fn row([broker, publishers, rate, answered, delivered, cpu]: [&str; 6]) {
    let _ = writeln!(
        io::stdout(),
        "{broker:<8}{publishers:>10}{rate:>12}{answered:>22}{delivered:>22}{cpu:>20}"
    );
}

fn histogram() -> Histogram<u64> {
    Histogram::new(3).expect("three digits are allowed")
}

/// Returns the CPU time that Redis has used.
fn cpu(redis: &RedisServer) -> io::Result<Duration> {
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
        .ok_or_else(|| io::Error::other("Redis does not say what it spends"))
}
