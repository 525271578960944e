//! The measurements and verdicts of the page, compared with the services.

use crate::{
    browser::Browser,
    engine::{Engine, in_both_engines},
    page::Page,
    process::{Lab, run},
};
use conformance::Client;
use serde_json::{Value, json};
use std::collections::BTreeSet;

in_both_engines!(
    a_claim_shows_its_measurement,
    each_dot_is_the_worker_of_a_response,
    the_recorded_cost_of_one_origin_follows_the_number_of_readers,
    requirements_select_a_transport_and_are_kept_in_the_address
);

/// What a service answers to a GET.
pub(crate) async fn get(service: &str, path: &str) -> String {
    let address = service
        .replace("http://localhost", "127.0.0.1")
        .parse()
        .unwrap();
    let mut client = Client::connect(address).await;
    client.send("GET", path, &[], "").await;
    client.response().await.body
}

/// What a service of one process counts.
pub(crate) async fn metric(service: &str, name: &str) -> u64 {
    let metrics = get(service, "/metrics").await;
    let line = metrics
        .lines()
        .find(|line| line.starts_with(&format!("{name}{{")));
    line.and_then(|line| line.rsplit(' ').next()?.parse().ok())
        .unwrap_or_else(|| panic!("{name} in {metrics}"))
}

/// Waits for the measured text of a claim.
pub(crate) async fn live(browser: &Browser, claim: &str, fact: impl Fn(&str) -> bool) -> String {
    let script =
        format!("return document.querySelector('#claim-{claim} [data-field=live]').textContent");
    let seen = browser
        .until(claim, &script, |text| fact(text.as_str().unwrap()))
        .await;
    seen.as_str().unwrap().to_owned()
}

async fn verdict(browser: &Browser, claim: &str) -> String {
    browser
        .find(&format!("#claim-{claim} .chip"))
        .await
        .text()
        .await
        .unwrap()
}

/// All threads that answer on a port: connections are handed to them in turn.
async fn threads(service: &str) -> BTreeSet<String> {
    let mut threads = BTreeSet::new();
    for _ in 0..12 {
        threads.insert(
            get(service, "/worker")
                .await
                .split("thread ")
                .nth(1)
                .unwrap()
                .to_owned(),
        );
    }
    threads
}

#[actix_web::test]
async fn claims_are_read_without_a_script() {
    let lab = Lab::up(&[]);
    let page = get(&lab.address("page"), "/").await;
    let claims: Value = serde_json::from_str(include_str!("../../../web/claims.json")).unwrap();
    for table in claims["tables"].as_array().unwrap() {
        for claim in table["rows"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|row| row["claims"].as_array().unwrap())
        {
            let id = claim["id"].as_str().unwrap();
            let cell = page
                .split(&format!("id=\"claim-{id}\""))
                .nth(1)
                .unwrap()
                .split("</td>")
                .next()
                .unwrap();
            let verdict = claims["verdicts"][claim["verdict"].as_str().unwrap()]
                .as_str()
                .unwrap();
            assert!(
                cell.contains(claim["claim"].as_str().unwrap()) && cell.contains(verdict),
                "{id}: {cell}"
            );
        }
    }
}

async fn a_claim_shows_its_measurement(engine: Engine) {
    let lab = Lab::up(&["--workers", "2"]);
    let page = Page::open(engine, &lab.address("page")).await;
    let lines: String = (1..=30).map(|number| format!("{number}\n")).collect();
    assert_eq!(
        run(&["publish", "--to", &lab.address("sse")], &lines).code,
        0
    );
    page.until_counts(30).await;
    let browser = &page.browser;
    browser
        .run("document.querySelector('#claims').scrollIntoView()")
        .await;
    live(browser, "memory-threads", |text| {
        text.contains("every lane; n = 30, so far")
    })
    .await;

    browser
        .click("#claim-port-threads [data-action=show]")
        .await;
    let told = live(browser, "port-threads", |text| text.contains("n = 24")).await;
    let threads = threads(&lab.address("sse")).await.len();
    assert!(
        told.starts_with(&format!("{threads} threads of 1 process responded")),
        "{told}"
    );
    assert_eq!(verdict(browser, "port-threads").await, "Does not hold");
    assert_eq!(
        verdict(browser, "port-processes").await,
        "Not measurable here"
    );
    assert_eq!(browser.complaints().await, [""; 0]);
}

async fn each_dot_is_the_worker_of_a_response(engine: Engine) {
    let lab = Lab::up(&["--workers", "3"]);
    let page = Page::open(engine, &lab.address("page")).await;
    page.browser.click("#workers [data-action=ask]").await;
    let script = "return [...document.querySelectorAll('#workers [data-service]')].map((line) => ({ ...line.dataset, \
                  dots: line.querySelectorAll('.dot').length }))";
    let lines = page
        .browser
        .until("three services", script, |lines| {
            lines.as_array().unwrap().len() == 3
        })
        .await;
    for line in lines.as_array().unwrap() {
        let service = lab.address(line["service"].as_str().unwrap());
        let pid = get(&service, "/worker")
            .await
            .split("pid ")
            .nth(1)
            .unwrap()
            .split(',')
            .next()
            .unwrap()
            .to_owned();
        assert_eq!((&line["pid"], &line["dots"]), (&json!(pid), &json!(24)));
        let seen: usize = line["threads"].as_str().unwrap().parse().unwrap();
        assert!(
            (2..=threads(&service).await.len()).contains(&seen),
            "{line}"
        );
    }
}

async fn requirements_select_a_transport_and_are_kept_in_the_address(engine: Engine) {
    let lab = Lab::up(&[]);
    let page = Page::open(engine, &lab.address("page")).await;
    let browser = &page.browser;
    let best = "return document.querySelector('#choose').dataset.best";
    for (preset, expected) in [
        ("notification", "sse"),
        ("game", "ws"),
        ("chat", "ws"),
        ("ticker", "sse"),
    ] {
        browser.click(&format!("[data-preset={preset}]")).await;
        browser.until(preset, best, |best| best == expected).await;
    }
    let address = browser.run("return location.href").await;
    let again = Browser::at(engine, address.as_str().unwrap()).await;
    again
        .until("what was chosen", best, |best| best == "sse")
        .await;
    assert_eq!(
        again
            .run("return document.querySelector('#choose [name=rate]').value")
            .await,
        "50"
    );
}

async fn the_recorded_cost_of_one_origin_follows_the_number_of_readers(engine: Engine) {
    let lab = Lab::up(&[]);
    let browser = Browser::at(engine, &format!("{}/#at=origin", lab.address("page"))).await;
    let costs = "
        const origin = document.querySelector('[data-field=origin]');
        const rows = [...origin.querySelectorAll('tbody tr')];
        return [origin.querySelector('output').textContent, ...rows.map(({ cells }) => cells[1].textContent)];";
    browser
        .until("a thousand readers", costs, |costs| {
            *costs == json!(["1,000", "1,000", "1", "0"])
        })
        .await;
    let slide = "
        const input = document.querySelector('[data-field=origin] input');
        input.value = arguments[0];
        input.dispatchEvent(new Event('input'));";
    browser.run_with(slide, &["1"]).await;
    assert_eq!(browser.run(costs).await, json!(["100", "100", "1", "0"]));
}
