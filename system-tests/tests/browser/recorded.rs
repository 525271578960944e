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

in_both_engines!(
    without_services_the_page_shows_the_recording,
    the_target_of_a_link_stays_in_view_when_the_recording_arrives
);

const RECORDING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../web/recorded.json");

/// Every experiment.
const EXPERIMENTS: [&str; 9] = [
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

/// Every fault that the gate injects. A deployment belongs to the page's server.
const SCENARIOS: [&str; 12] = [
    "latency",
    "bandwidth",
    "cut",
    "black-hole",
    "freeze",
    "down",
    "bad-gateway",
    "deploy",
    "buffer",
    "idle-timeout",
    "block-upgrade",
    "burst",
];

/// What is recorded: the matrix as often as `runs`.
fn plan(experiments: &[&str], scenarios: &[&str], runs: u32, chapters: &Value) -> String {
    json!({ "experiments": experiments, "scenarios": scenarios, "runs": runs, "chapters": chapters })
        .to_string()
}

/// The story: its names are those of the page's steps and faults.
fn story() -> Value {
    json!([
        { "name": "watch", "step": "watch", "seconds": 20, "rate": 2 },
        { "name": "knee", "step": "knee", "seconds": 20, "rate": 40 },
        { "name": "cut", "step": "cut", "seconds": 16, "rate": 5, "fault": "cut" },
        { "name": "black-hole", "step": "cut", "seconds": 24, "rate": 5, "fault": "black-hole" },
        { "name": "down", "step": "cut", "seconds": 24, "rate": 5, "fault": "down" },
        { "name": "naive", "step": "naive", "seconds": 32, "rate": 5 },
    ])
}

/// What the page's own modules record in a browser.
async fn record(plan: &str, patience: Duration) -> Value {
    let lab = Lab::up(&[]);
    // Any document beside the page does: its addresses are the page's.
    let browser = Browser::at(
        Engine::Chromium,
        &format!("{}/claims.json", lab.address("page")),
    )
    .await;
    browser.run_with(include_str!("record.js"), &[plan]).await;
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

/// `UPDATE=1 cargo test --release -p system-tests --test browser recorded` writes web/recorded.json anew, in about a quarter of an hour.
#[actix_web::test]
async fn the_recording_equals_what_the_page_records() {
    if env::var_os("UPDATE").is_some() {
        let plan = plan(&EXPERIMENTS, &SCENARIOS, 3, &story());
        let recording = record(&plan, Duration::from_secs(1800)).await;
        fs::write(RECORDING, format!("{recording}\n")).unwrap();
    }
    let short = json!([{ "name": "cut", "step": "cut", "seconds": 7, "rate": 20, "fault": "cut" }]);
    let plan = plan(&["support", "workers"], &["cut"], 1, &short);
    let (recording, committed) = (record(&plan, Duration::from_secs(90)).await, committed());
    for part in [
        "",
        "/place",
        "/place/environment",
        "/chapters/0",
        "/chapters/0/lanes",
        "/chapters/0/conditions",
        "/matrix/cut/0/0",
        "/results/workers/facts",
        "/anatomy/message",
        "/anatomy/openings",
    ] {
        assert_eq!(
            names(committed.pointer(part).unwrap()),
            names(recording.pointer(part).unwrap()),
            "{part}"
        );
    }
    let chapter = |value: &Value| {
        let mut chapters = value["chapters"].as_array().unwrap().iter();
        chapters
            .find(|chapter| chapter["name"] == "cut")
            .unwrap()
            .clone()
    };
    for (lane, tape) in chapter(&recording)["lanes"].as_object().unwrap() {
        assert_eq!(
            kinds(&chapter(&committed)["lanes"][lane]),
            kinds(tape),
            "{lane}"
        );
    }
    let all = committed["chapters"].as_array().unwrap().iter();
    let recorded: Vec<_> = all.map(|chapter| chapter["name"].clone()).collect();
    let planned = story();
    let planned: Vec<_> = planned
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].clone())
        .collect();
    assert_eq!(recorded, planned);
    assert!(
        EXPERIMENTS
            .iter()
            .all(|name| committed["results"][name]["at"].is_f64()),
        "an experiment is missing"
    );
    assert!(
        SCENARIOS
            .iter()
            .all(|name| committed["matrix"][name].is_array()),
        "a fault is missing"
    );
}

fn names(value: &Value) -> Vec<String> {
    value.as_object().unwrap().keys().cloned().collect()
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
    jumps(&page).await;
    let needless = "return performance.getEntriesByType('resource').map(({ name }) => name)
        .filter((name) => /(kinds|panel|processes)[.]js$/.test(name))";
    assert_eq!(page.browser.run(needless).await, json!([]));
    host.stop().await;
}

async fn the_target_of_a_link_stays_in_view_when_the_recording_arrives(engine: Engine) {
    let packed = Packed::new(&format!("link-{engine:?}"));
    let host = StaticHost::of(packed.path());
    let browser = Browser::at(engine, &format!("{}#reading", host.url)).await;
    let above = "return ['.matrix td[data-verdict]', '#report tbody td', '.to-scale span'].every((part) => document.querySelector(part))";
    browser
        .until("what is above the target", above, |all| *all == true)
        .await;
    let seen =
        "return document.querySelector('#reading').getBoundingClientRect().top < innerHeight";
    browser
        .until("the target in view", seen, |seen| *seen == true)
        .await;
    host.stop().await;
}

/// The steps, the faults and the rate jump to their chapters; the matrix is filled.
async fn jumps(page: &Page) {
    let outcomes = "return document.querySelectorAll('.matrix td[data-verdict]').length";
    page.browser
        .until("a filled matrix", outcomes, |count| {
            *count == json!(6 * SCENARIOS.len())
        })
        .await;
    let drawn = "return [...document.querySelectorAll('.to-scale')].filter(({ children }) => children.length).length";
    assert_eq!(page.browser.run(drawn).await, json!(3));
    let sentence = "return document.querySelector('[data-field=guide]').textContent";
    for (button, said) in [
        ("[data-fault=black-hole]", "5 s in which all bytes vanish."),
        ("[data-step=knee]", "At 40 messages per second"),
        ("[data-step=naive]", "WebSocket stopped for good and missed"),
    ] {
        page.browser.click(button).await;
        page.browser
            .until(said, sentence, |text| text.as_str().unwrap().contains(said))
            .await;
    }
    for (slide, rate) in [("stepUp", 40), ("stepDown", 2)] {
        let slid = format!(
            "const pace = document.querySelector('#pace');
            pace.{slide}();
            pace.dispatchEvent(new Event('change'));
            return Number(document.querySelector('.bar [name=rate]').value)"
        );
        assert_eq!(page.browser.run(&slid).await, json!(rate), "{slide}");
    }
    let choice = "return document.querySelectorAll('#choose input:disabled').length";
    assert_eq!(page.browser.run(choice).await, json!(0));
    let in_vain = "return document.querySelectorAll('#workers button:enabled:not(.fold)').length";
    assert_eq!(page.browser.run(in_vain).await, json!(0));
}
