//! The web server of the page. `lab up` starts it beside the services, `lab page` alone.
//!
//! - [`args`]: `lab page`
//! - [`addresses`]: where the services are
//! - [`mod@environment`]: the machine of a measurement
//! - [`plain_url`]: URLs that the page may connect to
//! - [`policy`]: the content security policy
//! - [`preloads`]: the document, with hints for its modules
//! - [`restart`]: restarts of services from the page

mod addresses;
mod args;
mod environment;
mod plain_url;
mod policy;
mod preloads;
mod restart;

pub(crate) use addresses::{ServiceAddresses, ServiceUrls};
pub(crate) use args::{Page, Web, run};
pub(crate) use restart::{RestartReport, RestartRequest, RestartSender, draining};

use crate::topology::{self, Topology};
use actix_files::Files;
use actix_web::{
    App, Error, HttpResponse, HttpServer, Route,
    body::MessageBody,
    dev::{ServerHandle, ServiceRequest, ServiceResponse},
    guard,
    http::header::{self, ContentType, HeaderName, HeaderValue},
    middleware::{Compress, Next, from_fn},
    web,
};
use bench::environment::Settings;
use environment::{PageEnvironment, environment};
use gate::Gate;
use std::{
    io,
    net::TcpListener,
    path::{Path, PathBuf},
};

/// The files of the page. Everything else in its directory is for development.
const FILES: [&str; 6] = [
    "index.html",
    "icon.svg",
    "picture.png",
    "claims.json",
    "recorded.json",
    "recorded-tables.json",
];
/// The folders of the page, each with the extension of its files.
const FOLDERS: [(&str, &str); 3] = [("css", "css"), ("js", "js"), ("example", "html")];

/// Response headers besides the policy. The first two isolate the page from other origins, which
/// enables a clock with a resolution of microseconds. `no-cache` makes browsers revalidate cached
/// files.
const HEADERS: [(HeaderName, &str); 5] = [
    (header::CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
    (header::CROSS_ORIGIN_EMBEDDER_POLICY, "require-corp"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-cache"),
];

/// What the page can control.
pub(crate) struct Controls {
    pub(crate) gate: Option<web::Data<Gate>>,
    /// `None` if the services run elsewhere.
    pub(crate) restarts: Option<RestartSender>,
    pub(crate) topology: web::Data<Topology>,
}

/// Starts the page on a listener, inside an actix system. `settings` are those of the services.
///
/// # Errors
/// Returns an error if the listener is unusable or no thread can be started.
pub(crate) fn start(
    listener: TcpListener,
    directory: PathBuf,
    addresses: ServiceAddresses,
    settings: Settings,
    Controls {
        gate,
        restarts,
        topology,
    }: Controls,
) -> io::Result<ServerHandle> {
    let lanes = gate
        .as_ref()
        .map(|gate| gate.addresses())
        .unwrap_or_default();
    let addresses = addresses.with_gate(lanes).with_topology(topology.port());
    let addresses = ServiceAddresses {
        restarts: restarts.is_some(),
        ..addresses
    };
    let (addresses, here) = (
        web::Data::new(addresses),
        web::Data::new(PageEnvironment::new(settings)),
    );
    let server = HttpServer::new(move || {
        App::new()
            .app_data(addresses.clone())
            .app_data(here.clone())
            .wrap(from_fn(add_headers))
            .route(
                "/services.json",
                readable().to(async |addresses: web::Data<ServiceAddresses>| {
                    HttpResponse::Ok().json(&addresses)
                }),
            )
            .route("/environment.json", readable().to(environment))
            .route("/health/live", readable().to(HttpResponse::Ok))
            .route("/health/ready", readable().to(HttpResponse::Ok))
            .configure(|app| {
                gate.iter()
                    .cloned()
                    .for_each(|gate| gate::api::routes(gate, bench::load::storm::routes)(app));
            })
            .configure(|app| {
                restarts
                    .iter()
                    .cloned()
                    .for_each(|restarts| restarts.routes()(app));
            })
            .configure(topology::api::routes(topology.clone()))
            .service(
                web::scope("")
                    .wrap(Compress::default())
                    .app_data(web::Data::new(directory.clone()))
                    .route("/", readable().to(document))
                    .route("/index.html", readable().to(document))
                    .service(files(&directory)),
            )
    })
    .workers(1)
    .disable_signals()
    // No response here takes longer.
    .shutdown_timeout(1)
    .listen(listener)?
    .run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    Ok(handle)
}

async fn document(directory: web::Data<PathBuf>) -> io::Result<HttpResponse> {
    let document = preloads::document(&directory)?;
    Ok(HttpResponse::Ok()
        .content_type(ContentType::html())
        .body(document))
}

fn readable() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

fn files(directory: &Path) -> Files {
    Files::new("/", directory)
        .index_file("index.html")
        .prefer_utf8(true)
        .path_filter(|path, _| is_served(path))
}

/// Returns whether a file is part of the page. The empty path is the directory itself.
fn is_served(path: &Path) -> bool {
    let in_folder = |(folder, ending): &(&str, &str)| {
        path.starts_with(folder) && path.extension().is_some_and(|own| own == *ending)
    };
    path.as_os_str().is_empty()
        || FILES.iter().any(|file| path == Path::new(file))
        || FOLDERS.iter().any(in_folder)
}

async fn add_headers(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let addresses = request
        .app_data::<web::Data<ServiceAddresses>>()
        .expect("`start` registers the addresses");
    let policy = policy::content_security_policy(host, addresses);
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let policy =
        HeaderValue::from_str(&policy).expect("addresses and plain hosts are visible ASCII");
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}
