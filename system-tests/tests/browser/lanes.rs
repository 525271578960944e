//! The page over three services that run.

use crate::{
    TRANSPORTS,
    browser::until,
    engine::{Engine, in_both_engines},
    page::{Lane, Page, all},
    process::{Lab, run},
};

in_both_engines!(
    a_message_posted_to_one_service_arrives_in_three_lanes,
    a_message_of_the_page_has_a_latency_in_each_lane,
    a_lane_that_was_off_catches_up
);

/// Posts numbers through one service.
fn post(lab: &Lab, to: &str, numbers: std::ops::RangeInclusive<u32>) {
    let lines: String = numbers
        .clone()
        .map(|number| format!("{number}\n"))
        .collect();
    let end = run(&["publish", "--to", &lab.address(to)], &lines);
    assert_eq!(end.code, 0, "{}", end.errors);
}

fn assert_whole(lane: &Lane) {
    assert!(lane.is_whole(), "{lane:#?}");
}

async fn a_message_posted_to_one_service_arrives_in_three_lanes(engine: Engine) {
    let lab = Lab::up(&[]);
    let page = Page::open(engine, &lab.address("page")).await;
    post(&lab, "sse", 1..=50);
    let lanes = page.until_counts(50).await;
    let newest: Vec<_> = (31..=50).rev().map(|number| number.to_string()).collect();
    for lane in lanes.values() {
        assert_whole(lane);
        assert_eq!(
            (&*lane.last_offset, &*lane.messages[0].offset, lane.texts()),
            ("50", "50", newest.iter().map(|text| &**text).collect())
        );
        assert_eq!((lane.reconnects, &*lane.notice), (0, ""));
        // The publisher has another clock.
        assert!(
            lane.messages[0].latency.starts_with("≈ ") && lane.median == "–",
            "{lane:#?}"
        );
    }
    assert!(lanes["longpoll"].requests >= 2);
    assert_eq!((lanes["sse"].requests, lanes["ws"].requests), (1, 1));
    assert_eq!(page.browser.run("return crossOriginIsolated").await, true);
    assert_eq!(page.browser.complaints().await, [""; 0]);
}

async fn a_message_of_the_page_has_a_latency_in_each_lane(engine: Engine) {
    let lab = Lab::up(&[]);
    let page = Page::open(engine, &lab.address("page")).await;
    page.send("a tree, a river").await;
    page.until_counts(1).await;
    // The median is read twice a second.
    page.until("a median", |lanes| {
        all(lanes, |lane| lane.median == lane.messages[0].latency)
    })
    .await;
    for lane in page.lanes().await.values() {
        assert_eq!(lane.texts(), ["a tree, a river"]);
        let latency = &lane.messages[0].latency;
        assert!(
            latency.ends_with(" ms") && !latency.starts_with('≈') && lane.median == *latency,
            "{lane:#?}"
        );
    }
    page.set_rate("10").await;
    page.until("a steady rate", |lanes| all(lanes, |lane| lane.count >= 10))
        .await;
    page.set_rate("0").await;
    let look = async || (page.posted().await, page.lanes().await);
    let all_back = until("all that was posted", look, |(posted, lanes)| {
        all(lanes, |lane| lane.count == *posted)
    });
    all_back.await.1.values().for_each(assert_whole);
    assert_eq!(page.browser.complaints().await, [""; 0]);
}

async fn a_lane_that_was_off_catches_up(engine: Engine) {
    let lab = Lab::up(&[]);
    let page = Page::open(engine, &lab.address("page")).await;
    for (round, transport) in TRANSPORTS.into_iter().enumerate() {
        let seen = 5 * round as u64;
        page.toggle(transport).await;
        page.until("a lane that is off", |lanes| {
            lanes[transport].state == "off"
        })
        .await;
        post(&lab, "ws", 1..=5);
        let is_there = |name: &str| if name == transport { seen } else { seen + 5 };
        let lanes = page.until("five more in two lanes", |lanes| {
            TRANSPORTS
                .iter()
                .all(|name| lanes[*name].count == is_there(name))
        });
        let notice = &lanes.await[transport].notice;
        assert!(
            notice.contains("resumes after the last message"),
            "{notice:?}"
        );
        page.toggle(transport).await;
        let lanes = page.until_counts(seen + 5).await;
        lanes.values().for_each(assert_whole);
        assert_eq!(lanes[transport].texts()[..5], ["5", "4", "3", "2", "1"]);
        // A lane that is turned off has not lost its connection.
        assert_eq!(
            (lanes[transport].reconnects, &*lanes[transport].notice),
            (0, "")
        );
    }
    assert_eq!(page.browser.complaints().await, [""; 0]);
}
