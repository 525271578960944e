//! The stream of tokens, and what happens to an answer that is interrupted.

use crate::{
    engine::{Engine, in_both_engines},
    page::{Page, all},
    process::Lab,
};

in_both_engines!(an_interrupted_answer_is_told_in_measured_figures);

const SAID: &str =
    "return document.querySelector('[data-field=interruptions] [role=status]').textContent";
const OFFERED: &str =
    "return document.querySelector('[data-interruption=refresh]').checkVisibility()";
const ENABLED: &str = "return !document.querySelector('[data-interruption=refresh]').disabled";

async fn an_interrupted_answer_is_told_in_measured_figures(engine: Engine) {
    let lab = Lab::up(&["--delay", "5ms"]);
    let page = Page::open(engine, &lab.address("page")).await;
    let browser = &page.browser;
    assert_eq!(browser.run(OFFERED).await, false);
    browser.click("[data-action=tokens]").await;
    browser
        .until("interruptions", OFFERED, |offered| *offered == true)
        .await;
    for (interruption, ending) in [
        ("refresh", "No token was lost. No token came twice."),
        ("second", "No token was lost."),
        ("stop", "it got all tokens and the end."),
    ] {
        browser
            .until("a free page", ENABLED, |enabled| *enabled == true)
            .await;
        browser
            .click(&format!("[data-interruption={interruption}]"))
            .await;
        let said = browser
            .until(interruption, SAID, |said| {
                said.as_str().unwrap().ends_with(ending)
            })
            .await;
        let said = said.as_str().unwrap();
        assert_eq!(said.matches(" ms (").count(), 3, "{said}");
        assert_eq!(
            said.contains("One more token got status 409."),
            interruption == "stop",
            "{said}"
        );
    }
    let before = page.lanes().await["ws"].count;
    page.until("tokens again", |lanes| {
        all(lanes, |lane| lane.count > before)
    })
    .await;
    browser.click("[data-step=watch]").await;
    browser
        .until("no stream", OFFERED, |offered| *offered == false)
        .await;
}
