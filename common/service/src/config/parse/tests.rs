//! Errors name each invalid setting, and repeat no secret.

use super::*;
use crate::Config;
use crate::config::value_parsers::{InvalidValue, on_or_off};
use clap::{CommandFactory, Parser};

#[derive(Debug, Parser)]
struct Flags {
    #[command(flatten)]
    config: Config,
}

fn parse(arguments: &[&str]) -> Result<Flags, InvalidSettings> {
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
    .unwrap_err()
    .0;
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
    let errors = parse(&["test", "--origins", "https://a.example, b.example"])
        .unwrap_err()
        .0;
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
fn an_invalid_number_or_switch_is_reported_with_what_is_allowed() {
    for (flag, value, words) in [
        ("--history", "0", "expected a whole number of at least 1"),
        (
            "--max-connections",
            "many",
            "expected a whole number of at least 1",
        ),
        ("--workers", "99", "expected a whole number from 1 to 64"),
        ("--trust-proxy", "x", "expected a whole number from 0 to 16"),
    ] {
        let errors = parse(&["test", flag, value]).unwrap_err().0;
        assert!(errors[0].contains(words), "{words} is not in {errors:?}");
    }
    assert_eq!(
        parse(&["test", "--workers", "64"])
            .unwrap()
            .config
            .server
            .workers,
        Some(64)
    );
    assert_eq!(on_or_off("maybe"), Err(InvalidValue::Switch));
    assert_eq!(
        ["Yes", "1", "OFF", "0"].map(on_or_off),
        [Ok(true), Ok(true), Ok(false), Ok(false)]
    );
}
