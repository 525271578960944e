//! Starts a service on a listener and ends it well.
//!
//! What `actix_web::HttpServer` does inside is done here by hand, with one difference: the connections under it can be
//! taken over by the hub (see [`detach`](crate::net::detach)).

mod main;
mod memory_report;
mod open_files;
mod request_tracking;
mod run;
mod upgrade;

pub use main::{Program, main};
pub use open_files::raise_open_files;
pub use upgrade::replay_request;

use crate::{
    Config,
    broker::Broker,
    budget::MemoryBudget,
    cluster::ClusterMember,
    http::{self, AppState},
    hub::{Hub, Shard, Timeouts, WeakHub},
    metrics::Metrics,
    net::{
        AcceptedSocket, ConnectionGauges, ConnectionLimit, DetachableStream, ListeningSockets,
        Reattached, listener,
    },
};
use actix_http::{HttpService, KeepAlive};
use actix_server::{Server, ServerBuilder, ServerHandle};
use actix_service::{
    Service as HttpApi, ServiceFactory, ServiceFactoryExt, apply_fn_factory, fn_factory, map_config,
};
use actix_web::{App, dev::AppConfig, middleware::from_fn, web};
use open_files::most_connections;
use prometheus_client::metrics::gauge::Gauge;
use std::{
    io,
    net::{SocketAddr, TcpListener},
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{net::TcpStream, sync::watch};

/// How long a request's head may take.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// Above this, actix stops asking a body for more before the socket has taken some.
const WRITE_BUFFER: usize = 4096;
/// How long last bytes, and then requests, may take beyond the time of the goodbyes.
const GRACE: Duration = Duration::from_secs(1);
/// How many readers a draining service tells to go in a second, if its time allows.
const GOODBYES_PER_SECOND: u32 = 2000;
/// How often what is too old is looked for.
const SWEEP: Duration = Duration::from_secs(1);
/// How long at least the service says that it is not ready before it accepts no more; how long it is still ready when
/// another process has taken its place.
const NOTICE: Duration = Duration::from_millis(500);
/// How long a new connection may take to send its first request before a service that stops ends it.
const FIRST_REQUEST: Duration = Duration::from_millis(500);
/// How long the last connections take from the thread that accepts them to those that serve them. A machine that is busy takes longer.
const HANDED_ON: Duration = Duration::from_millis(100);
/// How long at most [`Running::stop`] takes after the last goodbye: the notice may begin with it, then come last bytes, the last
/// connections, and then requests.
pub(crate) const STOPPED_AFTER_GOODBYES: Duration = NOTICE
    .saturating_add(GRACE)
    .saturating_add(GRACE)
    .saturating_add(Duration::from_millis(250));

/// One way of carrying messages: what makes a service more than `common`.
pub trait Transport: clap::Args + Clone + Send + 'static {
    /// Its name in metrics and logs.
    const NAME: &'static str;
    /// What its program's `--help` begins with.
    const ABOUT: &'static str;
    /// The port of the service where none is given.
    const PORT: u16;

    /// Adds its routes.
    fn routes(&self, app: &mut web::ServiceConfig);
}

/// A service that runs.
pub struct Running {
    service: web::Data<AppState>,
    addresses: Vec<SocketAddr>,
    server: ServerHandle,
    listening: ListeningSockets,
    closing: watch::Sender<bool>,
}

/// Starts a service on a listener that [`listen`](crate::net::listen) made. Needs an actix system around it.
pub fn start<T: Transport>(
    listener: TcpListener,
    transport: T,
    config: Config,
    broker: Broker,
) -> io::Result<Running> {
    start_as(None, vec![listener], transport, config, broker)
}

