//! The client in a real page, while its transports are blocked one after another.

use crate::{
    TRANSPORTS,
    browser::Browser,
    engine::{Engine, in_both_engines},
    process::{Lab, run},
};
use std::{
    cell::RefCell,
    net::{Ipv4Addr, SocketAddr},
};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinSet, spawn_local},
};

in_both_engines!(
    the_client_falls_back_and_upgrades_without_loss,
    the_client_reports_a_policy_that_forbids_a_transport,
);

/// What a page has to do to use the client. Closed doors refuse at once, so an attempt that takes long is one on a busy
/// machine.
const CONNECT: &str = r#"
    const [ws, sse, longpoll] = arguments;
    window.got = [];
    import("/js/trilane.js").then(({ connect }) => {
        window.connection = connect({ url: { ws, sse, longpoll }, channel: "x", after: "0", climbAfter: 300, openWithin: 60_000 });
        window.connection.addEventListener("message", ({ detail }) => window.got.push(detail.message));
    });
"#;

/// Has the client use an address that the policy of the page does not name, with each transport alone.
const FORBIDDEN: &str = r#"
    window.errors = {};
    import("/js/trilane.js").then(({ connect }) => {
        for (const name of ["ws", "sse", "longpoll"]) {
            const connection = connect({ url: "http://forbidden.invalid", transports: [name] });
            connection.addEventListener("error", ({ detail }) => (window.errors[name] = detail.detail));
        }
    });
"#;

/// The way to a service: open, or shut so that new connections are refused and old ones are cut.
struct Door {
    address: SocketAddr,
    relay: RefCell<Option<AbortHandle>>,
}

impl Door {
    /// Shut, at an address that was free.
    async fn shut() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        Self {
            address: listener.local_addr().unwrap(),
            relay: RefCell::default(),
        }
    }

    fn url(&self) -> String {
        format!("http://localhost:{}", self.address.port())
    }

    async fn open_to(&self, service: &str) {
        let service: SocketAddr = service
            .replace("http://localhost", "127.0.0.1")
            .parse()
            .unwrap();
        let listener = TcpListener::bind(self.address).await.unwrap();
        let relay = spawn_local(async move {
            // They end with this task.
            let mut connections = JoinSet::new();
            while let Ok((mut client, _)) = listener.accept().await {
                connections.spawn_local(async move {
                    let mut service = TcpStream::connect(service).await?;
                    copy_bidirectional(&mut client, &mut service).await
                });
            }
        });
        self.relay.replace(Some(relay.abort_handle()));
    }

    fn close(&self) {
        self.relay.take().expect("an open relay").abort();
    }
}

async fn uses(page: &Browser, transport: &str) {
    let script = "return window.connection?.state === 'open' && window.connection.transport";
    page.until(&format!("{transport} to be used"), script, |used| {
        used == transport
    })
    .await;
}

async fn got(page: &Browser, count: u64) {
    page.until(
        &format!("{count} messages"),
        "return window.got.length",
        |got| got.as_u64() >= Some(count),
    )
    .await;
}

async fn the_client_falls_back_and_upgrades_without_loss(engine: Engine) {
    let (ws, sse, longpoll) = (Door::shut().await, Door::shut().await, Door::shut().await);
    let urls = [
        ("--ws-url", ws.url()),
        ("--sse-url", sse.url()),
        ("--longpoll-url", longpoll.url()),
    ];
    let flags: Vec<_> = urls.iter().flat_map(|(flag, url)| [*flag, url]).collect();
    let lab = Lab::up(&flags);
    let post = |numbers: std::ops::RangeInclusive<u32>| {
        let lines: String = numbers.map(|number| format!("{number}\n")).collect();
        let end = run(
            &["publish", "--channel", "x", "--to", &lab.address("sse")],
            &lines,
        );
        assert_eq!(end.code, 0, "{}", end.errors);
    };
    longpoll.open_to(&lab.address("longpoll")).await;
    let page = Browser::at(engine, &format!("{}/#rate=0", lab.address("page"))).await;
    page.run_with(CONNECT, &[&ws.url(), &sse.url(), &longpoll.url()])
        .await;

    uses(&page, "longpoll").await;
    post(1..=20);
    got(&page, 20).await;
    sse.open_to(&lab.address("sse")).await;
    uses(&page, "sse").await;
    post(21..=40);
    ws.open_to(&lab.address("ws")).await;
    uses(&page, "ws").await;
    post(41..=60);
    ws.close();
    uses(&page, "sse").await;
    post(61..=80);
    sse.close();
    post(81..=100);
    uses(&page, "longpoll").await;
    got(&page, 100).await;
    let all: Vec<_> = (1..=100).collect();
    assert_eq!(page.run("return window.got").await, serde_json::json!(all));
}

async fn the_client_reports_a_policy_that_forbids_a_transport(engine: Engine) {
    let lab = Lab::up(&[]);
    let page = Browser::at(engine, &lab.address("page")).await;
    page.run(FORBIDDEN).await;
    let is_named = |error: &serde_json::Value| {
        error
            .as_str()
            .is_some_and(|text| text.contains("Content-Security-Policy"))
    };
    let is_each_named =
        |errors: &serde_json::Value| TRANSPORTS.iter().all(|name| is_named(&errors[name]));
    page.until("a reason for each", "return window.errors", is_each_named)
        .await;
}
