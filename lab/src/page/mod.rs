//! The page's server: the files of `web/`, and where the services are. `lab up` starts it beside the services, `lab page`
//! alone. What it tells of the services is in [`places`], of the machine in [`mod@environment`], what it lets the page do in
//! [`policy`].

mod args;
mod environment;
mod places;
mod policy;
mod restarts;

pub(crate) use args::{Page, Web, run};
pub(crate) use places::{Places, Urls};
pub(crate) use restarts::{Order, Restarted, Restarts, ending};

use crate::{
    environment::Settings,
    gate::{self, Gate},
    topology::{self, Topology},
};
use actix_files::Files;
use actix_web::{
    App, Error, HttpResponse, HttpServer, Route,
    body::MessageBody,
    dev::{ServerHandle, ServiceRequest, ServiceResponse},
    guard,
    http::header::{self, HeaderName, HeaderValue},
    middleware::{Compress, Next, from_fn},
    web,
};
use environment::{Here, environment};
use std::{
    io,
    net::TcpListener,
    path::{Path, PathBuf},
};

/// What the page is made of: these files, and in these folders those with these endings. What else lies beside it is for
/// its developers.
const FILES: [&str; 4] = ["index.html", "icon.svg", "claims.json", "recorded.json"];
const FOLDERS: [(&str, &str); 3] = [("css", "css"), ("js", "js"), ("example", "html")];

/// Besides the policy. The first two isolate the page from others, which gives it a clock of microseconds; `no-cache`
/// lets a browser keep the files and ask whether they are still good.
const HEADERS: [(HeaderName, &str); 5] = [
    (header::CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
    (header::CROSS_ORIGIN_EMBEDDER_POLICY, "require-corp"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-cache"),
];

/// What the page can do beside being looked at.
pub(crate) struct Controls {
    pub(crate) gate: Option<web::Data<Gate>>,
    /// Only where the services run in this process.
    pub(crate) restarts: Option<Restarts>,
    pub(crate) topology: web::Data<Topology>,
}

/// Starts the page on a listener, and with it these controls; the settings are those of the services. Needs an actix system
/// around it.
///
/// Fails if the listener cannot be used, or if there can be no further thread.
pub(crate) fn start(
    listener: TcpListener,
    directory: PathBuf,
    places: Places,
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
    let places = places.with_gate(lanes).with_topology(topology.port());
    let places = Places {
        restarts: restarts.is_some(),
        ..places
    };
    let (places, here) = (web::Data::new(places), web::Data::new(Here::new(settings)));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(places.clone())
            .app_data(here.clone())
            .wrap(from_fn(add_headers))
            .route(
                "/services.json",
                readable().to(async |places: web::Data<Places>| HttpResponse::Ok().json(&places)),
            )
            .route("/environment.json", readable().to(environment))
            .route("/health/live", readable().to(HttpResponse::Ok))
            .route("/health/ready", readable().to(HttpResponse::Ok))
            .configure(|app| {
                gate.iter()
                    .cloned()
                    .for_each(|gate| gate::api::routes(gate)(app))
            })
            .configure(|app| {
                restarts
                    .iter()
                    .cloned()
                    .for_each(|restarts| restarts.routes()(app))
            })
            .configure(topology::api::routes(topology.clone()))
            .service(
                web::scope("")
                    .wrap(Compress::default())
                    .service(files(&directory)),
            )
    })
    .workers(1)
    .disable_signals()
    // Nothing here takes longer.
    .shutdown_timeout(1)
    .listen(listener)?
    .run();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    Ok(handle)
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

/// Whether a file of the page's directory is part of the page; the empty path is the directory itself.
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
    let places = request
        .app_data::<web::Data<Places>>()
        .expect("start gives it");
    let policy = policy::content_security_policy(host, places);
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let policy = HeaderValue::from_str(&policy).expect("places and plain hosts are visible ASCII");
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}
