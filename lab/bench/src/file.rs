//! The file of a result: JSON with one line for each series, so that `diff` compares two results by
//! series.

use super::result::{FORMAT, Run, Series};
use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use std::{fs, path::Path};

/// Returns a run as JSON.
pub(crate) fn json(run: &Run) -> Result<String> {
    let series: Result<Vec<_>, _> = run.series.iter().map(serde_json::to_string).collect();
    let head = Run {
        series: Vec::<Series>::new(),
        ..run.clone()
    };
    let lines = format!("\"series\": [\n{}\n  ]", series?.join(",\n"));
    Ok(serde_json::to_string_pretty(&head)?.replacen("\"series\": []", &lines, 1) + "\n")
}

/// Writes a run.
///
/// # Errors
///
/// Names the file.
pub(crate) fn write(path: &Path, run: &Run) -> Result<()> {
    fs::write(path, json(run)?).with_context(|| path.display().to_string())
}

/// Reads a run.
///
/// # Errors
///
/// Names the file, and says why it is not a result.
pub(crate) fn read(path: &Path) -> Result<Run> {
    let read = || parse(&fs::read_to_string(path)?);
    read().with_context(|| path.display().to_string())
}

fn parse(text: &str) -> Result<Run> {
    #[derive(Deserialize)]
    struct Head {
        format: u32,
    }
    let Head { format } =
        serde_json::from_str(text).context("this is not the result of a benchmark")?;
    ensure!(
        format == FORMAT,
        "format {format}; this program reads format {FORMAT}"
    );
    Ok(serde_json::from_str(text)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::examples::run;

    #[test]
    fn what_is_written_is_read_again() {
        let run = run();
        let json = json(&run).unwrap();
        assert_eq!(parse(&json).unwrap(), run);
        assert_eq!(
            json.lines()
                .filter(|line| line.starts_with("{\"scenario\""))
                .count(),
            run.series.len()
        );
    }

    #[test]
    fn anything_else_is_refused_by_name() {
        let other = json(&run())
            .unwrap()
            .replacen("\"format\": 1", "\"format\": 2", 1);
        let unknown = json(&run())
            .unwrap()
            .replacen("\"format\"", "\"colour\": 3, \"format\"", 1);
        for (text, why) in [
            ("", "this is not the result of a benchmark"),
            ("{}", "missing field `format`"),
            (&other, "format 2; this program reads format 1"),
            (&unknown, "unknown field `colour`"),
        ] {
            let error = format!("{:#}", parse(text).unwrap_err());
            assert!(error.contains(why), "{error}");
        }
    }
}
