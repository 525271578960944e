//! Merges the metrics of several processes.

/// The lines of one metric: its comments, and its values.
struct Metric<'a> {
    name: &'a str,
    comments: Vec<&'a str>,
    values: Vec<&'a str>,
}

/// Merges texts in Prometheus's format. The values of a metric come from all texts, which have to
/// differ by a label.
///
/// The format allows each metric in one place only.
pub fn merge<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut metrics: Vec<Metric<'_>> = Vec::new();
    for text in texts {
        let mut current = 0;
        for line in text.lines() {
            if let Some(name) = help_name(line) {
                current = find_or_add(&mut metrics, name);
            }
            // `None` before the first HELP, with which every text begins.
            let Some(metric) = metrics.get_mut(current) else {
                continue;
            };
            if !line.starts_with('#') {
                metric.values.push(line);
            } else if !metric.comments.contains(&line) {
                metric.comments.push(line);
            }
        }
    }
    let lines = metrics
        .iter()
        .flat_map(|metric| metric.comments.iter().chain(&metric.values));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// Returns the metric that a HELP line describes.
fn help_name(line: &str) -> Option<&str> {
    line.strip_prefix("# HELP ")?.split(' ').next()
}

fn find_or_add<'a>(metrics: &mut Vec<Metric<'a>>, name: &'a str) -> usize {
    if let Some(known) = metrics.iter().position(|metric| metric.name == name) {
        return known;
    }
    metrics.push(Metric {
        name,
        comments: Vec::new(),
        values: Vec::new(),
    });
    metrics.len() - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_has_its_comments_once_and_all_values() {
        let text = |process, value| {
            format!(
                "# HELP a First.\n# TYPE a gauge\na{{process=\"{process}\"}} {value}\n\
                 # HELP b_total Second.\n# TYPE b_total counter\n\
                 b_total{{process=\"{process}\"}} 1\n"
            )
        };
        let one = text(1, 5);
        let two = text(2, 6);
        let newer = "# HELP c Third.\n# TYPE c gauge\nc{process=\"3\"} 1\n";
        assert_eq!(
            merge([&*one, &two, newer].into_iter()),
            "# HELP a First.\n# TYPE a gauge\na{process=\"1\"} 5\na{process=\"2\"} 6\n\
             # HELP b_total Second.\n# TYPE b_total counter\n\
             b_total{process=\"1\"} 1\nb_total{process=\"2\"} 1\n\
             # HELP c Third.\n# TYPE c gauge\nc{process=\"3\"} 1\n"
        );
    }
}
