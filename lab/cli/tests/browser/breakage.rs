//! What the page breaks is broken, ends by itself, and is told truthfully.

use crate::{
    browser::until,
    engine::{Engine, in_both_engines},
    gated::{address, gate, lanes},
    page::Page,
    process::Lab,
};
use conformance::{Client, patient};
use serde_json::{Value, json};

in_both_engines!(
    what_is_broken_on_one_lane_is_broken_there_and_mended,
    a_slow_link_ends_by_itself_though_the_page_is_closed,
    a_cut_ends_what_nobody_reopens_and_costs_the_robust_nothing,
    an_outage_ends_a_bare_event_source_in_firefox_and_costs_the_robust_nothing,
    a_deployment_sends_all_readers_away_and_costs_the_robust_nothing,
    a_storm_is_what_the_gate_accepted
);

const OUTCOMES: &str = "
    const cells = [...document.querySelectorAll(`tr[data-scenario=${arguments[0]}] td`)];
    return cells.map((cell) => [cell.dataset.verdict ?? '', cell.textContent]);";

const PROGRESS: &str =
    "return document.querySelector('[data-section=break] [data-field=progress]').textContent";

/// Connections that the gate accepted in each step, at once and with a wait.
const STORM: &str = "
    const rows = [...document.querySelectorAll('.storm tbody tr')];
    return rows.map((row) => [...row.querySelectorAll('td')].map((cell) => Number(cell.textContent)));";

/// What a row's six clients came to: naive and robust, long polling, SSE, WebSocket.
type Outcomes = Vec<[String; 2]>;

async fn measure(page: &Page, breakage: &str) -> Outcomes {
    page.browser
        .click(&format!(
            "tr[data-scenario={breakage}] [data-action=measure]"
        ))
        .await;
    page.browser
        .until("the end of the run", PROGRESS, |text| text == "Measured.")
        .await;
    serde_json::from_value(page.browser.run_with(OUTCOMES, &[breakage]).await).unwrap()
}

fn assert_robust_are_whole(outcomes: &Outcomes) {
    for column in [1, 3, 5] {
        let [verdict, text] = &outcomes[column];
        assert!(
            matches!(&**verdict, "whole" | "late") && !text.contains("missing"),
            "{outcomes:#?}"
        );
    }
}

