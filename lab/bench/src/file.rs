//! The file of a result: JSON with one line for each series, so that `diff` compares two results by
//! series.

use super::result::{FORMAT, Run, Series};
use serde::Deserialize;
use std::{
    fs,
    io::{self, Error, ErrorKind},
    path::Path,
};

/// Returns a run as JSON.
pub(crate) fn json(run: &Run) -> io::Result<String> {
    let series: Result<Vec<_>, _> = run.series.iter().map(serde_json::to_string).collect();
    let head = Run {
        series: Vec::<Series>::new(),
        ..run.clone()
    };
    let head = serde_json::to_string_pretty(&head)?;
    Ok(head.replacen(
        "\"series\": []",
        &format!("\"series\": [\n{}\n  ]", series?.join(",\n")),
        1,
    ) + "\n")
}

/// Writes a run. Errors name the file.
pub(crate) fn write(path: &Path, run: &Run) -> io::Result<()> {
    fs::write(path, json(run)?).map_err(|error| about(path, error))
}

/// Reads a run. Errors name the file and say why it is not a result.
pub(crate) fn read(path: &Path) -> io::Result<Run> {
    fs::read_to_string(path)
        .and_then(|text| parse(&text))
        .map_err(|error| about(path, error))
}

fn about(path: &Path, error: Error) -> Error {
    Error::new(error.kind(), format!("{}: {error}", path.display()))
}

fn parse(text: &str) -> io::Result<Run> {
    #[derive(Deserialize)]
    struct Head {
        format: u32,
    }
    let wrong = |what: String| Error::new(ErrorKind::InvalidData, what);
    match serde_json::from_str(text)
        .map_err(|error| wrong(format!("this is no result of a benchmark: {error}")))?
    {
        Head { format: FORMAT } => Ok(serde_json::from_str(text)?),
        Head { format } => Err(wrong(format!(
            "format {format}; this program reads format {FORMAT}"
        ))),
    }
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
            ("", "this is no result of a benchmark"),
            ("{}", "missing field `format`"),
            (&other, "format 2; this program reads format 1"),
            (&unknown, "unknown field `colour`"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