/// The same on all of these listeners, maybe as one of several processes.
fn start_as<T: Transport>(
    member: Option<ClusterMember>,
    listeners: Vec<TcpListener>,
    transport: T,
    config: Config,
    broker: Broker,
) -> io::Result<Running> {
    let addresses = listeners
        .iter()
        .map(TcpListener::local_addr)
        .collect::<io::Result<_>>()?;
    let listening = ListeningSockets::of(&listeners)?;
    let workers = config.workers();
    let most = most_connections(&config)?;
    let metrics = Arc::new(Metrics::of_process(
        T::NAME,
        member.as_ref().map(ClusterMember::slot),
    ));
    let hub = Hub::new(
        config.retention(),
        config.history_total.get(),
        config.timeouts(),
        metrics.clone(),
    );
    broker.attach(&hub);
    let connections = ConnectionLimit::new(
        most,
        config.max_connections_per_address,
        ConnectionGauges {
            open: metrics.connections.clone(),
            served: metrics.http_connections.clone(),
        },
    );
    let budget = MemoryBudget::new(config.most_buffers());
    let service = web::Data::new(AppState::new(T::NAME, config, broker, hub, budget, member)?);
    actix_web::rt::spawn(sweep(service.hub.downgrade(), service.broker.clone()));
    let shared = service.clone();
    let (closing, ends) = watch::channel(false);
    let of_worker = move || {
        worker(
            shared.clone(),
            transport.clone(),
            connections.clone(),
            ends.clone(),
        )
    };
    // Those beyond the limit are answered, not left waiting: `accept` counts.
    let server = Server::build()
        .workers(workers)
        .disable_signals()
        .max_concurrent_connections(usize::MAX);
    let listen =
        |server: ServerBuilder, listener| server.listen(T::NAME, listener, of_worker.clone());
    let server = listeners.into_iter().try_fold(server, listen)?.run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    Ok(Running {
        service,
        addresses,
        server: handle,
        listening,
        closing,
    })
}

/// Comes when a connection that begins now is to end: actix then ends it even if its first request is on its way.
async fn closed(mut ends: watch::Receiver<bool>) {
    let began = Instant::now();
    // An error means that the service is gone, which is an end as well.
    let _ = ends.wait_for(|closing| *closing).await;
    tokio::time::sleep(FIRST_REQUEST.saturating_sub(began.elapsed())).await;
}

/// What one worker thread does with a connection: actix's HTTP over a stream that can be taken over.
fn worker<T: Transport>(
    service: web::Data<AppState>,
    transport: T,
    connections: ConnectionLimit,
    ends: watch::Receiver<bool>,
) -> impl ServiceFactory<TcpStream, Config = (), Response = (), Error = (), InitError = ()> {
    let worker = Shard::of_thread(&service.hub, &service.budget);
    let (hub, back) = (worker.clone(), worker.clone());
    let Timeouts {
        stalled,
        keep_alive,
        ..
    } = service.config.timeouts();
    // The last one is the outermost.
    let app = App::new()
        .wrap(from_fn(http::cors))
        .wrap(from_fn(http::every_request))
        .configure(|app| {
            app.app_data(service).app_data(worker);
            http::routes(app);
            transport.routes(app);
        });
    let http = HttpService::build()
        .keep_alive(KeepAlive::Timeout(keep_alive))
        .client_request_timeout(HEAD_TIMEOUT)
        // At once: a peer that has its last bytes needs no second to say goodbye.
        .client_disconnect_timeout(Duration::ZERO)
        // Otherwise a poller that has gone away is never noticed.
        .h1_allow_half_closed(false)
        .h1_write_buffer_size(WRITE_BUFFER)
        // Idle connections end then, and busy ones after their answer.
        .graceful_shutdown_signal(move || closed(ends.clone()))
        .on_connect_ext(|io: &DetachableStream, extensions| {
            extensions.insert(io.handle());
        })
        .h1(apply_fn_factory(
            map_config(app, |_| AppConfig::default()),
            move |request, app| request_tracking::track(request, app, &hub),
        ));
    listener::accept(connections, stalled).and_then(returnable(http.map_err(drop), back))
}

/// The same service, and the way back to it for the sockets that were taken over.
fn returnable<F>(
    http: F,
    worker: Shard,
) -> impl ServiceFactory<AcceptedSocket, Config = (), Response = (), Error = (), InitError = ()>
where
    F: ServiceFactory<AcceptedSocket, Config = (), Response = (), Error = (), InitError = ()>,
    F::Service: 'static,
    <F::Service as HttpApi<AcceptedSocket>>::Future: 'static,
{
    fn_factory(move || {
        let (service, worker) = (http.new_service(()), worker.clone());
        async move {
            let service = Rc::new(service.await?);
            // The service has the worker among its data: were it kept here, neither would ever end.
            let weak = Rc::downgrade(&service);
            worker.set_reattach(Box::new(move |returned: Reattached| {
                let Some(service) = weak.upgrade() else {
                    return;
                };
                let peer = returned.io.peer_addr().ok();
                actix_web::rt::spawn(service.call((DetachableStream::reattached(returned), peer)));
            }));
            Ok(service)
        }
    })
}

