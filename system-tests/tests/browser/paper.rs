//! The page as it is printed.

use crate::{engine::Engine, page::Page, process::Lab};
use serde_json::json;

const PRINTED: &str = "
    const isThere = (selector) => document.querySelector(selector).checkVisibility();
    const answer = document.querySelector('#question-seventh-tab p').getBoundingClientRect();
    return {
        bar: isThere('.bar'), buttons: isThere('[data-action=show]'), verdicts: isThere('.chip'),
        claims: getComputedStyle(document.querySelector('.claims td')).display, answer: answer.height > 0,
    };";

#[actix_web::test]
async fn on_paper_claims_are_a_table_and_answers_are_open() {
    let lab = Lab::up(&[]);
    let page = Page::open(Engine::Chromium, &lab.address("page")).await;
    let browser = &page.browser;
    // As wide as the print of A4.
    browser.resize(690, 980).await;
    browser
        .devtools("Emulation.setEmulatedMedia", json!({ "media": "print" }))
        .await;
    let expected = json!({ "bar": false, "buttons": false, "verdicts": true, "claims": "table-cell", "answer": true });
    browser
        .until("what is printed", PRINTED, |printed| *printed == expected)
        .await;
    let pdf = browser
        .devtools(
            "Page.printToPDF",
            json!({ "paperWidth": 8.27, "paperHeight": 11.69 }),
        )
        .await;
    assert!(pdf["data"].as_str().is_some_and(|data| data.len() > 10_000));
}
