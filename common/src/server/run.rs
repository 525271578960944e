//! A service from its listener to its end.

use super::{Running, Transport, memory_report, start_as};
use crate::{
    Config,
    broker::{Address, Broker, BrokerError},
    cluster::{ClusterMember, ControlChannel, supervise},
    http::AppState,
    net::{
        Signals, listener, shut_down_signal,
        signals::{cluster_shut_down_signal, ignore_hang_up},
    },
};
use actix_web::web;
use std::{
    io,
    net::{SocketAddr, TcpListener},
    process,
    time::Duration,
};

/// How long a process that makes room for another may take, beside the time of the goodbyes.
const LEAVING: Duration = Duration::from_secs(10);

/// Runs a service until it is told to end: as the only process, as the parent of so many, or as one of those.
pub(super) async fn run<T: Transport>(
    transport: T,
    addresses: Vec<SocketAddr>,
    processes: usize,
    config: Config,
) -> io::Result<()> {
    match ClusterMember::inherited()? {
        Some((member, listener, orders)) => {
            one_of_several(transport, member, listener, orders, config).await
        }
        None if processes > 1 => several::<T>(&addresses, processes, &config).await,
        None => alone(transport, &addresses, config).await,
    }
}

async fn alone<T: Transport>(
    transport: T,
    addresses: &[SocketAddr],
    config: Config,
) -> io::Result<()> {
    let mut signals = shut_down_signal()?;
    let broker = Broker::from(&config);
    let listeners = listener::listen_on_all(addresses).map_err(moves)?;
    memory_report::tell(T::NAME, &config, 1);
    let running = start_as(None, listeners, transport, config, broker)?;
    running
        .addresses
        .iter()
        .for_each(|address| log::info!("{}: listening on http://{address}", T::NAME));
    signals.recv().await;
    stop(T::NAME, &running, &mut signals).await;
    Ok(())
}

async fn several<T: Transport>(
    addresses: &[SocketAddr],
    processes: usize,
    config: &Config,
) -> io::Result<()> {
    let &[address] = addresses else {
        let all = addresses
            .iter()
            .map(|address| address.ip().to_string())
            .collect::<Vec<_>>()
            .join(", ");
        return Err(io::Error::other(format!(
            "--processes {processes} needs one address: --host is one of {all}"
        )));
    };
    if matches!(config.broker, Address::Memory) {
        let remedy = "a reader would get what is published to its own process only; --broker redis://HOST shares it";
        return Err(io::Error::other(format!(
            "--processes {processes} with the broker in memory: {remedy}"
        )));
    }
    memory_report::tell(T::NAME, config, processes);
    let leaves_within = Duration::from_secs(config.drain) + LEAVING;
    let listeners = listener::listen_shared_many(address, processes).map_err(moves)?;
    supervise(T::NAME, listeners, leaves_within).await
}

async fn one_of_several<T: Transport>(
    transport: T,
    member: ClusterMember,
    listener: TcpListener,
    orders: ControlChannel,
    config: Config,
) -> io::Result<()> {
    let mut signals = cluster_shut_down_signal()?;
    ignore_hang_up()?;
    let broker = Broker::from(&config);
    let running = start_as(
        Some(member.clone()),
        vec![listener],
        transport,
        config,
        broker,
    )?;
    let name = format!("{}: process {}", T::NAME, member.slot());
    let report = {
        let hub = running.service.hub.clone();
        move || hub.metrics().render()
    };
    let alive = {
        let hub = running.service.hub.clone();
        move || {
            let hub = hub.clone();
            async move { hub.next_turn().await }
        }
    };
    let mut retired = actix_rt::spawn(orders.obey(member.clone(), report, alive));
    actix_rt::spawn(ready(name.clone(), member, running.service.clone()));
    tokio::select! {
        () = signals.recv() => stop(&name, &running, &mut signals).await,
        _ = &mut retired => {
            running.retire().await;
            log::info!("{name} has made room for another (pid {})", process::id());
        }
    }
    Ok(())
}

/// Once it has its broker, even one that takes no messages: one that takes another's place must be as good.
async fn ready(name: String, member: ClusterMember, service: web::Data<AppState>) {
    while service.broker.check() == Err(BrokerError::Unavailable) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    member.ready();
    log::info!("{name} serves (pid {})", process::id());
}

fn moves(error: io::Error) -> io::Error {
    io::Error::new(
        error.kind(),
        format!("{error}; --port or PORT moves the service"),
    )
}

async fn stop(name: &str, running: &Running, signals: &mut Signals) {
    log::info!(
        "{name}: stopping; {} readers are told to go",
        running.service().hub.metrics().subscribers.get()
    );
    tokio::select! {
        () = running.stop_with_notice() => log::info!("{name}: stopped"),
        () = signals.recv() => {
            running.kill().await;
            log::warn!("{name}: stopped at once by a second signal");
        }
    }
}
