//! Threads and processes: what the dots show, beside what the service that they are connected to counts.

use crate::{
    browser::{Browser, until},
    claims::get,
    engine::Engine,
    page::Page,
    process::Lab,
};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const SUBSCRIBERS: usize = 24;

/// What the section shows.
const SEEN: &str = "const root = document.querySelector('#workers .topology');
const text = (name) => root.querySelector(`[data-field=${name}]`).textContent;
const dots = (box) => [...box.querySelectorAll('.dot')].map((dot) => ({ text: dot.textContent, ...dot.dataset }));
const boxes = [...root.querySelectorAll('.processes li')];
return {
  said: text('said'),
  accepted: Number(text('accepted')), complete: Number(text('complete')), missing: Number(text('missing')),
  duplicates: Number(text('duplicates')), resets: Number(text('resets')),
  processes: Object.fromEntries(boxes.slice(0, -1).map((box) => [box.dataset.pid, dots(box)])),
  out: dots(boxes.at(-1)),
};";

#[derive(Debug, Deserialize)]
struct Seen {
    said: String,
    accepted: u64,
    complete: u64,
    missing: u64,
    duplicates: u64,
    resets: u64,
    /// By process id, empty for a free slot.
    processes: BTreeMap<String, Vec<Dot>>,
    out: Vec<Dot>,
}

#[derive(Debug, Deserialize)]
struct Dot {
    text: String,
    condition: String,
    worker: String,
}

impl Seen {
    /// How many connections each process has.
    fn counts(&self) -> BTreeMap<u64, u64> {
        self.processes
            .iter()
            .filter_map(|(pid, dots)| Some((pid.parse().ok()?, dots.len() as u64)))
            .collect()
    }

    fn connected(&self) -> usize {
        self.processes.values().map(Vec::len).sum()
    }

    /// The workers of dots in this condition.
    fn workers(&self, condition: &str) -> BTreeSet<&str> {
        let dots = self
            .processes
            .values()
            .flatten()
            .filter(|dot| dot.condition == condition);
        dots.map(|dot| &*dot.worker).collect()
    }
}

/// The page with a service of its own.
struct Stage {
    browser: Browser,
    /// Where that is.
    service: String,
    _lab: Lab,
}

impl Stage {
    async fn start(layout: &str) -> Self {
        let lab = Lab::up(&[]);
        let Page { browser } = Page::open(Engine::Chromium, &lab.address("page")).await;
        browser
            .run_with(
                "document.querySelector('#layout').value = arguments[0]",
                &[layout],
            )
            .await;
        let state: Value =
            serde_json::from_str(&get(&lab.address("page"), "/topology").await).unwrap();
        let stage = Self {
            browser,
            service: format!("http://localhost:{}", state["port"]),
            _lab: lab,
        };
        stage.press("[type=submit]").await;
        stage
            .until("readers that get messages", |seen| {
                seen.connected() == SUBSCRIBERS && seen.complete > 0
            })
            .await;
        stage
    }

    async fn press(&self, button: &str) {
        self.browser
            .click(&format!("#workers .topology {button}"))
            .await;
    }

    async fn until(&self, what: &str, fact: impl Fn(&Seen) -> bool) -> Seen {
        until(
            what,
            async || serde_json::from_value(self.browser.run(SEEN).await).unwrap(),
            fact,
        )
        .await
    }

    /// The number of subscribers of each process, by the service's own count.
    async fn counts(&self) -> BTreeMap<u64, u64> {
        let health: Value = serde_json::from_str(&get(&self.service, "/health").await).unwrap();
        let metrics = get(&self.service, "/metrics").await;
        let readers = |process: &Value| {
            let labels = [
                format!("process=\"{}\"", process["process"]),
                "transport=\"ws\"}".to_owned(),
            ];
            let is_its = |line: &&str| {
                line.starts_with("trilane_readers{")
                    && labels.iter().any(|label| line.contains(label))
            };
            // Of several processes each has its line; the only one is not numbered.
            let line = metrics.lines().find(|line| {
                is_its(line) && (line.contains(&labels[0]) || !line.contains("process="))
            });
            line.and_then(|line| line.rsplit(' ').next()?.parse().ok())
        };
        let processes = health["processes"].as_array().unwrap().iter();
        processes
            .map(|process| (process["pid"].as_u64().unwrap(), readers(process).unwrap()))
            .collect()
    }

