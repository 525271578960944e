//! Questions are found, linked to, and lead to something to try; what a link led to stays in the address.

use crate::{
    engine::{Engine, in_both_engines},
    page::Page,
    process::Lab,
};
use serde_json::json;

in_both_engines!(
    questions_are_searched_by_all_words,
    a_link_to_a_question_opens_it_and_stays_in_the_address
);

const SHOWN: &str = "return [...document.querySelectorAll('#questions details')].filter((one) => one.checkVisibility()).map(({ id }) => id)";
const AT: &str = "
    const [, id] = location.hash.match(/at=([a-z-]+)/) ?? [];
    const { top, bottom } = document.getElementById(id)?.getBoundingClientRect() ?? {};
    const isSeen = top >= 0 && top < innerHeight && bottom > document.querySelector('.bar').getBoundingClientRect().bottom;
    return isSeen ? id : `${id}: ${top}`;";

async fn questions_are_searched_by_all_words(engine: Engine) {
    let lab = Lab::up(&[]);
    let page = Page::open(engine, &lab.address("page")).await;
    let browser = &page.browser;
    let all = browser.run(SHOWN).await.as_array().unwrap().len();
    assert!(all >= 20, "{all}");
    browser.fill("[name=question]", "Seventh TAB").await;
    browser
        .until("one question", SHOWN, |shown| {
            *shown == json!(["question-seventh-tab"])
        })
        .await;
    let said = "return document.querySelector('[data-field=found]').textContent";
    assert_eq!(browser.run(said).await, format!("1 of {all}"));
    browser.fill("[name=question]", "zebra").await;
    browser
        .until("nothing", SHOWN, |shown| *shown == json!([]))
        .await;
    assert!(
        browser
            .run(said)
            .await
            .as_str()
            .unwrap()
            .ends_with("contains all of these words. Try fewer.")
    );
    browser.fill("[name=question]", " ").await;
    browser
        .until("all questions", SHOWN, |shown| {
            shown.as_array().unwrap().len() == all
        })
        .await;
    assert_eq!(browser.complaints().await, [""; 0]);
}

async fn a_link_to_a_question_opens_it_and_stays_in_the_address(engine: Engine) {
    let lab = Lab::up(&[]);
    let page = Page::open(engine, &lab.address("page")).await;
    let browser = &page.browser;
    let open = "return document.querySelector('#question-seventh-tab').open";
    assert_eq!(browser.run(open).await, false);
    browser.run("location.hash = '#question-seventh-tab'").await;
    browser
        .until("the answer", open, |open| *open == true)
        .await;
    browser
        .until("the place", AT, |at| at == "question-seventh-tab")
        .await;
    // Later settings keep the link, so that a copied address opens the same question.
    page.set_rate("3").await;
    let hash = "return location.hash";
    let shared = browser.until("both", hash, |hash| {
        let hash = hash.as_str().unwrap();
        hash.contains("rate=3") && hash.contains("at=question-seventh-tab")
    });
    let shared = shared.await.as_str().unwrap().to_owned();
    browser
        .open_tab(&format!("{}/{shared}", lab.address("page")))
        .await;
    browser
        .until("the answer in another tab", open, |open| *open == true)
        .await;
    browser
        .until("the place in another tab", AT, |at| {
            at == "question-seventh-tab"
        })
        .await;
    browser.click("#question-seventh-tab .try a").await;
    browser.until("what to try", AT, |at| at == "limits").await;
}
