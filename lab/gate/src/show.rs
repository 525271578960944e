//! Renders the gate's responses for a terminal.

use serde_json::Value;
use std::fmt::Write;

/// Renders whatever the response contains: routes, faults, a storm, the cost.
pub(super) fn words(answer: &Value) -> String {
    let mut text = String::new();
    for lane in list(&answer["lanes"]) {
        // Writing to a string cannot fail.
        let _ = write_lane(&mut text, lane);
    }
    for fault in list(&answer["faults"]) {
        let _ = writeln!(
            text,
            "{}: {}",
            fault["lane"].as_str().unwrap_or_default(),
            fault_words(fault)
        );
    }
    if let Some(ended) = answer["ended"].as_u64() {
        let _ = writeln!(text, "{ended} faults ended");
    }
    if answer["accepted"].is_array() {
        let _ = write_storm(&mut text, answer);
    }
    if answer["cost"].is_object() {
        let _ = write_cost(&mut text, &answer["cost"]);
    }
    if text.is_empty() {
        "done".to_owned()
    } else {
        text.trim_end().to_owned()
    }
}

fn write_lane(text: &mut String, lane: &Value) -> std::fmt::Result {
    let name = lane["lane"].as_str().unwrap_or_default();
    writeln!(
        text,
        "{name:<9} {}",
        lane["url"].as_str().unwrap_or_default()
    )?;
    let requests = &lane["requests"];
    let numbers =
        ["get", "post", "options", "other"].map(|method| requests[method].as_u64().unwrap_or(0));
    writeln!(
        text,
        "          {} open of {} connections; requests: {} GET, {} POST, {} OPTIONS, {} others; {} wake-ups",
        lane["open"],
        lane["connections"],
        numbers[0],
        numbers[1],
        numbers[2],
        numbers[3],
        lane["wakeups"],
    )?;
    for direction in ["up", "down"] {
        let traffic = &lane[direction];
        let link = &lane["link"][direction];
        writeln!(
            text,
            "          {direction:<4} {} bytes in {} segments; {}",
            traffic["bytes"],
            traffic["segments"],
            link_words(link)
        )?;
    }
    for fault in list(&lane["faults"]) {
        writeln!(text, "          {}", fault_words(fault))?;
    }
    Ok(())
}

/// Writes one line for each tenth of a second.
fn write_storm(text: &mut String, storm: &Value) -> std::fmt::Result {
    let accepted: Vec<_> = list(&storm["accepted"])
        .iter()
        .filter_map(Value::as_u64)
        .collect();
    let tenths = accepted.last().map_or(0, |last| last / 100 + 1);
    writeln!(
        text,
        "{} of {} clients were accepted again, by milliseconds after the cut:",
        accepted.len(),
        storm["clients"]
    )?;
    for tenth in 0..tenths {
        let count = accepted.iter().filter(|at| **at / 100 == tenth).count();
        writeln!(text, "{:>6} {count:>4} {}", tenth * 100, "#".repeat(count))?;
    }
    Ok(())
}

fn link_words(link: &Value) -> String {
    let bandwidth = link["bandwidth"]
        .as_u64()
        .map_or("any bandwidth".to_owned(), |bits| {
            format!("{} kbit/s", bits / 1000)
        });
    format!("{} ms ± {} ms, {bandwidth}", link["delay"], link["jitter"])
}

fn fault_words(fault: &Value) -> String {
    let left = fault["left"]
        .as_f64()
        .map_or("until it is cleared".to_owned(), |left| {
            format!("for {left:.1} s more")
        });
    format!(
        "fault {} ({}) {left}",
        fault["fault"].as_str().unwrap_or_default(),
        fault["id"]
    )
}

fn write_cost(text: &mut String, cost: &Value) -> std::fmt::Result {
    let late = &cost["late"];
    writeln!(
        text,
        "the gate itself: {} chunks, later than scheduled by p50 {} µs, p99 {} µs, at most {} µs; CPU {} µs",
        cost["chunks"], late["p50"], late["p99"], late["max"], cost["cpu"],
    )
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}
