//! Results as files: what the page reads, compares, and refuses.

use crate::{
    engine::{Engine, in_both_engines},
    page::Page,
    process::Lab,
};
use serde_json::json;

in_both_engines!(
    a_run_from_a_file_is_shown_and_compared,
    the_matrix_of_another_browser_is_shown_and_saved_as_a_picture,
    the_picture_of_the_lanes_is_saved
);

async fn a_run_from_a_file_is_shown_and_compared(engine: Engine) {
    let lab = Lab::up(&[]);
    let page = Page::open(engine, &lab.address("page")).await;
    let browser = &page.browser;
    let file = browser.file("run.json", &run_file(50.0));
    let other = browser.file("other.json", &run_file(100.0));
    let broken = browser.file("broken.json", "{}");
    let table = "return document.querySelector('#report [data-field=tables]').textContent";
    let open = async |url: &str| {
        browser
            .find("#report [data-field=file]")
            .await
            .send_keys(url.trim_start_matches("file://"))
            .await
    };
    open(&file).await.unwrap();
    browser
        .until("its median", table, |text| {
            text.as_str().unwrap().contains("50 [49, 51]")
        })
        .await;
    open(&other).await.unwrap();
    browser
        .until("the comparison", table, |text| {
            let text = text.as_str().unwrap();
            text.contains("100 [99, 101]2 [") && text.contains("]more")
        })
        .await;
    open(&broken).await.unwrap();
    let said = "return document.querySelector('#report [data-field=said]').textContent";
    browser
        .until("what is wrong", said, |text| {
            text.as_str()
                .unwrap()
                .contains("Expected a result of format 1")
        })
        .await;
}

async fn the_matrix_of_another_browser_is_shown_and_saved_as_a_picture(engine: Engine) {
    let lab = Lab::up(&[]);
    let page = Page::open(engine, &lab.address("page")).await;
    let browser = &page.browser;
    let file = browser.file("faults.json", &faults_file());
    browser
        .find("#report [data-field=file]")
        .await
        .send_keys(file.trim_start_matches("file://"))
        .await
        .unwrap();
    let cells = "
        const cells = [...document.querySelectorAll('.outcomes tbody tr > *')];
        return cells.filter((cell) => cell.checkVisibility()).map((cell) => [cell.dataset.verdict ?? '', cell.textContent]);";
    let shown = browser
        .until("its only row", cells, |cells| {
            cells.as_array().unwrap().len() == 7
        })
        .await;
    assert_eq!(shown[0], json!(["", "Cut"]));
    assert_eq!(
        shown[1],
        json!(["dead", "■ stopped for good, 2 of 2; 9 of 25 missing"])
    );
    assert_eq!(shown[2], json!(["", "– did not open"]));
    browser.run(WATCH_SAVING).await;
    browser.click("#report [data-action=svg-of-faults]").await;
    browser
        .until("a picture", "return window.saved ?? []", |saved| {
            saved[0] == "image/svg+xml" && saved[1].as_u64() > Some(1_000)
        })
        .await;
}

async fn the_picture_of_the_lanes_is_saved(engine: Engine) {
    let lab = Lab::up(&[]);
    let page = Page::open(engine, &lab.address("page")).await;
    let browser = &page.browser;
    page.send("in the picture").await;
    page.until_counts(1).await;
    browser.run(WATCH_SAVING).await;
    browser.click("#report [data-action=png]").await;
    let is_picture =
        |saved: &serde_json::Value| saved[0] == "image/png" && saved[1].as_u64() > Some(1_000);
    browser
        .until("a picture", "return window.saved ?? []", is_picture)
        .await;
}

const WATCH_SAVING: &str = "
    const address = window.URL.createObjectURL;
    window.URL.createObjectURL = (blob) => {
        window.saved = [blob.type, blob.size];
        return address.call(window.URL, blob);
    };";

/// As `lab bench --json` writes it.
fn run_file(p50: f64) -> String {
    let estimate = json!({ "value": p50, "interval": { "low": p50 - 1.0, "high": p50 + 1.0 } });
    let scenario = json!({ "experiment": "rate", "transport": "sse", "manner": "usual", "measures": "delivery",
        "server": "ours", "readers": 1, "load": { "per-second": 50.0 }, "payload_bytes": 100, "seconds": 5.0,
        "warm_up_seconds": 1.0, "link": { "delay_ms": 50.0, "jitter_ms": 0.0, "bytes_per_second": null } });
    let figures = json!([{ "name": "p50", "unit": "ms", "estimate": estimate }]);
    let environment = json!({ "date": "2026-11-22T14:30:00Z", "cpu": "x", "cores": 2, "kernel": "6", "dirty": false,
        "rustc": "x", "optimised": true, "command": ["bench"], "settings": {} });
    let series = json!([{ "scenario": scenario, "repetitions": [], "figures": figures }]);
    json!({ "format": 1, "environment": environment, "series": series, "code": [], "warnings": [] })
        .to_string()
}

/// The matrix of another browser, as the page saves it: one row, measured twice.
fn faults_file() -> String {
    let dead =
        json!({ "published": 25, "missing": 9, "duplicates": 0, "slowest": 60, "verdict": "dead" });
    let run: Vec<_> = ["longpoll", "sse", "ws"]
        .iter()
        .flat_map(|lane| {
            [
                json!({ "lane": lane, "kind": "naive", "outcome": dead }),
                json!({ "lane": lane, "kind": "robust" }),
            ]
        })
        .collect();
    let row = json!({ "fault": "cut", "title": "Cut", "runs": [run, run] });
    json!({ "format": "trilane-faults-1", "browser": "Other 1", "date": "2026-11-29", "rows": [row] })
        .to_string()
}
