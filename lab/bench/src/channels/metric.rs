//! Reads a metric of a service.

use anyhow::{Context, Result};

/// Returns the value of the first metric whose line begins so, in a response with metrics.
pub(super) fn value(metrics: &str, begin: &str) -> Result<u64> {
    let line = metrics.lines().find(|line| line.starts_with(begin));
    let value = line.and_then(|line| line.rsplit(' ').next()?.parse().ok());
    value.with_context(|| format!("the metrics have no {begin}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_by_the_begin_of_its_line() {
        let metrics =
            "# HELP trilane_held_bytes Bytes.\ntrilane_held_bytes{transport=\"sse\"} 71\n";
        assert_eq!(value(metrics, "trilane_held_bytes{").unwrap(), 71);
        assert!(value("", "trilane_held_bytes{").is_err());
    }
}
