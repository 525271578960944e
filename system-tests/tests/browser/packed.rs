//! The page as scripts/pack writes it, and plain static hosts.

use crate::{
    browser::Browser,
    engine::{Engine, in_both_engines},
    page::Page,
    process::Lab,
};
use actix_files::Files;
use actix_web::{App, HttpServer, dev::ServerHandle, rt, web::ServiceConfig};
use serde_json::{Value, json};
use std::{
    env, fs,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{self, Command},
};

in_both_engines!(the_packed_page_is_served_compressed_in_few_files_and_works);

const PACK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/pack");

/// What was loaded of scripts and style sheets: name, bytes on the wire, bytes.
const LOADED: &str = "
    const isCode = ({ name }) => /\\.(js|css)$/.test(name);
    const entries = performance.getEntriesByType('resource').filter(isCode);
    return entries.map(({ name, encodedBodySize, decodedBodySize }) => [new URL(name).pathname, encodedBodySize, decodedBodySize]);";

/// A directory with the packed page; it ends with the test.
pub(crate) struct Packed(PathBuf);

impl Packed {
    pub(crate) fn new(name: &str) -> Self {
        let packed = Self(env::temp_dir().join(format!("trilane-packed-{name}-{}", process::id())));
        assert!(
            Command::new(PACK)
                .arg(&packed.0)
                .status()
                .unwrap()
                .success()
        );
        packed
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Packed {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Serves files and nothing else, below a path of its own as many hosts do.
pub(crate) struct StaticHost {
    pub(crate) url: String,
    server: ServerHandle,
}

impl StaticHost {
    pub(crate) fn of(directory: &Path) -> Self {
        let directory = directory.to_owned();
        Self::with(move |host| {
            host.service(Files::new(StaticHost::PATH, &directory).index_file("index.html"));
        })
    }

    /// The path below which everything is.
    pub(crate) const PATH: &str = "/trilane/";

    /// Serves what is configured.
    pub(crate) fn with(configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = HttpServer::new(move || App::new().configure(configure.clone()))
            .workers(1)
            .disable_signals()
            .listen(listener)
            .unwrap()
            .run();
        let handle = server.handle();
        rt::spawn(server);
        Self {
            url: format!("http://localhost:{port}{}", Self::PATH),
            server: handle,
        }
    }

    pub(crate) async fn stop(self) {
        self.server.stop(false).await;
    }
}

async fn the_packed_page_is_served_compressed_in_few_files_and_works(engine: Engine) {
    let packed = Packed::new(&format!("lab-{engine:?}"));
    let lab = Lab::up(&["--web", packed.path().to_str().unwrap()]);
    let page = Page::open(engine, &lab.address("page")).await;
    page.send("through a packed page").await;
    for lane in page.until_counts(1).await.values() {
        assert!(
            lane.is_whole() && lane.texts() == ["through a packed page"],
            "{lane:#?}"
        );
    }
    let loaded: Vec<(String, u64, u64)> =
        serde_json::from_value(page.browser.run(LOADED).await).unwrap();
    let mut names: Vec<_> = loaded.iter().map(|(name, ..)| &**name).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "/css/main.css",
            "/js/early-theme.js",
            "/js/faults/clients.js",
            "/js/main.js",
            "/js/panel.js",
            "/js/processes.js",
            "/js/sections.js"
        ]
    );
    for (name, sent, size) in &loaded {
        assert!(
            *size < 2000 || 5 * sent < 3 * *size,
            "{name}: {sent} bytes of {size}"
        );
    }
    assert_eq!(page.browser.complaints().await, [""; 0]);
}

#[actix_web::test]
async fn the_source_of_the_naive_clients_is_shown_unchanged() {
    let packed = Packed::new("clients");
    let written = fs::read_to_string(packed.path().join("js/faults/clients.js")).unwrap();
    let host = StaticHost::of(packed.path());
    let browser = Browser::at(Engine::Chromium, &host.url).await;
    let listings = "return [...document.querySelectorAll('[data-field=sources] pre')].map((listing) => listing.textContent)";
    let all_four = |listings: &Value| {
        listings
            .as_array()
            .is_some_and(|listings| listings.len() == 4)
    };
    let shown = browser.until("four listings", listings, all_four).await;
    for listing in shown.as_array().unwrap() {
        assert!(written.contains(listing.as_str().unwrap()), "{listing}");
    }
    host.stop().await;
}

#[actix_web::test]
async fn the_client_is_one_file_that_pages_import() {
    let packed = Packed::new("client");
    let lab = Lab::up(&["--web", packed.path().to_str().unwrap()]);
    let browser = Browser::at(
        Engine::Chromium,
        &format!("{}/claims.json", lab.address("page")),
    )
    .await;
    let import = "
        const [services] = arguments;
        import('/js/trilane.js').then(async ({ connect }) => {
            const connection = connect({ url: JSON.parse(services), after: '0' });
            window.ids = [];
            connection.addEventListener('message', ({ detail }) => window.ids.push(detail.message));
            await connection.publish('one');
        });";
    let services = json!({ "ws": lab.address("ws"), "sse": lab.address("sse"), "longpoll": lab.address("longpoll") });
    browser.run_with(import, &[&services.to_string()]).await;
    browser
        .until("its message", "return window.ids ?? null", |ids| {
            *ids == json!(["one"])
        })
        .await;
}
