//! Starts a service on its listeners.

use super::{
    Running, TransportService,
    expiry_clock::ExpiryClock,
    open_files::max_connections,
    worker::{HttpParts, http_service},
};
use crate::{Config, http::AppState};
use actix_server::{Server, ServerBuilder, ServerHandle};
use actix_web::web;
use broker::Broker;
use common::{
    budget::MemoryBudget,
    hub::{Hub, WeakHub},
    metrics::Metrics,
};
use net::{ConnectionGauges, ConnectionLimit, ListeningSockets};
use rustix::time::{ClockId, clock_gettime};
use std::{io, net::TcpListener, sync::Arc, time::Duration};
use supervisor::ClusterMember;
use tokio::sync::watch;

/// How often old messages are removed.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

/// Starts a service on a listener of [`listen`](net::listen), in the actix system around it.
///
/// # Errors
///
/// Returns an error if a setting cannot be used, such as a key, or if the limit of open files
/// leaves no connections.
pub fn start<T: TransportService>(
    listener: TcpListener,
    transport: T,
    config: Config,
    broker: Broker,
) -> io::Result<Running> {
    start_on(vec![listener], None, transport, config, broker)
}

/// Starts a service on all of these listeners, as one of several processes if it has a `member`.
///
/// # Errors
///
/// If a setting cannot be used, such as a key, or if the limit of open files leaves no connections.
pub(super) fn start_on<T: TransportService>(
    listeners: Vec<TcpListener>,
    member: Option<ClusterMember>,
    transport: T,
    config: Config,
    broker: Broker,
) -> io::Result<Running> {
    let addresses = listeners
        .iter()
        .map(TcpListener::local_addr)
        .collect::<io::Result<_>>()?;
    let sockets = ListeningSockets::of(&listeners)?;
    let process = member.as_ref().map(ClusterMember::slot);
    let metrics = Arc::new(Metrics::of_process(T::NAME, process));
    let limit = connection_limit(&config, &metrics)?;
    let workers = config.server.workers();
    let service = app_state::<T>(member, config, broker, metrics)?;
    let clock = ExpiryClock::new(service.config.channels.history_age);
    actix_web::rt::spawn(sweep(
        service.hub.downgrade(),
        service.broker.clone(),
        clock,
    ));
    let (closing, is_closing) = watch::channel(false);
    let http = HttpParts {
        service: service.clone(),
        transport,
        limit,
        is_closing,
    };
    let server = serve(listeners, workers, http)?;
    Ok(Running {
        service,
        addresses,
        server,
        sockets,
        closing,
    })
}

/// Starts the worker threads and accepts connections.
fn serve<T: TransportService>(
    listeners: Vec<TcpListener>,
    workers: usize,
    http: HttpParts<T>,
) -> io::Result<ServerHandle> {
    let http = move || http_service(http.clone());
    let listen = |server: ServerBuilder, listener| server.listen(T::NAME, listener, http.clone());
    let server = Server::build()
        .workers(workers)
        .disable_signals()
        // `listener::accept` enforces the limit, so that excess clients get a response.
        .max_concurrent_connections(usize::MAX);
    let server = listeners.into_iter().try_fold(server, listen)?.run();
    let handle = server.handle();
    actix_web::rt::spawn(accept(server));
    Ok(handle)
}

/// Accepts connections until the server is stopped.
///
/// # Panics
///
/// Panics if the system has no threads or files for that: the process would listen in vain.
async fn accept(server: Server) {
    let end = server.await;
    end.unwrap_or_else(|error| panic!("cannot accept connections: {error}"));
}

fn connection_limit(config: &Config, metrics: &Metrics) -> io::Result<ConnectionLimit> {
    let gauges = ConnectionGauges {
        open: metrics.connections.clone(),
        served: metrics.http_connections.clone(),
    };
    Ok(ConnectionLimit::new(
        max_connections(config)?,
        config.access.max_connections_per_address,
        gauges,
    ))
}

fn app_state<T: TransportService>(
    member: Option<ClusterMember>,
    config: Config,
    broker: Broker,
    metrics: Arc<Metrics>,
) -> io::Result<web::Data<AppState>> {
    let hub = Hub::new(
        config.channels.retention(),
        config.channels.history_total.get(),
        config.timeouts(),
        metrics,
    );
    broker.attach(&hub);
    let budget = MemoryBudget::new(config.buffer_budget());
    let state = AppState::new(T::NAME, config, broker, hub, budget, member)?;
    Ok(web::Data::new(state))
}

/// Removes messages beyond the limits and unused channels, and reports the state of the broker,
/// until the service is dropped.
async fn sweep(hub: WeakHub, broker: Broker, mut clock: ExpiryClock) {
    loop {
        tokio::time::sleep(SWEEP_INTERVAL).await;
        let Some(hub) = hub.upgrade() else { return };
        let now = clock.read(uptime(), Duration::from_millis(broker.now()));
        let is_away = broker.check().is_err();
        hub.metrics().broker_away.set(is_away.into());
        hub.trim(u64::try_from(now.as_millis()).unwrap_or(u64::MAX))
            .await;
        broker.sweep().await;
    }
}

/// Returns the time since the system started. It counts while the machine is suspended.
fn uptime() -> Duration {
    let since = clock_gettime(ClockId::Boottime);
    Duration::new(since.tv_sec.unsigned_abs(), since.tv_nsec as u32)
}
