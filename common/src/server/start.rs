//! Starts a service on its listeners.

use super::{Running, Transport, open_files::max_connections, worker::http_service};
use crate::{
    Config,
    broker::Broker,
    budget::MemoryBudget,
    cluster::ClusterMember,
    http::AppState,
    hub::{Hub, WeakHub},
    metrics::Metrics,
    net::{ConnectionGauges, ConnectionLimit, ListeningSockets},
};
use actix_server::{Server, ServerBuilder};
use actix_web::web;
use std::{io, net::TcpListener, sync::Arc, time::Duration};
use tokio::sync::watch;

/// How often old messages are removed.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

/// Starts a service on a listener of [`listen`](crate::net::listen), in the actix system around it.
///
/// # Errors
///
/// Returns an error if a setting cannot be used, such as a key, or if the limit of open files
/// leaves no connections.
pub fn start<T: Transport>(
    listener: TcpListener,
    transport: T,
    config: Config,
    broker: Broker,
) -> io::Result<Running> {
    start_on(vec![listener], None, transport, config, broker)
}

/// Starts a service on all of these listeners, as one of several processes if it has a `member`.
pub(super) fn start_on<T: Transport>(
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
    actix_web::rt::spawn(sweep(service.hub.downgrade(), service.broker.clone()));
    let (closing, is_closing) = watch::channel(false);
    let http = {
        let service = service.clone();
        move || {
            http_service(
                service.clone(),
                transport.clone(),
                limit.clone(),
                is_closing.clone(),
            )
        }
    };
    // `listener::accept` enforces the limit, so that excess clients get a response.
    let server = Server::build()
        .workers(workers)
        .disable_signals()
        .max_concurrent_connections(usize::MAX);
    let listen = |server: ServerBuilder, listener| server.listen(T::NAME, listener, http.clone());
    let server = listeners.into_iter().try_fold(server, listen)?.run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    Ok(Running {
        service,
        addresses,
        server: handle,
        sockets,
        closing,
    })
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

fn app_state<T: Transport>(
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

/// Removes messages beyond the limits and unused channels, until the service is dropped.
async fn sweep(hub: WeakHub, broker: Broker) {
    loop {
        tokio::time::sleep(SWEEP_INTERVAL).await;
        let Some(hub) = hub.upgrade() else { return };
        hub.trim(broker.now());
        broker.sweep().await;
    }
}
