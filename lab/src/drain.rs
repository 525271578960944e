//! `lab drain`: stops a service that has many readers, and shows when they are told to go and when they come back.
#![allow(clippy::print_stdout, reason = "showing is what this command is for")]

use clap::Args;
use common::{
    Config,
    broker::{Broker, Memory},
    server::{Transport, listen, start},
};
use longpoll_svc::LongPoll;
use sse_svc::Sse;
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    process::ExitCode,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use ws_svc::Ws;

/// How finely the curve is drawn.
const STEP: Duration = Duration::from_millis(500);
/// How many readers one mark of the curve stands for.
const MARK: usize = 50;

const POLL: &str = "GET /poll?channel=c&after=0&wait=60 HTTP/1.1\r\nHost: localhost\r\n\r\n";
const EVENTS: &str = "GET /events?channel=c HTTP/1.1\r\nHost: localhost\r\n\r\n";
const WS: &str = "GET /ws?channel=c HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                  Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

#[derive(Args, Debug)]
pub(crate) struct Drain {
    /// Readers of each service; both ends of their connections are open files of this process
    #[arg(long, default_value_t = 5000)]
    readers: usize,
    #[command(flatten)]
    config: Config,
}

/// One reader's end.
struct Goodbye {
    /// When its connection ended.
    gone: Duration,
    /// When a client that does as it is told comes back.
    back: Duration,
}

pub(crate) async fn run(drain: Drain) -> ExitCode {
    match all(&drain).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn all(drain: &Drain) -> io::Result<()> {
    one(drain, LongPoll::default(), POLL).await?;
    one(drain, Sse::default(), EVENTS).await?;
    one(drain, Ws, WS).await
}

async fn one<T: Transport>(drain: &Drain, transport: T, request: &str) -> io::Result<()> {
    let listener = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    let service = start(listener, transport, drain.config.clone(), Broker::Memory(Memory::new(2)))?;
    let mut readers = Vec::new();
    for _ in 0..drain.readers {
        let mut io = TcpStream::connect(service.address()).await?;
        io.write_all(request.as_bytes()).await?;
        readers.push(io);
    }
    while usize::try_from(service.service().hub.metrics().readers.get()) != Ok(drain.readers) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let began = Instant::now();
    let ends: Vec<_> = readers.into_iter().map(|io| actix_rt::spawn(goodbye(io, began))).collect();
    service.stop().await;
    println!("{}: {} readers, and the service, are gone after {:.2?}", T::NAME, ends.len(), began.elapsed());
    let mut goodbyes = Vec::new();
    for end in ends {
        goodbyes.push(end.await.expect("no panic while reading")?);
    }
    curve(&goodbyes);
    Ok(())
}

async fn goodbye(mut io: TcpStream, began: Instant) -> io::Result<Goodbye> {
    let mut said = Vec::new();
    io.read_to_end(&mut said).await?;
    let gone = began.elapsed();
    Ok(Goodbye { gone, back: gone + comeback(&String::from_utf8_lossy(&said)) })
}

/// How long the last words ask the reader to wait: `retry: N` of an event stream, `come back in N ms` of a close.
fn comeback(said: &str) -> Duration {
    let asked = ["come back in ", "retry: "].iter().find_map(|words| said.rsplit_once(words));
    let digits = asked.map_or("", |(_, rest)| rest).split(|c: char| !c.is_ascii_digit()).next();
    Duration::from_millis(digits.and_then(|digits| digits.parse().ok()).unwrap_or(0))
}

fn curve(goodbyes: &[Goodbye]) {
    let steps = goodbyes.iter().map(|goodbye| step(goodbye.back)).max().unwrap_or(0);
    for at in 0..=steps {
        let count =
            |when: fn(&Goodbye) -> Duration| goodbyes.iter().filter(|goodbye| step(when(goodbye)) == at).count();
        let (gone, back) = (count(|goodbye| goodbye.gone), count(|goodbye| goodbye.back));
        let marks = "#".repeat(back.div_ceil(MARK));
        println!("  {:>4.1} s  {gone:>5} gone  {back:>5} back  {marks}", (STEP * at).as_secs_f64());
    }
}

fn step(time: Duration) -> u32 {
    u32::try_from(time.as_millis() / STEP.as_millis()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_words_say_when_to_come_back() {
        for (said, millis) in [
            ("retry: 2000\n:\n retry: 750\n\r\n0\r\n\r\n", 750),
            ("\u{3}\u{fffd}draining: come back in 1250 ms", 1250),
            ("HTTP/1.1 200 OK\r\n\r\n{}", 0),
        ] {
            assert_eq!(comeback(said), Duration::from_millis(millis), "{said:?}");
        }
    }
}
