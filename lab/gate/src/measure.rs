//! `lab gate measure`: measures the delay and the cost that a gate adds, with its own echo server
//! and clients.
//!
//! Each chunk carries the time at which it was written. The server and the client compare it with
//! the time at which they read it. So the result includes the wake-ups of their threads, as
//! for a service or a browser behind the gate. The gate's own figures are printed too.

mod echo;

use super::{
    Cost, Gate, Link,
    amounts::{bytes, time},
    args,
};
use clap::Args;
use echo::{Trips, serve_echo, stamp};
use std::{
    io,
    num::NonZeroUsize,
    sync::Arc,
    time::{Duration, Instant},
};
use support::{console::print_line, units::count};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::{JoinSet, spawn_local},
    time::{interval_at, sleep},
};

/// Arguments of `gate measure`.
#[derive(Args)]
pub struct Measure {
    /// Connections through the gate
    #[arg(long, value_name = "N", default_value = "1000")]
    connections: NonZeroUsize,

    /// Chunks a second on each connection; the echo sends as many back
    #[arg(long, value_name = "N", default_value = "10")]
    rate: NonZeroUsize,

    /// Bytes of a chunk, 8 to 65536
    #[arg(long, value_name = "N", default_value = "100", value_parser = clap::value_parser!(u32).range(8..=65536))]
    size: u32,

    /// Delay of the gate, each way
    #[arg(long, value_name = "TIME", default_value = "50ms", value_parser = args::delay)]
    delay: Duration,

    /// Duration of the measurement
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = support::units::duration)]
    duration: Duration,
}

/// Runs the measurement and prints the result.
pub(super) async fn run(measure: Measure) -> anyhow::Result<()> {
    let began = Instant::now();
    let [up, down] = [(), ()].map(|()| Trips {
        began,
        delay: measure.delay,
        late: Arc::default(),
    });
    let service = serve_echo(up.clone(), measure.size as usize)?;
    let gate = Gate::before(service, Link::delayed(measure.delay))?;
    service::server::raise_open_files();
    print_line(&format!(
        "{}, {} a second of {} on each, {} each way",
        count(measure.connections.get() as u64, "connection"),
        count(measure.rate.get() as u64, "chunk"),
        bytes(measure.size.into()),
        time(measure.delay),
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
    // The gate delays the start of a connection by a round trip, as a handshake would. No chunk is
    // to wait for that.
    sleep(measure.delay * 3 + Duration::from_millis(100)).await;
    let before = gate.cost().await;
    let began = Instant::now();
    let interval = Duration::from_secs(1) / measure.rate.get() as u32;
    let mut running = JoinSet::new();
    let total = clients.len() as u32;
    for (number, client) in clients.into_iter().enumerate() {
        let first = Instant::now() + interval * number as u32 / total;
        running.spawn_local(run_client(
            client,
            first,
            interval,
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

/// Runs one client: writes chunks at a fixed rate and reads them back.
async fn run_client(
    client: TcpStream,
    first: Instant,
    interval: Duration,
    lasts: Duration,
    size: usize,
    trips: Trips,
) -> io::Result<()> {
    let (mut reader, mut writer) = client.into_split();
    let chunks = (lasts.as_secs_f64() / interval.as_secs_f64()).ceil() as usize;
    let began = trips.began;
    let writing = spawn_local(async move {
        let mut turn = interval_at(first.into(), interval);
        let mut chunk = vec![0; size];
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
        trips.record(&chunk);
    }
    writing.await.map_err(io::Error::other)?.map(drop)
}

fn report(cost: &Cost, took: Duration, up: &Trips, down: &Trips) -> String {
    let seconds = took.as_secs_f64();
    format!(
        "the gate delivered {}\n\
         throughput {} a second, {} a second; the gate's thread was busy {:.0} % of the time\n\
         beyond the delay, as the service sees it: {}\n\
         beyond the delay, as the clients see it:  {}",
        cost.summary(),
        count((cost.chunks as f64 / seconds) as u64, "chunk"),
        bytes((cost.bytes as f64 / seconds) as u64),
        cost.cpu.as_secs_f64() / seconds * 100.0,
        up.summary(),
        down.summary(),
    )
}
