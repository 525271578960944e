//! `lab drain`: stops a service with many subscribers, and shows when they are disconnected and
//! when they may reconnect.
#![allow(clippy::print_stdout, reason = "showing is what this command is for")]

use crate::load::{clock, engine::Engine, reader::Story, target::Target};
use clap::Args;
use client::Transport as Spoken;
use common::{
    Config,
    broker::{Broker, Memory},
    net::listen,
    server::{Transport, raise_open_files, start},
};
use longpoll_svc::LongPoll;
use sse_svc::Sse;
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    process::ExitCode,
    time::Duration,
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
    #[arg(long, default_value_t = 5000)]
    readers: usize,
    #[command(flatten)]
    config: Config,
}

/// The end of a subscriber's connection, in time since the stop began.
struct Goodbye {
    /// When its connection ended.
    gone: Duration,
    /// When it may reconnect, as the service has asked.
    back: Duration,
}

/// Drains services under load, and prints a curve.
pub async fn run(drain: Drain) -> ExitCode {
    raise_open_files();
    match all(&drain).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn all(drain: &Drain) -> io::Result<()> {
    one(drain, LongPoll::default(), Spoken::Longpoll).await?;
    one(drain, Sse::default(), Spoken::Sse).await?;
    one(drain, Ws, Spoken::Ws).await
}

async fn one<T: Transport>(drain: &Drain, transport: T, spoken: Spoken) -> io::Result<()> {
    let listener = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    // These subscribers send no tokens.
    let mut config = drain.config.clone();
    config.tokens.jwt_secret = None;
    config.tokens.jwt_key_file = None;
    let service = start(listener, transport, config, Broker::Memory(Memory::new(2)))?;
    let target = Target::ours(spoken, &format!("http://{}", service.address()), "c")
        .map_err(io::Error::other)?;
    let (count, (ready, open)) = (drain.readers, oneshot::channel());
    let readers = spawn_blocking(move || read_to_the_end(target, count, ready));
    // After an error there is nothing to wait for: the task returns it below.
    if open.await.is_ok() {
        while usize::try_from(service.service().hub.metrics().subscribers.get()) != Ok(count) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    let began = clock::now();
    service.stop().await;
    let took = clock::now() - began;
    let goodbyes = readers
        .await
        .map_err(io::Error::other)?
        .map_err(io::Error::other)?;
    println!(
        "{}: {} readers, and the service, are gone after {took:.2?}",
        T::NAME,
        goodbyes.len()
    );
    let goodbyes: Vec<_> = goodbyes
        .iter()
        .map(|(gone, wait)| Goodbye::of(gone.saturating_sub(began), *wait))
        .collect();
    curve(&goodbyes);
    Ok(())
}

/// Returns when each connection ended, and how long its subscriber was asked to wait.
fn read_to_the_end(
    target: Target,
    count: usize,
    ready: oneshot::Sender<()>,
) -> Result<Vec<(Duration, Duration)>, String> {
    let mut load = Engine::new(target, 0)?;
    load.connect(count)?;
    // Without a receiver the service is stopping already.
    let _ = ready.send(());
    let end = |story: &Story| Some((story.gone?, story.come_back));
    loop {
        let ends: Option<Vec<_>> = load
            .readers()
            .iter()
            .map(|reader| end(reader.story()))
            .collect();
        match ends {
            Some(ends) => return Ok(ends),
            None => load.idle(STEP)?,
        }
    }
}

impl Goodbye {
    fn of(gone: Duration, wait: Duration) -> Self {
        Self {
            gone,
            back: gone + wait,
        }
    }
}

fn curve(goodbyes: &[Goodbye]) {
    let steps = goodbyes
        .iter()
        .map(|goodbye| step(goodbye.back))
        .max()
        .unwrap_or(0);
    for at in 0..=steps {
        let count = |when: fn(&Goodbye) -> Duration| {
            goodbyes
                .iter()
                .filter(|goodbye| step(when(goodbye)) == at)
                .count()
        };
        let gone = count(|goodbye| goodbye.gone);
        let back = count(|goodbye| goodbye.back);
        let marks = "#".repeat(back.div_ceil(MARK));
        println!(
            "  {:>4.1} s  {gone:>5} gone  {back:>5} back  {marks}",
            (STEP * at).as_secs_f64()
        );
    }
}

fn step(time: Duration) -> u32 {
    u32::try_from(time.as_millis() / STEP.as_millis()).unwrap_or(u32::MAX)
}
