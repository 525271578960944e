//! Converts OpenMetrics to Prometheus's older text format 0.0.4, which all tools read.

use std::borrow::Cow;

/// Converts a text. OpenMetrics names a counter without `_total` in its comments, and ends with `#
/// EOF`.
pub(super) fn from_open_metrics(open_metrics: &str) -> String {
    let counters: Vec<_> = open_metrics
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter"))
        .collect();
    let mut text = String::with_capacity(open_metrics.len());
    for line in open_metrics.lines().filter(|line| *line != "# EOF") {
        let mut words: Vec<_> = line.splitn(4, ' ').map(Cow::Borrowed).collect();
        if words[0] == "#" && counters.contains(&&*words[2]) {
            words[2].to_mut().push_str("_total");
        }
        text.push_str(&words.join(" "));
        text.push('\n');
    }
    text
}
