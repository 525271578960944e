//! Runs a service as the only process, as a supervisor, or as one of several processes.

use super::{Running, TransportService, memory_report::report_memory, start::start_on};
use crate::{
    Config,
    http::{AppState, report_tokens},
};
use actix_web::web;
use broker::{Address, Broker};
use common::hub::Hub;
use net::{Signals, cluster_shut_down_signal, ignore_hang_up, listener, shut_down_signal};
use std::{
    io,
    net::{SocketAddr, TcpListener},
    process,
    time::Duration,
};
use supervisor::{ClusterMember, ControlChannel, supervise};

/// How long a replaced process may take to end, beside the time to drain.
const RETIRE_TIME: Duration = Duration::from_secs(10);
/// How often a starting process checks whether its broker is available.
const BROKER_CHECK_INTERVAL: Duration = Duration::from_millis(10);

/// Runs a service until a signal ends it.
///
/// # Errors
///
/// If the system refuses signals, addresses or files, a setting cannot be used, or the first
/// processes do not start.
pub(super) async fn run<T: TransportService>(
    transport: T,
    addresses: Vec<SocketAddr>,
    processes: usize,
    config: Config,
) -> io::Result<()> {
    if let Some((member, listener, control)) = ClusterMember::inherited()? {
        run_member(transport, member, listener, control, config).await
    } else if processes > 1 {
        run_supervisor::<T>(&addresses, processes, &config).await
    } else {
        run_alone(transport, &addresses, config).await
    }
}

async fn run_alone<T: TransportService>(
    transport: T,
    addresses: &[SocketAddr],
    config: Config,
) -> io::Result<()> {
    let mut signals = shut_down_signal()?;
    report_tokens(T::NAME, &config)?;
    let broker = Broker::try_from(&config)?;
    let listeners = listener::listen_on_all(addresses).map_err(with_hint)?;
    report_memory(T::NAME, &config, 1);
    let running = start_on(listeners, None, transport, config, broker)?;
    for address in &running.addresses {
        log::info!("{}: listening on http://{address}", T::NAME);
    }
    signals.recv().await;
    drain(T::NAME, &running, &mut signals).await;
    Ok(())
}

async fn run_supervisor<T: TransportService>(
    addresses: &[SocketAddr],
    processes: usize,
    config: &Config,
) -> io::Result<()> {
    let &[address] = addresses else {
        let addresses = addresses
            .iter()
            .map(|address| address.ip().to_string())
            .collect::<Vec<_>>()
            .join(", ");
        return Err(io::Error::other(format!(
            "--processes {processes} needs one address: expected --host with one of {addresses}"
        )));
    };
    if matches!(config.messages.broker, Address::Memory) {
        return Err(io::Error::other(format!(
            "--processes {processes} with the broker in memory: a subscriber would get only the \
             messages published to its own process; --broker redis://HOST shares them"
        )));
    }
    // A process without these files would end, and be replaced again and again.
    config.load_broker_tls()?;
    report_memory(T::NAME, config, processes);
    let retires_within = config.server.drain + RETIRE_TIME;
    let listeners = listener::listen_shared_many(address, processes).map_err(with_hint)?;
    supervise(T::NAME, listeners, retires_within).await
}

async fn run_member<T: TransportService>(
    transport: T,
    member: ClusterMember,
    listener: TcpListener,
    control: ControlChannel,
    config: Config,
) -> io::Result<()> {
    let mut signals = cluster_shut_down_signal()?;
    ignore_hang_up()?;
    let name = format!("{}: process {}", T::NAME, member.slot());
    report_tokens(&name, &config)?;
    let broker = Broker::try_from(&config)?;
    let running = start_on(
        vec![listener],
        Some(member.clone()),
        transport,
        config,
        broker,
    )?;
    let service = running.service.clone();
    let mut retired = actix_rt::spawn(serve_supervisor(
        control,
        member.clone(),
        service.hub.clone(),
    ));
    actix_rt::spawn(report_ready(name.clone(), member, service));
    tokio::select! {
        () = signals.recv() => drain(&name, &running, &mut signals).await,
        _ = &mut retired => {
            running.retire().await;
            log::info!("{name}: retired (pid {})", process::id());
        }
    }
    Ok(())
}

/// Answers the supervisor's requests until it retires this process.
async fn serve_supervisor(control: ControlChannel, member: ClusterMember, hub: Hub) {
    let report = || hub.metrics().render();
    let is_alive = || {
        let hub = hub.clone();
        async move { hub.next_turn().await }
    };
    control.serve(member, report, is_alive).await;
}

/// Reports to the supervisor that this process is ready, once its broker is available.
///
/// A broker that refuses messages is available too: the process that this one may replace has the
/// same.
async fn report_ready(name: String, member: ClusterMember, service: web::Data<AppState>) {
    while service.broker.check().is_err_and(|error| error.is_outage()) {
        tokio::time::sleep(BROKER_CHECK_INTERVAL).await;
    }
    member.report_ready();
    log::info!("{name}: ready (pid {})", process::id());
}

/// Names the setting that moves the service to a usable address.
fn with_hint(error: io::Error) -> io::Error {
    let setting = match error.kind() {
        io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied => "--port or PORT",
        _ => "--host or HOST",
    };
    let text = format!("{error}; {setting} moves the service");
    io::Error::new(error.kind(), text)
}

/// Drains the service. A second signal stops it at once.
async fn drain(name: &str, running: &Running, signals: &mut Signals) {
    log::info!(
        "{name}: stopping: disconnecting {} subscribers",
        running.service().hub.metrics().subscribers.get()
    );
    tokio::select! {
        () = running.drain() => log::info!("{name}: stopped"),
        () = signals.recv() => {
            running.kill().await;
            log::warn!("{name}: stopped at once by a second signal");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_names_the_setting_that_is_wrong() {
        // For documentation (RFC 5737): no machine has it.
        let missing = listener::listen(([192, 0, 2, 1], 0).into()).unwrap_err();
        let hint = with_hint(missing).to_string();
        assert!(
            hint.ends_with("; --host or HOST moves the service"),
            "{hint}"
        );
        let other = listener::listen(([127, 0, 0, 1], 0).into()).unwrap();
        let taken = listener::listen(other.local_addr().unwrap()).unwrap_err();
        let hint = with_hint(taken).to_string();
        assert!(
            hint.ends_with("; --port or PORT moves the service"),
            "{hint}"
        );
    }
}
