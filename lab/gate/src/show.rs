//! Renders the gate's responses for a terminal.

use super::{
    amounts::{bandwidth, bytes, millis},
    cost::CostSummary,
};
use serde::Deserialize;
use serde_json::Value;
use std::fmt::{self, Write};
use support::units::{count, grouped};

/// Renders the parts that a response contains: routes, faults, the cost.
pub(super) fn text(response: &Value) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    for lane in list(&response["lanes"]) {
        let _ = write_lane(&mut text, lane);
    }
    for fault in list(&response["faults"]) {
        let lane = fault["lane"].as_str().unwrap_or_default();
        let _ = writeln!(text, "{lane}: {}", fault_text(fault));
    }
    if let Some(ended) = response["ended"].as_u64() {
        let _ = writeln!(text, "{} ended", count(ended, "fault"));
    }
    if let Ok(cost) = CostSummary::deserialize(&response["cost"]) {
        let _ = writeln!(text, "the gate itself: {cost}");
    }
    if text.is_empty() {
        return "done".to_owned();
    }
    text.trim_end().to_owned()
}

fn write_lane(text: &mut String, lane: &Value) -> fmt::Result {
    let name = lane["lane"].as_str().unwrap_or_default();
    let url = lane["url"].as_str().unwrap_or_default();
    let requests = &lane["requests"];
    writeln!(text, "{name:<9} {url}")?;
    writeln!(
        text,
        "          {} open of {}; requests: {} GET, {} POST, {} OPTIONS, {} other; {}",
        grouped(number(&lane["open"])),
        count(number(&lane["connections"]), "connection"),
        grouped(number(&requests["get"])),
        grouped(number(&requests["post"])),
        grouped(number(&requests["options"])),
        grouped(number(&requests["other"])),
        count(number(&lane["wakeups"]), "wake-up"),
    )?;
    for direction in ["up", "down"] {
        let traffic = &lane[direction];
        writeln!(
            text,
            "          {direction:<4} {} in {}; {}",
            bytes(number(&traffic["bytes"])),
            count(number(&traffic["segments"]), "segment"),
            link_text(&lane["link"][direction])
        )?;
    }
    for fault in list(&lane["faults"]) {
        writeln!(text, "          {}", fault_text(fault))?;
    }
    Ok(())
}

fn link_text(link: &Value) -> String {
    let bandwidth = link["bandwidth"]
        .as_u64()
        .map_or("any bandwidth".to_owned(), bandwidth);
    let [delay, jitter] = ["delay", "jitter"].map(|name| link[name].as_f64().unwrap_or(0.0));
    format!("{} ± {}, {bandwidth}", millis(delay), millis(jitter))
}

fn fault_text(fault: &Value) -> String {
    let left = fault["left"]
        .as_f64()
        .map_or("until it is cleared".to_owned(), |left| {
            format!("for {left:.1} s more")
        });
    let name = fault["fault"].as_str().unwrap_or_default();
    format!("fault {name} ({}) {left}", fault["id"])
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or(0)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_figure_has_a_unit_and_separators() {
        let link = json!({ "delay": 50.0, "jitter": 2.5, "bandwidth": 1_000_000 });
        let traffic = json!({ "bytes": 1_234_567, "segments": 1 });
        let lane = json!({
            "lane": "sse", "url": "http://localhost:8002", "open": 1, "connections": 12_345,
            "requests": { "get": 12_345, "post": 0, "options": 0, "other": 0 }, "wakeups": 1,
            "up": traffic, "down": traffic, "link": { "up": link, "down": link },
            "faults": [{ "fault": "freeze", "id": 7, "left": 1.5 }],
        });
        let cost = json!({
            "chunks": 80_000, "bytes": 8_000_000, "cpu": 886_000,
            "late": { "p50": 112, "p99": 2111, "max": 7871 },
        });
        let expected = "\
sse       http://localhost:8002
          1 open of 12,345 connections; requests: 12,345 GET, 0 POST, 0 OPTIONS, 0 other; 1 wake-up
          up   1.23 MB in 1 segment; 50 ms ± 2.5 ms, 1 Mbit/s
          down 1.23 MB in 1 segment; 50 ms ± 2.5 ms, 1 Mbit/s
          fault freeze (7) for 1.5 s more
the gate itself: 80,000 chunks, 8.00 MB; later than scheduled by p50 112 µs, \
p99 2.11 ms, at most 7.87 ms; CPU 886 ms";
        assert_eq!(text(&json!({ "lanes": [lane], "cost": cost })), expected);
    }

    #[test]
    fn one_fault_is_singular() {
        assert_eq!(text(&json!({ "ended": 1 })), "1 fault ended");
        assert_eq!(text(&json!({ "ended": 4 })), "4 faults ended");
        assert_eq!(text(&json!({ "faults": [] })), "done");
    }
}
