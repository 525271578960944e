//! `lab gate measure`: what a gate adds to its delay and what it costs, with an echo server and clients of its own.
//!
//! Each chunk carries the moment at which it was written. The server reads it off, and so does the client when the chunk
//! is back: what is measured is what a service or a browser behind the gate would see, wake-ups of their own threads
//! included. What the gate says of itself stands beside it.

use super::{Cost, Gate, Link, args};
use crate::{console::print_line, histogram::Histogram};
use clap::Args;
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroUsize,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    runtime,
    task::{JoinSet, LocalSet, spawn_local},
    time::{interval_at, sleep},
};

/// Bytes of the moment that each chunk carries.
const STAMP: usize = 8;

#[derive(Args)]
pub(super) struct Measure {
    /// Connections through the gate
    #[arg(long, value_name = "N", default_value = "1000")]
    connections: NonZeroUsize,

    /// Chunks a second on each of them; the echo doubles them
    #[arg(long, value_name = "N", default_value = "10")]
    rate: NonZeroUsize,

    /// Bytes of a chunk, 8 to 65536
    #[arg(long, value_name = "N", default_value = "100", value_parser = clap::value_parser!(u32).range(8..=65536))]
    size: u32,

    /// Delay of the gate, each way
    #[arg(long, value_name = "TIME", default_value = "50ms", value_parser = args::delay)]
    delay: Duration,

    /// For how long
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = crate::units::time)]
    duration: Duration,
}

/// How long chunks took, and a moment that all of them are counted from.
#[derive(Clone)]
struct Trips {
    began: Instant,
    delay: Duration,
    late: Arc<Mutex<Histogram>>,
}

/// Measures, and prints what was found.
pub(super) async fn run(measure: Measure) -> io::Result<()> {
    let began = Instant::now();
    let [up, down] = [(), ()].map(|()| Trips {
        began,
        delay: measure.delay,
        late: Arc::default(),
    });
    let service = serve_echo(up.clone(), measure.size as usize)?;
    let gate = Gate::before(service, Link::delayed(measure.delay))?;
    common::server::raise_open_files();
    print_line(&format!(
        "{} connections, {} chunks a second of {} bytes on each, {} ms each way",
        measure.connections,
        measure.rate,
        measure.size,
        measure.delay.as_millis(),
    ));
    let (cost, took) = load(&measure, &gate, &down).await?;
    print_line(&report(&cost, took, &up, &down));
    Ok(())
}

async fn load(measure: &Measure, gate: &Gate, down: &Trips) -> io::Result<(Cost, Duration)> {
    let mut clients = Vec::new();
    for _ in 0..measure.connections.get() {
        let client = TcpStream::connect(gate.address()).await?;
        client.set_nodelay(true)?;
        clients.push(client);
    }
    // Connections begin with a round trip, which is no chunk's.
    sleep(measure.delay * 3 + Duration::from_millis(100)).await;
    let (before, began) = (gate.cost().await, Instant::now());
    let (each, mut running) = (
        Duration::from_secs(1) / measure.rate.get() as u32,
        JoinSet::new(),
    );
    let count = clients.len() as u32;
    for (number, client) in clients.into_iter().enumerate() {
        let first = Instant::now() + each * number as u32 / count;
        running.spawn_local(talk(
            client,
            first,
            each,
            measure.duration,
            measure.size as usize,
            down.clone(),
        ));
    }
    while let Some(ended) = running.join_next().await {
        ended.map_err(io::Error::other)??;
    }
    Ok((gate.cost().await.since(&before), began.elapsed()))
}

/// One client: writes at its moments, reads what comes back.
async fn talk(
    client: TcpStream,
    first: Instant,
    each: Duration,
    lasts: Duration,
    size: usize,
    trips: Trips,
) -> io::Result<()> {
    let (mut reader, mut writer) = client.into_split();
    let chunks = (lasts.as_secs_f64() / each.as_secs_f64()).ceil() as usize;
    let began = trips.began;
    let writing = spawn_local(async move {
        let (mut turn, mut chunk) = (interval_at(first.into(), each), vec![0; size]);
        for _ in 0..chunks {
            turn.tick().await;
            stamp(&mut chunk, began);
            writer.write_all(&chunk).await?;
        }
        io::Result::Ok(writer)
    });
    let mut chunk = vec![0; size];
    for _ in 0..chunks {
        reader.read_exact(&mut chunk).await?;
        trips.note(&chunk);
    }
    writing.await.map_err(io::Error::other)?.map(drop)
}

/// An echo server on a thread of its own, which ends with the process.
fn serve_echo(trips: Trips, size: usize) -> io::Result<SocketAddr> {
    let listener = common::net::listen((Ipv4Addr::LOCALHOST, 0).into())?;
    let address = listener.local_addr()?;
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    thread::Builder::new()
        .name("echo".to_owned())
        .spawn(move || {
            LocalSet::new().block_on(&runtime, async {
                let listener = TcpListener::from_std(listener).expect("a listener of our own");
                while let Ok((socket, _)) = listener.accept().await {
                    spawn_local(echo(socket, trips.clone(), size));
                }
            })
        })?;
    Ok(address)
}

async fn echo(mut socket: TcpStream, trips: Trips, size: usize) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let mut chunk = vec![0; size];
    loop {
        socket.read_exact(&mut chunk).await?;
        trips.note(&chunk);
        stamp(&mut chunk, trips.began);
        socket.write_all(&chunk).await?;
    }
}

fn stamp(chunk: &mut [u8], began: Instant) {
    chunk[..STAMP].copy_from_slice(&(began.elapsed().as_nanos() as u64).to_le_bytes());
}

impl Trips {
    /// Notes by how much the trip of this chunk took longer than the link's delay.
    fn note(&self, chunk: &[u8]) {
        let written = Duration::from_nanos(u64::from_le_bytes(
            chunk[..STAMP].try_into().expect("eight bytes"),
        ));
        let late = self.began.elapsed().saturating_sub(written + self.delay);
        self.late
            .lock()
            .expect("nobody panics with it")
            .record(late);
    }

    fn words(&self) -> String {
        let late = self.late.lock().expect("nobody panics with it");
        let [p50, p99, max] = [0.5, 0.99, 1.0].map(|share| late.quantile(share));
        format!(
            "p50 {p50} µs, p99 {p99} µs, at most {max} µs ({} trips)",
            late.count()
        )
    }
}

fn report(cost: &Cost, took: Duration, up: &Trips, down: &Trips) -> String {
    let seconds = took.as_secs_f64();
    format!(
        "the gate {cost}\n\
         throughput {:.0} chunks a second, {:.2} MB a second; the gate's thread was busy {:.0} % of the time\n\
         more than the delay, as the service sees it: {}\n\
         more than the delay, as the clients see it:  {}",
        cost.chunks as f64 / seconds,
        cost.bytes as f64 / seconds / 1e6,
        cost.cpu.as_secs_f64() / seconds * 100.0,
        up.words(),
        down.words(),
    )
}
