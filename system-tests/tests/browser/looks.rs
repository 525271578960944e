//! The page in windows of all widths, in both themes, and without motion. With `SCREENSHOTS=DIR` it leaves pictures there:
//! `SCREENSHOTS=/tmp/page cargo test -p system-tests --test browser looks`.

use crate::{
    browser::Browser,
    engine::{Engine, Motion, in_both_engines},
    page::Page,
    process::Lab,
};
use std::{env, fs, path::Path};

in_both_engines!(
    nothing_overflows_in_any_width_or_theme,
    with_reduced_motion_the_lanes_are_a_table_from_the_start
);

/// By how much the page is wider than the window, or the table of numbers than what is below it.
const OVERHANG: &str = "
    const { scrollWidth, clientWidth } = document.documentElement;
    const [table, below] = ['.numbers', '.composer'].map((part) => document.querySelector(part).getBoundingClientRect());
    return Math.max(scrollWidth - clientWidth, Math.round(table.right - below.right));";

/// Of the whole page, in a window that is as high.
async fn leave_picture(browser: &Browser, directory: &Path, width: u64, theme: &str) {
    let height = browser
        .run("return document.documentElement.scrollHeight")
        .await
        .as_u64()
        .unwrap();
    browser.resize(width, height).await;
    fs::create_dir_all(directory).unwrap();
    fs::write(
        directory.join(format!("{:?}-{width}-{theme}.png", browser.engine())),
        browser.screenshot().await,
    )
    .unwrap();
}

async fn nothing_overflows_in_any_width_or_theme(engine: Engine) {
    let lab = Lab::up(&[]);
    let page = Page::open(engine, &lab.address("page")).await;
    let browser = &page.browser;
    page.send("a picture").await;
    page.until_counts(1).await;
    for theme in ["light", "dark"] {
        browser
            .run_with(
                "document.documentElement.dataset.theme = arguments[0]",
                &[theme],
            )
            .await;
        for width in [320, 400, 700, 1000, 1400, 1600] {
            browser.resize(width, 900).await;
            browser
                .until(&format!("room at {width}"), OVERHANG, |overhang| {
                    *overhang == 0
                })
                .await;
            if let Some(directory) = env::var_os("SCREENSHOTS") {
                leave_picture(browser, Path::new(&directory), width, theme).await;
            }
        }
    }
    assert_eq!(browser.complaints().await, [""; 0]);
}

async fn with_reduced_motion_the_lanes_are_a_table_from_the_start(engine: Engine) {
    let lab = Lab::up(&[]);
    let browser = Browser::start_with(engine, Motion::Reduced).await;
    browser
        .go(&format!("{}/#rate=5", lab.address("page")))
        .await;
    let table = "return [...document.querySelectorAll('[data-field=table][open] tbody tr')].map((row) => Number(row.cells[2].textContent))";
    let all_have_some = |counts: &serde_json::Value| {
        counts.as_array().is_some_and(|counts| {
            counts.len() == 3 && counts.iter().all(|count| count.as_u64() > Some(2))
        })
    };
    browser
        .until("messages of all lanes in the table", table, all_have_some)
        .await;
}
