//! Counts the lines of code of a client for each transport, in this checkout.

use super::result::Code;
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use support::transports::{LANES, Lane};

const WEB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web");

/// Returns one entry for each transport, or none without a checkout.
pub(crate) fn count() -> Vec<Code> {
    count_in(Path::new(WEB)).unwrap_or_default()
}

fn count_in(web: &Path) -> io::Result<Vec<Code>> {
    let client = web.join("js/trilane");
    let shared = fs::read_dir(&client)?.map(|entry| entry.map(|entry| entry.path()));
    let shared: u32 = shared
        .map(|path| path.and_then(|path| lines_of(&path)))
        .sum::<io::Result<_>>()?;
    let code = |lane: &Lane| {
        let named = |folder: PathBuf, end| folder.join(lane.name).with_extension(end);
        let robust = lines_of(&named(client.join("transports"), "js"))?;
        let page = fs::read_to_string(named(web.join("example"), "html"))?;
        Ok(Code {
            transport: lane.transport,
            minimal: lines(script(&page)),
            robust,
            shared,
        })
    };
    LANES.iter().map(code).collect()
}

/// Counts the lines of a file. A directory has none of its own.
fn lines_of(path: &Path) -> io::Result<u32> {
    if path.is_dir() {
        Ok(0)
    } else {
        fs::read_to_string(path).map(|text| lines(&text))
    }
}

/// Returns the content of the only `<script>` element.
fn script(page: &str) -> &str {
    let after = page.split_once("<script>").map_or("", |(_, after)| after);
    after
        .split_once("</script>")
        .map_or("", |(script, _)| script)
}

fn lines(script: &str) -> u32 {
    let is_code = |line: &&str| {
        !(line.is_empty() || ["//", "/*", "*"].iter().any(|mark| line.starts_with(mark)))
    };
    script.lines().map(str::trim).filter(is_code).count() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_empty_lines_are_not_counted() {
        let page = "<script>\n/**\n * Says it.\n */\nlet a = 1; // one\n\n// two\nlet b = 2;\n</script>let c";
        assert_eq!(lines(script(page)), 2);
    }

    #[test]
    fn every_client_is_counted() {
        let code = count();
        assert_eq!(code.len(), LANES.len());
        assert!(
            code.iter()
                .all(|code| code.minimal > 0 && code.robust > 0 && code.shared > code.robust),
            "{code:?}"
        );
    }
}
