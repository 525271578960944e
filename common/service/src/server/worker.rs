//! The HTTP service of one worker thread, over streams that can be detached.

use super::{TransportService, request_tracking};
use crate::http::{self, AppState};
use actix_http::{HttpService, KeepAlive};
use actix_service::{
    Service, ServiceFactory, ServiceFactoryExt, apply_fn_factory, fn_factory, map_config,
};
use actix_web::{
    App, Error,
    body::MessageBody,
    dev::{AppConfig, ServiceRequest, ServiceResponse},
    middleware::from_fn,
    web,
};
use common::{hub::Timeouts, shard::Shard};
use net::{AcceptedSocket, ConnectionLimit, DetachableStream, Reattached, listener};
use std::{
    rc::Rc,
    time::{Duration, Instant},
};
use tokio::{net::TcpStream, sync::watch};

/// How long the headers of a request may take.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// actix polls a body for more only while fewer bytes than this wait for the socket.
const WRITE_BUFFER: usize = 4096;
/// How long a new connection may take to send its first request before a stopping service ends it.
const FIRST_REQUEST_TIME: Duration = Duration::from_millis(500);

/// What the HTTP services of all worker threads are made of.
#[derive(Clone)]
pub(super) struct HttpParts<T> {
    pub(super) service: web::Data<AppState>,
    pub(super) transport: T,
    pub(super) limit: ConnectionLimit,
    /// Becomes true when connections are to end.
    pub(super) is_closing: watch::Receiver<bool>,
}

/// Returns the service for the connections of this worker thread.
pub(super) fn http_service<T: TransportService>(
    parts: HttpParts<T>,
) -> impl ServiceFactory<TcpStream, Config = (), Response = (), Error = (), InitError = ()> {
    let HttpParts {
        service,
        transport,
        limit,
        is_closing,
    } = parts;
    let shard = Shard::of_thread(&service.hub, &service.budget);
    let Timeouts {
        stalled,
        keep_alive,
        ..
    } = service.config.timeouts();
    let tracking_shard = shard.clone();
    let app = apply_fn_factory(
        map_config(app(service, transport, shard.clone()), |()| {
            AppConfig::default()
        }),
        move |request, app| request_tracking::track(request, app, &tracking_shard),
    );
    let http = HttpService::build()
        .keep_alive(KeepAlive::Timeout(keep_alive))
        .client_request_timeout(HEADER_TIMEOUT)
        // Closes at once: a peer with its last bytes needs no more time.
        .client_disconnect_timeout(Duration::ZERO)
        // Otherwise the end of a poll's connection is never noticed.
        .h1_allow_half_closed(false)
        .h1_write_buffer_size(WRITE_BUFFER)
        // Then idle connections end at once, and others after their response.
        .graceful_shutdown_signal(move || closing(is_closing.clone()))
        .on_connect_ext(|stream: &DetachableStream, extensions| {
            extensions.insert(stream.handle());
        })
        .h1(app)
        .map_err(drop);
    listener::accept(limit, stalled).and_then(with_reattach(http, shard))
}

/// Returns the app, with all routes.
fn app<T: TransportService>(
    service: web::Data<AppState>,
    transport: T,
    shard: Shard,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    // The last wrapper is the outermost.
    App::new()
        .wrap(from_fn(http::cors))
        .wrap(from_fn(http::every_request))
        .configure(|app| {
            app.app_data(service).app_data(shard);
            http::routes(app);
            transport.routes(app);
        })
}

/// Waits until a connection that begins now is to end. actix then ends it even if its first request
/// is on its way.
async fn closing(mut is_closing: watch::Receiver<bool>) {
    let began = Instant::now();
    // An error means that the service was dropped, which is an end too.
    let _ = is_closing.wait_for(|closing| *closing).await;
    tokio::time::sleep(FIRST_REQUEST_TIME.saturating_sub(began.elapsed())).await;
}

/// Gives the shard the way to reattach sockets to this service.
fn with_reattach<F>(
    http: F,
    shard: Shard,
) -> impl ServiceFactory<AcceptedSocket, Config = (), Response = (), Error = (), InitError = ()>
where
    F: ServiceFactory<AcceptedSocket, Config = (), Response = (), Error = (), InitError = ()>,
    F::Service: 'static,
    <F::Service as Service<AcceptedSocket>>::Future: 'static,
{
    fn_factory(move || {
        let service = http.new_service(());
        let shard = shard.clone();
        async move {
            let service = Rc::new(service.await?);
            // The service keeps the shard among its data: a strong reference would keep both
            // forever.
            let weak = Rc::downgrade(&service);
            shard.set_reattach(Box::new(move |reattached: Reattached| {
                let Some(service) = weak.upgrade() else {
                    return;
                };
                let peer = reattached.io.peer_addr().ok();
                let stream = DetachableStream::reattached(reattached);
                actix_web::rt::spawn(service.call((stream, peer)));
            }));
            Ok(service)
        }
    })
}
