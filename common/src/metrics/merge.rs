//! The metrics of several processes as one text.

/// One metric: what is said about it, and its values.
struct Metric<'a> {
    name: &'a str,
    about: Vec<&'a str>,
    values: Vec<&'a str>,
}

/// Puts Prometheus texts together: a metric must stand in one place only, with everybody's values. Those have to
/// differ by a label.
pub(crate) fn merge<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut metrics: Vec<Metric<'_>> = Vec::new();
    for text in texts {
        let mut at = 0;
        for line in text.lines() {
            if let Some(name) = line
                .strip_prefix("# HELP ")
                .and_then(|rest| rest.split(' ').next())
            {
                let known = metrics.iter().position(|metric| metric.name == name);
                at = known.unwrap_or(metrics.len());
                if known.is_none() {
                    metrics.push(Metric {
                        name,
                        about: Vec::new(),
                        values: Vec::new(),
                    });
                }
            }
            // Every text begins with a HELP.
            let Some(metric) = metrics.get_mut(at) else {
                continue;
            };
            if !line.starts_with('#') {
                metric.values.push(line);
            } else if !metric.about.contains(&line) {
                metric.about.push(line);
            }
        }
    }
    let lines = metrics
        .iter()
        .flat_map(|metric| metric.about.iter().chain(&metric.values));
    lines.flat_map(|line| [line, "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_stands_once_and_values_stand_together() {
        let text = |process, value| {
            format!(
                "# HELP a First.\n# TYPE a gauge\na{{process=\"{process}\"}} {value}\n\
                 # HELP b_total Second.\n# TYPE b_total counter\nb_total{{process=\"{process}\"}} 1\n"
            )
        };
        let (one, two) = (text(1, 5), text(2, 6));
        let newer = "# HELP c Third.\n# TYPE c gauge\nc{process=\"3\"} 1\n";
        assert_eq!(
            merge([&*one, &two, newer].into_iter()),
            "# HELP a First.\n# TYPE a gauge\na{process=\"1\"} 5\na{process=\"2\"} 6\n\
             # HELP b_total Second.\n# TYPE b_total counter\nb_total{process=\"1\"} 1\nb_total{process=\"2\"} 1\n\
             # HELP c Third.\n# TYPE c gauge\nc{process=\"3\"} 1\n"
        );
    }
}
