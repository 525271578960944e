//! Errors name each invalid setting, and repeat no secret.

use super::*;
use crate::Config;
use clap::{CommandFactory, Parser};

#[derive(Debug, Parser)]
struct Flags {
    #[command(flatten)]
    config: Config,
}

fn parse(arguments: &[&str]) -> Result<Flags, Vec<String>> {
    parse_from(
        Flags::command,
        arguments.iter().map(OsString::from).collect(),
    )
}

#[test]
fn every_invalid_setting_is_named() {
    let errors = parse(&[
        "test",
        "--history",
        "0",
        "--heartbeat=soon",
        "--drain",
        "601",
    ])
    .unwrap_err();
    assert_eq!(errors.len(), 3, "{errors:?}");
    for (line, words) in errors.iter().zip([
        "--history or HISTORY=\"0\"",
        "HEARTBEAT=\"soon\"",
        "expected 0 to 10m",
    ]) {
        assert!(line.contains(words), "{words} is not in {line}");
    }
}

#[test]
fn an_invalid_origin_is_named() {
    let errors = parse(&["test", "--origins", "https://a.example, b.example"]).unwrap_err();
    assert!(
        errors[0].contains("ORIGINS=\" b.example\": \"b.example\" is not an origin: its scheme"),
        "{errors:?}"
    );
    let origins = parse(&[
        "test",
        "--origins",
        "https://a.example, https://B.example:443/",
    ])
    .unwrap();
    assert_eq!(
        origins.config.access.origins,
        ["https://a.example", "https://b.example"]
    );
}

#[test]
fn an_unexpected_argument_is_not_repeated() {
    for arguments in [
        &["hunter2"][..],
        &["--drain", "1", "hunter2"],
        &["--", "hunter2"],
        &["--", "-hunter2"],
        &["--jwt-secert=hunter2"],
        &["--jwt-secert", "hunter2"],
        &["--no-compat=hunter2"],
    ] {
        let arguments = [&["test"], arguments].concat();
        let error = Flags::try_parse_from(&arguments).unwrap_err();
        let error = masked(error, flag_names_only).to_string();
        assert!(
            !error.contains("hunter2") && error.starts_with("error:"),
            "{arguments:?}: {error}"
        );
    }
    let unknown = Flags::try_parse_from(["test", "--histroy", "7"]).unwrap_err();
    let unknown = masked(unknown, flag_names_only).to_string();
    assert!(
        unknown.contains("'--histroy'") && unknown.contains("--history"),
        "{unknown}"
    );
}

#[test]
fn valid_settings_are_parsed() {
    assert_eq!(
        parse(&["test", "--history", "7"])
            .unwrap()
            .config
            .channels
            .history
            .get(),
        7
    );
}
