//! Measures the latency of one message: to another thread, to another process, and through Redis.
//!
//! Between threads and processes it is half of a round trip; through Redis it is the time from
//! publishing to receiving. Sender and receiver run on different processors, as busy workers do: on
//! a common one, no processor has to be woken.

use super::Setup;
use crate::{
    processors::Processors,
    service_benchmark::{P50, P99, Row, quantiles},
};
use anyhow::Result;
use servers::redis::RedisServer;
use std::{
    io::{self, BufRead, BufReader, Read, Write},
    os::{fd::OwnedFd, unix::net::UnixStream},
    panic::resume_unwind,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};
use support::histogram::Histogram;

/// Size of a message in bytes.
const BYTES: usize = 100;
/// The end of a line of the Redis protocol.
const END: &[u8] = b"\r\n";

pub(super) fn measure(setup: &Setup) -> Result<Vec<Row>> {
    let time = setup.time;
    // Pins a thread of its own, not the measurements after this one.
    thread::spawn(move || measure_between(Processors::pin(), time))
        .join()
        .unwrap_or_else(|panic| resume_unwind(panic))
}

fn measure_between(processors: Processors, time: Duration) -> Result<Vec<Row>> {
    let measured = [
        (
            "to another thread, over a channel",
            channel(processors, time),
        ),
        (
            "to another process, over a socket pair",
            socket_pair(processors, time)?,
        ),
        ("to anybody, through Redis", redis(processors, time)?),
    ];
    let row = |(way, latency): (&str, _)| {
        let figures = quantiles(&latency, "µs", [P50, P99]);
        (way.to_owned(), figures.into())
    };
    Ok(measured.into_iter().map(row).collect())
}

/// Passes messages for `time`. The histogram counts nanoseconds: microseconds are too coarse for a
/// channel.
fn repeat<E>(
    time: Duration,
    ways: u32,
    mut pass: impl FnMut() -> Result<(), E>,
) -> Result<Histogram, E> {
    let (began, mut latency) = (Instant::now(), Histogram::default());
    while began.elapsed() < time {
        let sent = Instant::now();
        pass()?;
        latency.record(sent.elapsed() * 1000 / ways);
    }
    Ok(latency)
}

fn channel(processors: Processors, time: Duration) -> Histogram {
    let ((there, incoming), (back, returned)) = (mpsc::channel::<[u8; BYTES]>(), mpsc::channel());
    let echo = move || {
        incoming
            .into_iter()
            .try_for_each(|message| back.send(message))
    };
    let echo = processors.start_measured(|| thread::spawn(echo));
    let passed = repeat(time, 2, || -> Result<(), mpsc::RecvError> {
        // The echo thread ends only after this channel, so sending cannot fail.
        let _ = there.send([b'x'; BYTES]);
        returned.recv().map(drop)
    });
    drop(there);
    let _ = echo.join();
    passed.expect("the echo ends after its channel")
}

fn socket_pair(processors: Processors, time: Duration) -> io::Result<Histogram> {
    let (mut ours, theirs) = UnixStream::pair()?;
    let (input, output) = (OwnedFd::from(theirs.try_clone()?), OwnedFd::from(theirs));
    // It ends with its input, or is killed by the signal of its output.
    let mut echo = processors.start_measured(|| {
        Command::new("cat")
            .stdin(input)
            .stdout(output)
            .stderr(Stdio::null())
            .spawn()
    })?;
    let mut message = [b'x'; BYTES];
    let latency = repeat(time, 2, || {
        ours.write_all(&message)?;
        ours.read_exact(&mut message)
    });
    drop(ours);
    echo.wait()?;
    latency
}

fn redis(processors: Processors, time: Duration) -> Result<Histogram> {
    let server = processors.start_measured(RedisServer::start)?;
    let path = server.url();
    let connect = || UnixStream::connect(path.trim_start_matches("unix://"));
    let (mut publisher, mut subscriber) = (connect()?, BufReader::new(connect()?));
    subscriber.get_mut().write_all(b"SUBSCRIBE bench\r\n")?;
    // The reply has three parts: "subscribe", the channel, and a number. Two of them have a length
    // line.
    lines(&mut subscriber, 6)?;
    let publish = format!("PUBLISH bench {}\r\n", "x".repeat(BYTES));
    let mut counted = BufReader::new(publisher.try_clone()?);
    let latency = repeat(time, 1, || {
        publisher.write_all(publish.as_bytes())?;
        // A message has three parts with length lines: "message", the channel, and the text.
        lines(&mut subscriber, 7)
    })?;
    lines(&mut counted, 1)?;
    Ok(latency)
}

fn lines(io: &mut impl BufRead, count: usize) -> io::Result<()> {
    let mut line = Vec::new();
    for _ in 0..count {
        line.clear();
        io.read_until(b'\n', &mut line)?;
        if !line.ends_with(END) || line.starts_with(b"-") {
            return Err(io::Error::other(
                String::from_utf8_lossy(&line).into_owned(),
            ));
        }
    }
    Ok(())
}
