//! Whether the page's memory stays bounded while it is left open, and how many frames it draws. Its duration is set:
//! `MINUTES=60 cargo test --release -p system-tests --test browser soak -- --ignored --nocapture`.

use crate::{browser::Browser, engine::Engine, process::Lab};
use serde_json::json;
use std::{env, time::Duration};
use tokio::time::{Instant, sleep_until};

/// Once the ten minutes are full that the page keeps, nothing in it has a reason to grow.
const FULL: usize = 11;
/// What garbage collection leaves differs by so much. Of 20 messages a second on three lanes for 49 minutes it is 12
/// bytes each.
const MOST: u64 = 2_000_000;
const MINUTE: Duration = Duration::from_secs(60);

/// Counts frames, and those of 60 a second that were due in between and not drawn.
const COUNT_FRAMES: &str = "
    const frames = { drawn: 0, dropped: 0 };
    let last = performance.now();
    window.soak = frames;
    requestAnimationFrame(function frame(time) {
        frames.drawn += 1;
        frames.dropped += Math.max(0, Math.round((time - last) * 60 / 1000) - 1);
        last = time;
        requestAnimationFrame(frame);
    });";

/// Takes the counts since the last time.
const TAKE_FRAMES: &str = "
    const { drawn, dropped } = window.soak;
    Object.assign(window.soak, { drawn: 0, dropped: 0 });
    return `${drawn} frames drawn, ${dropped} dropped`;";

/// Bytes of the page's objects, and of what its typed arrays hold.
#[derive(Debug)]
struct Memory {
    objects: u64,
    arrays: u64,
}

impl Memory {
    async fn of(browser: &Browser) -> Self {
        browser
            .devtools("HeapProfiler.collectGarbage", json!({}))
            .await;
        let usage = browser.devtools("Runtime.getHeapUsage", json!({})).await;
        let bytes = |name: &str| usage[name].as_f64().unwrap() as u64;
        Self {
            objects: bytes("usedSize"),
            arrays: bytes("backingStorageSize"),
        }
    }

    fn sum(&self) -> u64 {
        self.objects + self.arrays
    }
}

#[actix_web::test]
#[ignore = "takes MINUTES, 60 unless told otherwise"]
async fn memory_is_bounded_once_ten_minutes_are_kept() {
    let [minutes, rate] = [("MINUTES", 60), ("RATE", 20)]
        .map(|(name, usual)| env::var(name).map_or(usual, |number| number.parse().expect(name)));
    assert!(
        minutes > FULL,
        "MINUTES: more than {FULL}, until when what is kept grows"
    );
    let lab = Lab::up(&[]);
    let browser = Browser::at(
        Engine::Chromium,
        &format!("{}/#rate={rate}", lab.address("page")),
    )
    .await;
    let count = "return Number(document.querySelector('[data-lane=longpoll] [data-field=count]').textContent)";
    browser.run(COUNT_FRAMES).await;
    let (began, mut sums) = (Instant::now(), Vec::new());
    for minute in 0..=minutes {
        sleep_until(began + minute as u32 * MINUTE).await;
        let frames = browser.run(TAKE_FRAMES).await;
        let (memory, messages) = (Memory::of(&browser).await, browser.run(count).await);
        eprintln!("minute {minute}: {messages} messages a lane, {memory:?}, {frames}");
        sums.push(memory.sum());
    }
    let sent = browser.run(count).await.as_u64().unwrap();
    assert!(
        2 * sent > (minutes * rate * 60) as u64,
        "{sent} messages are too few to tell"
    );
    let (first, rest) = sums[FULL..].split_first().unwrap();
    let last = rest.iter().rev().take(3).min().unwrap_or(first);
    assert!(
        last.saturating_sub(*first) <= MOST,
        "{first} bytes grew to {last}"
    );
}