    /// The sum of a metric over all processes.
    async fn sum(&self, metric: &str) -> u64 {
        let metrics = get(&self.service, "/metrics").await;
        let lines = metrics
            .lines()
            .filter(|line| line.starts_with(&format!("{metric}{{")));
        lines
            .map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap())
            .sum()
    }
}

#[actix_web::test]
async fn subscribers_of_a_killed_process_reconnect_elsewhere_without_loss() {
    let stage = Stage::start("processes").await;
    let before = stage
        .until("all of them", |seen| seen.connected() == SUBSCRIBERS)
        .await;
    assert_eq!(before.counts(), stage.counts().await);

    stage.press(".processes li:first-child button").await;
    let after = stage
        .until("all of them again", |seen| {
            seen.said.contains("up to date again after")
        })
        .await;
    assert_eq!(
        (
            after.connected(),
            after.out.len(),
            after.missing,
            after.duplicates,
            after.resets
        ),
        (SUBSCRIBERS, 0, 0, 0, 0)
    );
    until(
        "the same at the service",
        async || stage.counts().await,
        |counts| *counts == after.counts(),
    )
    .await;
    let [old, new] =
        [&before, &after].map(|seen| seen.counts().into_keys().collect::<BTreeSet<_>>());
    assert_eq!(
        (old.intersection(&new).count(), new.len()),
        (1, 2),
        "one of two is another: {old:?} {new:?}"
    );
    assert_eq!(stage.sum("trilane_restarts_total").await, 1);
    let count = after.accepted;
    let end = stage
        .until("what was accepted, at all readers", |seen| {
            seen.complete > count
        })
        .await;
    assert_eq!((end.missing, end.duplicates), (0, 0));
}

#[actix_web::test]
async fn threads_die_together_and_a_new_history_causes_resets() {
    let stage = Stage::start("threads").await;
    let seen = stage
        .until("all of them", |seen| seen.workers("current").len() == 2)
        .await;
    assert_eq!(seen.counts(), stage.counts().await);
    stage.press(".processes li:first-child button").await;
    let dead = stage
        .until("the end of all", |seen| {
            seen.out.len() == SUBSCRIBERS && seen.said.contains("start it again")
        })
        .await;
    assert!(dead.out.iter().all(|dot| dot.text == "✕"), "{dead:#?}");
    stage.press("[type=submit]").await;
    let again = stage
        .until("all of them again", |seen| {
            seen.said.contains("up to date again after")
        })
        .await;
    assert_eq!(again.resets, SUBSCRIBERS as u64);
    assert_eq!(stage.sum("trilane_resets_total").await, again.resets);
}

#[actix_web::test]
async fn a_busy_event_loop_delays_only_its_own_subscribers() {
    let stage = Stage::start("threads").await;
    stage.press("[data-inline=true]").await;
    let is_split = |seen: &Seen| {
        let (late, fresh) = (seen.workers("late"), seen.workers("current"));
        late.len() == 1 && fresh.len() == 1 && late != fresh
    };
    let seen = stage
        .until("readers of one worker that are late", is_split)
        .await;
    let late = seen
        .processes
        .values()
        .flatten()
        .filter(|dot| dot.condition == "late");
    assert!(
        late.clone().count() > 1 && late.clone().all(|dot| dot.text.ends_with('s')),
        "{seen:#?}"
    );
    stage.press("[data-action=stop]").await;
    stage
        .until("the end", |seen| {
            seen.said.contains("The service has stopped") && seen.connected() == 0
        })
        .await;
}
