//! Services that are killed and restarted while the page is open, with the history that the others
//! still hold.

use crate::{
    TRANSPORTS,
    engine::{Engine, in_both_engines},
    page::{Lane, Lanes, Page, all},
    process::Process,
};
use broker::{Broker, Memory};
use conformance::Server;
use longpoll_svc::LongPoll;
use serde_json::json;
use sse_svc::Sse;
use std::collections::BTreeMap;
use ws_svc::Ws;

in_both_engines!(
    lanes_reconnect_to_restarted_services_without_loss,
    a_lane_reports_what_it_lost_in_an_outage_of_its_service
);

/// Three services on one broker, which goes on when they do not.
struct Services {
    flags: &'static [&'static str],
    broker: Broker,
    ports: BTreeMap<&'static str, u16>,
    running: BTreeMap<&'static str, Server>,
}

impl Services {
    fn start(flags: &'static [&'static str]) -> Self {
        let broker = Broker::Memory(Memory::new(10));
        let start = |transport| (transport, server(transport, 0, flags, &broker));
        let running: BTreeMap<_, _> = TRANSPORTS.map(start).into();
        let ports = running
            .iter()
            .map(|(transport, server)| (*transport, server.address().port()))
            .collect();
        Self {
            flags,
            broker,
            ports,
            running,
        }
    }

    fn page(&self) -> Process {
        let ports = TRANSPORTS.map(|transport| {
            [
                format!("--{transport}-port"),
                self.ports[transport].to_string(),
            ]
        });
        let flags: Vec<_> = ports.as_flattened().iter().map(String::as_str).collect();
        Process::start(&[&["page", "--port", "0"], &flags[..]].concat(), "")
    }

    async fn kill(&mut self, transport: &str) {
        let server = self.running.remove(transport).unwrap();
        server.running().kill().await;
    }

    fn start_again(&mut self, transport: &'static str) {
        self.running.insert(
            transport,
            server(transport, self.ports[transport], self.flags, &self.broker),
        );
    }

    /// Posts a number of messages through any running service.
    async fn post(&self, count: usize) {
        let server = self.running.values().next().unwrap();
        for number in 0..count {
            server.publish("main", json!(number)).await;
        }
    }
}

fn server(transport: &str, port: u16, flags: &[&str], broker: &Broker) -> Server {
    let (flags, broker) = ([&["--origins", "*"], flags].concat(), broker.clone());
    match transport {
        "longpoll" => Server::on_port::<LongPoll>(port, &flags, broker),
        "sse" => Server::on_port::<Sse>(port, &flags, broker),
        _ => Server::on_port::<Ws>(port, &flags, broker),
    }
}

async fn open(engine: Engine, page: &Process) -> Page {
    let line = page.wait_for_line("page: listening on http://");
    Page::open(
        engine,
        &format!(
            "http://localhost:{}",
            line.trim().rsplit(':').next().unwrap()
        ),
    )
    .await
}

fn explains_itself(lane: &Lane, port: u16) -> bool {
    lane.state == "retrying"
        && lane
            .notice
            .starts_with(&format!("No response from http://localhost:{port}."))
}

fn others<'a>(lanes: &'a Lanes, transport: &str) -> impl Iterator<Item = &'a Lane> {
    lanes
        .iter()
        .filter(move |(name, _)| *name != transport)
        .map(|(_, lane)| lane)
}

async fn lanes_reconnect_to_restarted_services_without_loss(engine: Engine) {
    let mut services = Services::start(&[]);
    let process = services.page();
    let page = open(engine, &process).await;
    services.post(3).await;
    page.until_counts(3).await;
    for transport in TRANSPORTS {
        services.kill(transport).await;
    }
    let told = page.until("an explanation in each lane", |lanes| {
        TRANSPORTS
            .iter()
            .all(|transport| explains_itself(&lanes[*transport], services.ports[transport]))
    });
    told.await;
    TRANSPORTS
        .into_iter()
        .for_each(|transport| services.start_again(transport));
    page.until("three open lanes", |lanes| all(lanes, Lane::is_open))
        .await;
    services.post(3).await;
    for lane in page.until_counts(6).await.values() {
        assert!(lane.is_whole(), "{lane:#?}");
        assert_eq!(
            (lane.texts(), &*lane.notice, lane.reconnects),
            (vec!["2", "1", "0", "2", "1", "0"], "", 1)
        );
    }
}

async fn a_lane_reports_what_it_lost_in_an_outage_of_its_service(engine: Engine) {
    let mut services = Services::start(&["--history", "1"]);
    let process = services.page();
    let page = open(engine, &process).await;
    services.post(1).await;
    page.until_counts(1).await;
    for (round, transport) in TRANSPORTS.into_iter().enumerate() {
        let posted = 1 + 3 * round as u64;
        services.kill(transport).await;
        let told = |lane: &Lane| explains_itself(lane, services.ports[transport]);
        page.until("an explanation", |lanes| told(&lanes[transport]))
            .await;
        // One at a time: a history of one message does not wait for subscribers that still reconnect.
        for more in 1..=2 {
            services.post(1).await;
            // Others may have an outage of their own behind them.
            let goes_on =
                |lane: &Lane| lane.is_open() && lane.count + lane.missing == posted + more;
            let lanes = page
                .until("the others to go on", |lanes| {
                    others(lanes, transport).all(goes_on)
                })
                .await;
            assert_eq!(lanes[transport].count, posted);
        }
        services.start_again(transport);
        let says =
            |lane: &Lane| lane.is_open() && lane.notice.contains("no longer had all messages");
        page.until("the lane to come back and say what it lost", |lanes| {
            says(&lanes[transport])
        })
        .await;
        page.until("what is still held", |lanes| {
            lanes[transport].count == posted + 1
        })
        .await;
        services.post(1).await;
        let last = (posted + 3).to_string();
        let lanes = page.until("one more in each lane", |lanes| {
            all(lanes, |lane| lane.last_offset == last)
        });
        let lane = &lanes.await[transport];
        assert_eq!(
            (lane.count, lane.missing, lane.duplicates, &*lane.in_order),
            (posted + 2, 1, 0, "true")
        );
        assert_eq!(lane.reconnects, 1);
    }
}