fn broken(lane: &Value) -> Vec<Value> {
    lane["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| fault["fault"].clone())
        .collect()
}

async fn what_is_broken_on_one_lane_is_broken_there_and_mended(engine: Engine) {
    let lab = Lab::up(&[]);
    let page = Page::open(engine, &lab.address("page")).await;
    page.browser
        .run("document.querySelector('[name=where]').value = 'sse'")
        .await;
    page.browser
        .click("tr[data-scenario=down] [data-action=break-now]")
        .await;
    let faults = async || gate(&lab).await;
    let seen = until("a fault", faults, |gate| {
        lanes(gate).values().any(|lane| !broken(lane).is_empty())
    })
    .await;
    for (name, lane) in lanes(&seen) {
        assert_eq!(
            broken(lane),
            if name == "sse" {
                vec![json!("refuse")]
            } else {
                vec![]
            },
            "{name}"
        );
    }
    let hit = page
        .until("a lane that is gone", |lanes| {
            lanes["sse"].state == "retrying"
        })
        .await;
    assert!(hit["ws"].is_open() && hit["longpoll"].is_open());
    page.send("meanwhile").await;
    for lane in page.until_counts(1).await.values() {
        assert!(lane.is_whole(), "{lane:#?}");
    }
    until("nothing broken", faults, |gate| {
        lanes(gate).values().all(|lane| broken(lane).is_empty())
    })
    .await;
}

async fn a_slow_link_ends_by_itself_though_the_page_is_closed(engine: Engine) {
    let lab = Lab::up(&["--delay", "5ms"]);
    let page = Page::open(engine, &lab.address("page")).await;
    page.browser
        .click("tr[data-scenario=latency] [data-action=break-now]")
        .await;
    let faults = async || gate(&lab).await;
    let slow =
        |lane: &Value| broken(lane) == [json!("latency")] && lane["faults"][0]["delay"] == 400.0;
    until("a slow link", faults, |gate| {
        lanes(gate).values().all(|lane| slow(lane))
    })
    .await;
    page.browser.go("about:blank").await;
    let mended = until("nothing broken", faults, |gate| {
        lanes(gate).values().all(|lane| broken(lane).is_empty())
    })
    .await;
    for lane in lanes(&mended).values() {
        assert_eq!(
            lane["link"]["down"]["delay"], 5.0,
            "what it is set to was never touched"
        );
    }
}

async fn a_cut_ends_what_nobody_reopens_and_costs_the_robust_nothing(engine: Engine) {
    let lab = Lab::up(&["--delay", "5ms"]);
    let page = Page::open(engine, &lab.address("page")).await;
    page.browser
        .run("document.querySelector('tr[data-scenario=cut] select').value = 'sse ws'")
        .await;
    let outcomes = measure(&page, "cut").await;
    assert_robust_are_whole(&outcomes);
    assert_eq!(
        (&*outcomes[2][0], &*outcomes[4][0]),
        ("lost", "dead"),
        "{outcomes:#?}"
    );
    let right = if outcomes[0][1].contains("missing") {
        2
    } else {
        3
    };
    let tally = page
        .browser
        .find("[data-field=tally]")
        .await
        .text()
        .await
        .unwrap();
    assert_eq!(tally, format!("Your guesses: {right} of 3 right."));
}

async fn an_outage_ends_a_bare_event_source_in_firefox_and_costs_the_robust_nothing(
    engine: Engine,
) {
    let lab = Lab::up(&["--delay", "5ms"]);
    let page = Page::open(engine, &lab.address("page")).await;
    let outcomes = measure(&page, "down").await;
    assert_robust_are_whole(&outcomes);
    // Firefox gives up when one retry is refused, Chromium goes on trying.
    let event_source = if engine == Engine::Firefox {
        "dead"
    } else {
        "lost"
    };
    assert_eq!(
        [0, 2, 4].map(|column| &*outcomes[column][0]),
        ["dead", event_source, "dead"],
        "{outcomes:#?}"
    );
}

async fn a_deployment_sends_all_readers_away_and_costs_the_robust_nothing(engine: Engine) {
    let lab = Lab::up(&["--delay", "5ms"]);
    let page = Page::open(engine, &lab.address("page")).await;
    let mut witness = Client::connect(address(&lab.address("sse"))).await;
    witness
        .send("GET", "/events?channel=witness", &[], "")
        .await;
    assert_eq!(witness.head().await.status, 200);
    let outcomes = measure(&page, "deploy").await;
    assert_robust_are_whole(&outcomes);
    assert_eq!(
        outcomes[4][0], "dead",
        "the naive client does not reopen its WebSocket: {outcomes:#?}"
    );
    assert!(
        outcomes[2][1].contains("missing"),
        "a native EventSource receives messages after it has reconnected: {outcomes:#?}"
    );
    let said = patient(
        "the end of a stream of the service that was",
        witness.rest(),
    )
    .await;
    assert!(
        said.contains("retry: "),
        "it was told when to come back: {said:?}"
    );
}

async fn a_storm_is_what_the_gate_accepted(engine: Engine) {
    let lab = Lab::up(&["--delay", "5ms"]);
    let page = Page::open(engine, &lab.address("page")).await;
    let accepted = async || {
        lanes(&gate(&lab).await)["ws"]["connections"]
            .as_u64()
            .unwrap()
    };
    let before = accepted().await;
    page.browser.click("[data-action=storm]").await;
    let sums = |steps: &Value| {
        let steps: Vec<[u64; 2]> = serde_json::from_value(steps.clone()).unwrap();
        [0, 1].map(|kind| steps.iter().map(|step| step[kind]).sum::<u64>())
    };
    page.browser
        .until("two storms", STORM, |steps| sums(steps) == [100, 100])
        .await;
    // The clients, opened and back, twice; and the page's own lane, which is cut with them.
    let more = accepted().await - before;
    assert!((400..=410).contains(&more), "{more} connections");
}