/// Forgets what is too old or too much, while the service lives.
async fn sweep(hub: WeakHub, broker: Broker) {
    loop {
        tokio::time::sleep(SWEEP).await;
        let Some(hub) = hub.upgrade() else { return };
        hub.trim(broker.now());
        broker.sweep().await;
    }
}

impl Running {
    /// Where it listens; the first of its addresses if there are several.
    pub fn address(&self) -> SocketAddr {
        self.addresses[0]
    }

    /// What its handlers share.
    pub fn service(&self) -> &AppState {
        &self.service
    }

    /// Stops it: tasks are cancelled and their channels told, every reader is told to go, then idle connections end, every
    /// request that was begun is answered, and the listener closes. Until then whoever asks learns that the service is not
    /// ready, and whoever opens a stream gets it and its end.
    pub async fn stop(&self) {
        self.stop_after(NOTICE).await;
    }

    /// The same for a service that load balancers send connections to: accepts them for as long as `--drain` says, so that
    /// they notice in time that it is not ready.
    pub(crate) async fn stop_with_notice(&self) {
        self.stop_after(NOTICE.max(Duration::from_secs(self.service.config.drain)))
            .await;
    }

    async fn stop_after(&self, notice: Duration) {
        let began = Instant::now();
        let AppState {
            hub, config, tasks, ..
        } = &**self.service;
        let metrics = hub.metrics();
        let readers = u32::try_from(metrics.subscribers.get()).unwrap_or(0);
        let spread = Duration::from_secs(config.drain)
            .min(Duration::from_secs(1) * readers / GOODBYES_PER_SECOND);
        tasks.close();
        self.until_none("tasks", &metrics.tasks, GRACE).await;
        hub.drain_accepting(
            spread,
            notice.saturating_sub(began.elapsed()),
            STOPPED_AFTER_GOODBYES,
        );
        tokio::time::sleep(NOTICE).await;
        self.until_none("readers", &metrics.subscribers, spread + GRACE)
            .await;
        tokio::time::sleep(notice.saturating_sub(began.elapsed())).await;
        self.accept_no_more().await;
        self.closing.send_replace(true);
        self.until_none("connections", &metrics.connections, GRACE)
            .await;
        self.server.stop(false).await;
    }

    /// Accepts what has come, and no more. One of several processes leaves its socket to the next one in its slot, for which
    /// connections may wait.
    async fn accept_no_more(&self) {
        match &self.service.member {
            Some(member) if !member.is_last() => self.server.pause().await,
            _ => self.listening.close(&self.server).await,
        }
        // Until then nobody counts them.
        let served = async {
            tokio::time::sleep(HANDED_ON).await;
            self.service.hub.next_turn().await;
            self.service.hub.next_turn().await;
        };
        let _ = tokio::time::timeout(GRACE, served).await;
    }

    /// Stops it while another process goes on with the same listening socket: accepts no more, so that whoever comes
    /// now comes to the other.
    pub(crate) async fn retire(&self) {
        self.server.pause().await;
        // What has been accepted reaches its worker thread meanwhile, and is answered as ever.
        tokio::time::sleep(NOTICE).await;
        self.stop().await;
    }

    /// Stops it at once: the command is sent when this is called, the future waits for its end.
    pub fn kill(&self) -> impl Future<Output = ()> + use<> {
        self.server.stop(false)
    }

    /// Waits until none is left, for as long as `most`.
    async fn until_none(&self, what: &str, gauge: &Gauge, most: Duration) {
        let none = async {
            while gauge.get() > 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        if tokio::time::timeout(most, none).await.is_err() {
            log::warn!(
                "{}: {} {what} did not end in time",
                self.service.transport,
                gauge.get()
            );
        }
    }
}
