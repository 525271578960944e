//! Single keys: the list of them, what they do, and where they do nothing.

use crate::{
    engine::{Engine, in_both_engines},
    page::Page,
    process::Lab,
};
use fantoccini::key::Key;

in_both_engines!(each_listed_key_works, disabled_keys_stay_disabled);

const LISTED: &str = "return document.querySelector('#shortcuts').open";
const RATE: &str = "return Number(document.querySelector('[name=rate]').value)";
const FOCUSED: &str = "return document.activeElement.id || document.activeElement.name";

async fn each_listed_key_works(engine: Engine) {
    let lab = Lab::up(&[]);
    let page = Page::open(engine, &lab.address("page")).await;
    let browser = &page.browser;
    browser.press('?').await;
    browser
        .until("the list", LISTED, |open| *open == true)
        .await;
    assert_eq!(
        browser.focused().await,
        "single-key shortcuts; if off, only space and the arrow keys work"
    );
    browser.press(Key::Escape).await;
    browser
        .until("no list", LISTED, |open| *open == false)
        .await;

    browser.press('+').await;
    let faster = browser
        .until("a rate", RATE, |rate| rate.as_f64() > Some(0.0))
        .await
        .as_f64();
    browser.press('-').await;
    browser
        .until("a lower rate", RATE, |rate| rate.as_f64() < faster)
        .await;
    browser.press('t').await;
    browser
        .until(
            "a theme",
            "return document.documentElement.dataset.theme",
            |theme| theme == "light",
        )
        .await;
    browser.press('7').await;
    browser
        .until("the section", "return location.hash", |hash| {
            hash.as_str().unwrap().contains("at=claims")
        })
        .await;
    browser.press('/').await;
    browser
        .until("the search", FOCUSED, |id| id == "question")
        .await;
    browser.press('?').await;
    assert_eq!(
        browser.run("return document.activeElement.value").await,
        "?",
        "in a field, keys write"
    );
    assert_eq!(browser.run(LISTED).await, false);
}

async fn disabled_keys_stay_disabled(engine: Engine) {
    let lab = Lab::up(&[]);
    let page = Page::open(engine, &lab.address("page")).await;
    let browser = &page.browser;
    for (name, on) in [("off", false), ("on", true)] {
        browser.click("[data-action=shortcuts]").await;
        browser.click("[name=single-keys]").await;
        browser.click("#shortcuts button").await;
        browser.go(&lab.address("page")).await;
        browser
            .until(
                "the choice",
                "return document.querySelector('[name=single-keys]').checked",
                |checked| *checked == on,
            )
            .await;
        browser
            .until(
                "lanes",
                "return document.querySelectorAll('[data-state=open]').length",
                |open| *open == 3,
            )
            .await;
        browser.press('?').await;
        assert_eq!(browser.run(LISTED).await, on, "keys are {name}");
    }
}
