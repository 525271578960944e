//! The recording that the page shows without services: it is made from a real run, and marked as one.

use crate::{
    browser::Browser,
    engine::{Engine, in_both_engines},
    packed::{Packed, StaticHost},
    page::Page,
    process::Lab,
};
use serde_json::{Value, json};
use std::{env, fs, time::Duration};
use tokio::time::{Instant, sleep};

in_both_engines!(without_services_the_page_shows_the_recording);

const RECORDING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/recorded.json");

/// Everything, in full length.
const ALL: [&str; 9] = [
    "support",
    "rare",
    "frequent",
    "upstream",
    "opening",
    "no-cursor",
    "refused",
    "workers",
    "burn",
];

/// What the page's own modules record in a browser.
async fn record(names: &[&str], seconds: f64, rate: f64, patience: Duration) -> Value {
    let lab = Lab::up(&[]);
    // Any document beside the page does: its addresses are the page's.
    let browser = Browser::at(
        Engine::Chromium,
        &format!("{}/claims.json", lab.address("page")),
    )
    .await;
    let what = json!([names, seconds, rate]).to_string();
    browser.run_with(include_str!("record.js"), &[&what]).await;
    let began = Instant::now();
    loop {
        let recording = browser.run("return window.recording ?? null").await;
        if !recording.is_null() {
            assert_eq!(recording["failed"], Value::Null, "{recording}");
            return recording;
        }
        assert!(
            began.elapsed() < patience,
            "waited too long for a recording"
        );
        sleep(Duration::from_millis(200)).await;
    }
}

fn committed() -> Value {
    serde_json::from_str(&fs::read_to_string(RECORDING).unwrap()).unwrap()
}

fn kinds(tape: &Value) -> Vec<&str> {
    let mut kinds: Vec<_> = tape
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event[1].as_str().unwrap())
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// `UPDATE=1 cargo test --release -p lab --test browser recorded` writes web/recorded.json anew, in some minutes.
#[actix_web::test]
async fn the_recording_equals_what_the_page_records() {
    if env::var_os("UPDATE").is_some() {
        let recording = record(&ALL, 20.0, 5.0, Duration::from_secs(300)).await;
        fs::write(RECORDING, format!("{recording}\n")).unwrap();
    }
    let (recording, committed) = (
        record(&["support", "workers"], 2.0, 20.0, Duration::from_secs(60)).await,
        committed(),
    );
    let names = |value: &Value| {
        value
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    for part in [
        "",
        "/place",
        "/place/environment",
        "/lanes",
        "/conditions",
        "/results/workers/facts",
    ] {
        assert_eq!(
            names(committed.pointer(part).unwrap()),
            names(recording.pointer(part).unwrap()),
            "{part}"
        );
    }
    for (lane, tape) in recording["lanes"].as_object().unwrap() {
        assert_eq!(kinds(&committed["lanes"][lane]), kinds(tape), "{lane}");
    }
    assert!(
        ALL.iter()
            .all(|name| committed["results"][name]["at"].is_f64()),
        "an experiment is missing"
    );
}

async fn without_services_the_page_shows_the_recording(engine: Engine) {
    let packed = Packed::new(&format!("recorded-{engine:?}"));
    let host = StaticHost::of(packed.path());
    let page = Page {
        browser: Browser::at(engine, &host.url).await,
    };
    let said = "return document.querySelector('[data-section=recorded] [data-field=said]').checkVisibility() && \
                document.querySelector('[data-section=recorded] [data-field=said]').textContent";
    let committed = committed();
    let date = &committed["place"]["environment"]["date"].as_str().unwrap()[..10];
    page.browser
        .until("the date of the recording", said, |said| {
            said.as_str().is_some_and(|said| said.contains(date))
        })
        .await;
    let lanes = page
        .until("recorded messages", |lanes| {
            lanes.len() == 3 && lanes.values().all(|lane| lane.count >= 5)
        })
        .await;
    assert!(
        lanes.values().all(|lane| lane.state == "recorded"),
        "{lanes:#?}"
    );
    let live = "return document.querySelector('#claim-port-threads [data-field=live]').textContent";
    let facts = &committed["results"]["workers"]["facts"];
    let threads = |name: &str| {
        let mut threads: Vec<_> = facts[name]
            .as_array()
            .unwrap()
            .iter()
            .map(|at| at["thread"].as_u64())
            .collect();
        threads.sort_unstable();
        threads.dedup();
        threads.len()
    };
    let most = ["longpoll", "sse", "ws"]
        .map(threads)
        .into_iter()
        .max()
        .unwrap();
    let expected = format!("{most} thread");
    page.browser
        .until("what was recorded of a claim", live, |live| {
            live.as_str().unwrap().starts_with(&expected)
        })
        .await;
    host.stop().await;
}
