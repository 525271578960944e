//! Faults that the page injects: their effect, their end, and the outcomes that the page reports.

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
    a_fault_on_one_lane_affects_only_that_lane_and_heals,
    a_slow_link_heals_after_the_page_is_closed,
    robust_clients_survive_a_cut_and_a_naive_websocket_stops,
    robust_clients_survive_an_outage,
    robust_clients_survive_a_deployment,
    a_storm_shows_the_connections_that_the_gate_accepted,
    the_main_button_cuts_and_a_stopped_lane_counts_what_it_misses
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

async fn measure(page: &Page, scenario: &str) -> Outcomes {
    page.browser
        .click(&format!(
            "tr[data-scenario={scenario}] [data-action=measure]"
        ))
        .await;
    page.browser
        .until("the end of the run", PROGRESS, |text| {
            text.as_str()
                .unwrap()
                .starts_with("Messages are missing at")
        })
        .await;
    serde_json::from_value(page.browser.run_with(OUTCOMES, &[scenario]).await).unwrap()
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

async fn a_fault_on_one_lane_affects_only_that_lane_and_heals(engine: Engine) {
    let lab = Lab::up(&[]);
    let page = Page::open(engine, &lab.address("page")).await;
    page.browser
        .run("document.querySelector('[name=where]').value = 'sse'")
        .await;
    page.browser
        .click("tr[data-scenario=down] [data-action=break-now]")
        .await;
    // Lanes that are far from the screen are not drawn.
    page.browser.run("scrollTo(0, 0)").await;
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

async fn a_slow_link_heals_after_the_page_is_closed(engine: Engine) {
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

async fn robust_clients_survive_a_cut_and_a_naive_websocket_stops(engine: Engine) {
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

async fn robust_clients_survive_an_outage(engine: Engine) {
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

async fn robust_clients_survive_a_deployment(engine: Engine) {
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

const USE_NAIVE_CLIENTS: &str = "
    const clients = document.querySelector('[name=clients]');
    clients.value = 'naive';
    clients.dispatchEvent(new Event('change', { bubbles: true }));";

const WS_STATE: &str =
    "return document.querySelector('[data-lane=ws] [data-field=state]').textContent";

async fn the_main_button_cuts_and_a_stopped_lane_counts_what_it_misses(engine: Engine) {
    let lab = Lab::up(&["--delay", "5ms"]);
    let page = Page::open(engine, &lab.address("page")).await;
    let before = page.lanes().await["ws"].requests;
    page.browser.run(USE_NAIVE_CLIENTS).await;
    page.until("a naive WebSocket", |lanes| {
        lanes["ws"].is_open() && lanes["ws"].requests > before
    })
    .await;
    page.send("received").await;
    page.until("a message", |lanes| lanes["ws"].count == 1)
        .await;
    page.browser.click("[data-action=break]").await;
    page.browser
        .until("a stopped lane", WS_STATE, |state| state == "stopped")
        .await;
    assert_eq!(page.lanes().await["ws"].missing, 0);
    page.send("missed").await;
    page.until("a missing message", |lanes| lanes["ws"].missing == 1)
        .await;
    page.browser
        .until("the number in the lane's header", WS_STATE, |state| {
            state == "stopped, 1 missed"
        })
        .await;
}

async fn a_storm_shows_the_connections_that_the_gate_accepted(engine: Engine) {
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
