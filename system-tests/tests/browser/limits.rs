//! The limits of a browser: connections to one origin, and timers of hidden tabs.

use crate::{
    browser::{Browser, until},
    caddy::Place,
    claims::metric,
    engine::{Engine, in_both_engines},
    page::{Lane, Page, all},
    process::{Lab, run},
};
use serde_json::{Value, json};

in_both_engines!(
    streams_beyond_the_limit_wait_until_one_is_closed,
    with_tls_more_are_open_on_one_connection,
    sockets_beyond_the_limit_fail_and_all_are_closed_afterwards,
    two_tabs_know_of_each_other_and_of_being_hidden
);

/// What a gauge found out: protocol, open, waiting, failed, and what became of a request.
struct Row {
    protocol: String,
    open: u64,
    waiting: u64,
    failed: u64,
    request: String,
}

impl Row {
    fn parse(cells: &Value) -> Option<Self> {
        let text = |at: usize| cells[at].as_str().map(str::to_owned);
        let number = |at| text(at)?.parse().ok();
        let (open, waiting, failed) = (number(1)?, number(2)?, number(3)?);
        Some(Self {
            protocol: text(0)?,
            open,
            waiting,
            failed,
            request: text(4)?,
        })
    }

    fn asked_for(&self) -> u64 {
        self.open + self.waiting + self.failed
    }
}

async fn cells(browser: &Browser, gauge: &str) -> Value {
    let script = format!(
        "return [...document.querySelectorAll('[data-gauge={gauge}] td')].map((cell) => cell.textContent)"
    );
    browser.run(&script).await
}

/// Waits until a row of the table shows the count of the service.
async fn agreed(page: &Page, gauge: &str, service: &str, fact: impl Fn(&Row) -> bool) -> Row {
    let look = async || (cells(&page.browser, gauge).await, readers(service).await);
    // The page's own lane is a reader too.
    let agree = |(cells, readers): &(Value, u64)| {
        Row::parse(cells).is_some_and(|row| fact(&row) && *readers == row.open + 1)
    };
    let (cells, _) = until(&format!("{gauge} to agree with the service"), look, agree).await;
    Row::parse(&cells).unwrap()
}

/// How many readers a service counts.
async fn readers(service: &str) -> u64 {
    metric(service, "trilane_readers").await
}

async fn only_the_lane_is_left(service: &str) {
    until(
        "the end of the others",
        async || readers(service).await,
        |readers| *readers == 1,
    )
    .await;
}

const STATES: &str =
    "return [...document.querySelectorAll('.slots li')].map((slot) => slot.dataset.state)";

async fn streams_beyond_the_limit_wait_until_one_is_closed(engine: Engine) {
    let lab = Lab::up(&[]);
    let page = Page::open(engine, &lab.address("page")).await;
    let service = lab.address("sse");
    page.browser.click("#limits [data-action=open]").await;
    let row = agreed(&page, "open", &service, |row| {
        (row.open, row.waiting) == (6, 1)
    })
    .await;
    assert_eq!((row.protocol.as_str(), row.failed), ("http/1.1", 0));
    assert_eq!(row.request, "waiting");
    page.browser.click("#limits [data-action=close]").await;
    let count = |states: &Value, state: &str| {
        states
            .as_array()
            .unwrap()
            .iter()
            .filter(|seen| *seen == state)
            .count()
    };
    let next = |seen: &Value| seen[0] == "closed" && count(seen, "open") as u64 == row.open;
    page.browser
        .until("one that is closed, and the next", STATES, next)
        .await;
    until(
        "as many at the service",
        async || readers(&service).await,
        |readers| *readers == row.open + 1,
    )
    .await;
}

async fn with_tls_more_are_open_on_one_connection(engine: Engine) {
    let place = Place::free();
    let lab = Lab::up(&["--tls-origin", &place.origin()]);
    let _proxy = place.start(&lab.address("gate shared"));
    let page = Page::open(engine, &lab.address("page")).await;
    let service = lab.address("sse");
    page.browser.click("#limits [data-action=tls]").await;
    let few = agreed(&page, "tls", &service, |row| row.open == 7).await;
    assert_eq!(
        (few.protocol.as_str(), few.waiting, few.failed),
        ("h2", 0, 0)
    );
    assert!(few.request.ends_with("ms"), "{}", few.request);
    page.browser.click("#limits [data-action=tls-many]").await;
    let many = agreed(&page, "tls-many", &service, |row| {
        row.open > 7 && row.asked_for() == 300
    })
    .await;
    assert_eq!((many.protocol.as_str(), many.failed), ("h2", 0));
    only_the_lane_is_left(&service).await;
    assert_eq!(page.browser.complaints().await, [""; 0]);
}

async fn sockets_beyond_the_limit_fail_and_all_are_closed_afterwards(engine: Engine) {
    let lab = Lab::up(&[]);
    let page = Page::open(engine, &lab.address("page")).await;
    let service = lab.address("ws");
    page.browser.click("#limits [data-action=sockets]").await;
    // A browser opens one after the other.
    for open in [50, 100, 150] {
        let is_far = |cells: &Value| Row::parse(cells).is_some_and(|row| row.open >= open);
        until(
            "more sockets",
            async || cells(&page.browser, "sockets").await,
            is_far,
        )
        .await;
    }
    let row = agreed(&page, "sockets", &service, |row| row.waiting == 0).await;
    assert_eq!((row.protocol.as_str(), row.asked_for()), ("n/a", 300));
    assert!(row.failed > 0, "this browser opens 300");
    only_the_lane_is_left(&service).await;
}

async fn two_tabs_know_of_each_other_and_of_being_hidden(engine: Engine) {
    let lab = Lab::up(&[]);
    let page = Page::open(engine, &lab.address("page")).await;
    let browser = &page.browser;
    browser
        .open_tab(&format!("{}/#rate=0", lab.address("page")))
        .await;
    let tabs = "return document.querySelector('[data-field=tabs]').textContent";
    let both = |text: &Value| text.as_str().unwrap().contains("open in 2 tabs");
    browser.until("a warning in the second", tabs, both).await;
    page.until("open lanes in the second", |lanes| {
        all(lanes, Lane::is_open)
    })
    .await;
    assert_eq!(
        run(
            &["publish", "--to", &lab.address("sse")],
            "one\ntwo\nthree\n"
        )
        .code,
        0
    );
    page.until_counts(3).await;
    browser.turn_to_tab(0).await;
    browser.until("a warning in the first", tabs, both).await;
    let away = "return document.querySelector('[data-field=away-caption]').textContent";
    browser
        .until("the time away", away, |text| {
            text.as_str()
                .unwrap()
                .starts_with("The tab was hidden for ")
        })
        .await;
    let came = "return [...document.querySelectorAll('[data-field=away] tbody tr')].map((row) => row.cells[1].textContent)";
    assert_eq!(browser.run(came).await, json!(["3", "3", "3"]));
}
