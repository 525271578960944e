//! `lab drain`: stops a service with many subscribers, and shows when they are disconnected and
//! when they may reconnect.

use crate::load::{clock, engine::Engine, reader::SubscriberState, target::Target};
use anyhow::Result;
use broker::{Broker, Memory};
use clap::Args;
use client::Transport;
use longpoll_svc::LongPoll;
use net::listen;
use service::{
    Config,
    server::{TransportService, raise_open_files, start},
};
use sse_svc::Sse;
use std::{
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroUsize,
    time::Duration,
};
use support::{
    console::print_line,
    units::{at_least_one, count, grouped},
};
use tokio::{sync::oneshot, task::spawn_blocking};
use ws_svc::Ws;

/// Interval of the curve.
const STEP: Duration = Duration::from_millis(500);
/// Subscribers for each mark of the curve.
const MARK: usize = 50;

/// Arguments of `lab drain`.
#[derive(Args, Debug)]
pub struct Drain {
    /// Subscribers of each service; both ends of their connections are open files of this process
    #[arg(long, value_name = "N", default_value = "5000", value_parser = at_least_one::<NonZeroUsize>)]
    subscribers: NonZeroUsize,
    #[command(flatten)]
    config: Config,
}

/// When the connection of a subscriber ended, in time since the stop began.
#[derive(Clone, Copy)]
struct Disconnect {
    at: Duration,
    /// When the subscriber may reconnect, as the service requested.
    reconnect: Duration,
}

/// Drains services under load, and prints a curve for each.
///
/// # Errors
///
/// Fails if a service cannot be started, or refuses a subscriber.
pub async fn run(drain: Drain) -> Result<()> {
    raise_open_files();
    let mut all = drain_one(&drain, LongPoll::default(), Transport::Longpoll).await?;
    all.extend(drain_one(&drain, Sse::default(), Transport::Sse).await?);
    all.extend(drain_one(&drain, Ws, Transport::Ws).await?);
    print_line(&conclusion(&all));
    Ok(())
}

/// Stops one service with its subscribers, and prints their curve.
async fn drain_one<T: TransportService>(
    drain: &Drain,
    transport: T,
    client_transport: Transport,
) -> Result<Vec<Disconnect>> {
    let listener = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    // These subscribers send no tokens.
    let mut config = drain.config.clone();
    config.tokens.jwt_secret = None;
    config.tokens.jwt_key_file = None;
    let service = start(listener, transport, config, Broker::Memory(Memory::new(2)))?;
    let url = format!("http://{}", service.address());
    let target = Target::ours(client_transport, &url, "c")?;
    let subscribers = drain.subscribers.get();
    let (ready, open) = oneshot::channel();
    let reading = spawn_blocking(move || read_to_the_end(target, subscribers, ready));
    // After an error there is nothing to wait for: the task returns it below.
    if open.await.is_ok() {
        let connected = || service.service().hub.metrics().subscribers.get();
        while usize::try_from(connected()) != Ok(subscribers) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    let began = clock::now();
    service.stop().await;
    let took = clock::now() - began;
    let disconnect = |(at, wait): (Duration, Duration)| {
        let at = at.saturating_sub(began);
        let reconnect = at + wait;
        Disconnect { at, reconnect }
    };
    let disconnects: Vec<_> = reading.await??.into_iter().map(disconnect).collect();
    print_line(&format!(
        "{}: disconnected {}, and stopped after {:.1} s",
        T::NAME,
        count(disconnects.len() as u64, "subscriber"),
        took.as_secs_f64()
    ));
    curve(&disconnects).for_each(|step| print_line(&step));
    Ok(disconnects)
}

/// Returns when each connection ended, and how long its subscriber was asked to wait.
fn read_to_the_end(
    target: Target,
    subscribers: usize,
    ready: oneshot::Sender<()>,
) -> Result<Vec<(Duration, Duration)>> {
    let mut load = Engine::new(target, 0)?;
    load.connect(subscribers)?;
    // Without a receiver the service is stopping already.
    let _ = ready.send(());
    let end = |state: &SubscriberState| Some((state.ended?, state.reconnect_after));
    loop {
        let ends = load.readers().iter().map(|reader| end(reader.state()));
        match ends.collect() {
            Some(ends) => return Ok(ends),
            None => load.idle(STEP)?,
        }
    }
}

/// Returns a line for each step, until the last subscriber may reconnect.
fn curve(disconnects: &[Disconnect]) -> impl Iterator<Item = String> {
    let steps = disconnects.iter().map(|end| step(end.reconnect)).max();
    (0..=steps.unwrap_or(0)).map(|at| {
        let count_at = |moment: fn(&Disconnect) -> Duration| {
            let within = |end: &&Disconnect| step(moment(end)) == at;
            disconnects.iter().filter(within).count()
        };
        let ended = grouped(count_at(|end| end.at) as u64);
        let reconnecting = count_at(|end| end.reconnect);
        let marks = "#".repeat(reconnecting.div_ceil(MARK));
        let reconnecting = grouped(reconnecting as u64);
        let seconds = (STEP * at).as_secs_f64();
        let line = format!(
            "  {seconds:>4.1} s  {ended:>6} disconnected  {reconnecting:>6} may reconnect  {marks}"
        );
        line.trim_end().to_owned()
    })
}

/// Returns the result for all services together.
fn conclusion(disconnects: &[Disconnect]) -> String {
    let latest = |moment: fn(&Disconnect) -> Duration| {
        let latest = disconnects.iter().map(moment).max();
        latest.unwrap_or_default().as_secs_f64()
    };
    format!(
        "Every subscriber was disconnected within {:.1} s, and may reconnect within {:.1} s.",
        latest(|end| end.at),
        latest(|end| end.reconnect)
    )
}

fn step(time: Duration) -> u32 {
    u32::try_from(time.as_millis() / STEP.as_millis()).unwrap_or(u32::MAX)
}
