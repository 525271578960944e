//! The page with a gate in front of the services: what it shows is what the gate counted, and its link is the one that is chosen.

use crate::{
    TRANSPORTS,
    browser::{Browser, until},
    engine::{Engine, in_both_engines},
    page::Page,
    process::Lab,
};
use conformance::Client;
use serde_json::{Value, json};
use std::collections::BTreeMap;

in_both_engines!(
    requests_and_bytes_equal_the_counts_of_the_gate,
    the_traffic_of_the_page_is_captured,
    the_chosen_link_is_applied
);

/// The bytes on the wire that the page shows, where it shows whole bytes.
const SHOWN: &str = "
    const text = (lane, field) => lane.querySelector(`[data-field=${field}]`).textContent;
    const lanes = [...document.querySelectorAll('[data-lane]')];
    const wire = ({ dataset }) => document.querySelector(`[data-figure=wire] [data-of=${dataset.lane}]`).textContent;
    return Object.fromEntries(lanes.map((lane) => [lane.dataset.lane, [wire(lane), text(lane, 'requests')]]));";

/// The state of the gate.
pub(crate) async fn gate(lab: &Lab) -> Value {
    let mut client = Client::connect(address(&lab.address("page"))).await;
    client.send("GET", "/gate", &[], "").await;
    client.response().await.json()
}

pub(crate) fn address(url: &str) -> std::net::SocketAddr {
    url.replace("http://localhost", "127.0.0.1")
        .parse()
        .unwrap()
}

pub(crate) fn lanes(gate: &Value) -> BTreeMap<&str, &Value> {
    gate["lanes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|lane| (lane["lane"].as_str().unwrap(), lane))
        .collect()
}

/// As the page writes it.
fn bytes(count: u64) -> String {
    if count < 1000 {
        format!("{count} B")
    } else {
        format!("{:.1} kB", count as f64 / 1000.0)
    }
}

async fn requests_and_bytes_equal_the_counts_of_the_gate(engine: Engine) {
    let lab = Lab::up(&[]);
    let page = Page::open(engine, &lab.address("page")).await;
    for text in ["one", "two", "three"] {
        page.send(text).await;
    }
    page.until_counts(3).await;
    let look = async || (page.browser.run(SHOWN).await, gate(&lab).await);
    let agree = |(shown, gate): &(Value, Value)| {
        TRANSPORTS.iter().all(|transport| {
            let lane = lanes(gate)[transport];
            let count = |way: &str| lane[way]["bytes"].as_u64().unwrap();
            let expected = json!([
                bytes(count("up") + count("down")),
                lane["requests"]["get"].to_string()
            ]);
            shown[transport] == expected
        })
    };
    until("the page and the gate to agree", look, agree).await;
    assert_eq!(page.browser.complaints().await, [""; 0]);
}

async fn the_traffic_of_the_page_is_captured(engine: Engine) {
    let lab = Lab::up(&[]);
    let page = Page::open(engine, &lab.address("page")).await;
    page.send("captured text").await;
    page.until_counts(1).await;
    for lane in TRANSPORTS {
        let mut client = Client::connect(address(&lab.address("page"))).await;
        let target = format!("/gate/capture?lane={lane}");
        client.send("GET", &target, &[], "").await;
        let capture = client.response().await.body;
        assert!(capture.contains("captured text"), "{lane}: {capture}");
        assert!(capture.contains(r#""direction":"up""#), "{lane}: {capture}");
    }
}

async fn the_chosen_link_is_applied(engine: Engine) {
    let lab = Lab::up(&[]);
    let browser = Browser::at(
        engine,
        &format!("{}/#rate=0&delay=20&jitter=1", lab.address("page")),
    )
    .await;
    let delays = async || {
        let gate = gate(&lab).await;
        TRANSPORTS.map(|lane| {
            [
                &lanes(&gate)[lane]["link"]["up"]["delay"],
                &lanes(&gate)[lane]["link"]["down"]["delay"],
            ]
            .map(Value::as_f64)
        })
    };
    until("the link of the address", delays, |delays| {
        *delays == [[Some(20.0); 2]; 3]
    })
    .await;
    browser
        .run(
            "
        const delay = document.querySelector('[name=delay]');
        delay.value = '0';
        delay.dispatchEvent(new Event('change', { bubbles: true }));",
        )
        .await;
    until("the link that was typed", delays, |delays| {
        *delays == [[Some(0.0); 2]; 3]
    })
    .await;
    browser
        .until("the address to say so", "return location.hash", |hash| {
            hash.as_str().unwrap().contains("delay=0")
        })
        .await;
}
