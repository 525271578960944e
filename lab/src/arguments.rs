//! Parses the command line. Its errors, and the line itself in results, are shown without secrets.

use crate::{
    secrets::{HIDDEN, without_secrets},
    service_links,
};
use clap::{
    Command, Parser,
    error::{ContextKind, ContextValue},
};
use common::config::{NOT_SHOWN, masked};
use std::{env, sync::OnceLock};

/// The command that [`parse`] has read, for [`shown`].
static COMMAND: OnceLock<Command> = OnceLock::new();

/// Parses the command line. Exits on `--help` and on errors.
pub(crate) fn parse<P: Parser>() -> P {
    COMMAND.get_or_init(P::command);
    let matches = service_links::without(P::command()).try_get_matches();
    let parsed = matches.and_then(|matches| {
        for variable in service_links::ignored(&P::command(), &matches) {
            eprintln!("warning: {variable} is ignored: it is a link that Kubernetes sets for a Service, not a port");
        }
        P::from_arg_matches(&matches)
    });
    parsed.unwrap_or_else(|error| without_secrets_in(error, &P::command()).exit())
}

/// Returns the arguments of this program without secrets, for results.
pub(crate) fn shown() -> Vec<String> {
    let arguments = env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned());
    without_secret_values(arguments, COMMAND.get_or_init(Command::default))
}

fn without_secret_values(
    arguments: impl Iterator<Item = String>,
    command: &Command,
) -> Vec<String> {
    let mut secret_follows = false;
    let shown = |argument: String| {
        if std::mem::take(&mut secret_follows) {
            return HIDDEN.to_owned();
        }
        let (flag, value) = argument
            .split_once('=')
            .map_or((&*argument, None), |(flag, value)| (flag, Some(value)));
        match (is_secret(flag, command), value) {
            (true, Some(_)) => format!("{flag}={HIDDEN}"),
            (secret, _) => {
                secret_follows = secret;
                without_secrets(&argument)
            }
        }
    };
    arguments.map(shown).collect()
}

/// Returns whether the value of a flag is secret: `--help` hides the values of such variables.
fn is_secret(flag: &str, command: &Command) -> bool {
    let name = flag.strip_prefix("--");
    let here = command
        .get_arguments()
        .any(|arg| arg.is_hide_env_values_set() && arg.get_long() == name);
    name.is_some()
        && (here
            || command
                .get_subcommands()
                .any(|command| is_secret(flag, command)))
}

/// Returns the error without values that may be secret.
fn without_secrets_in(error: clap::Error, command: &Command) -> clap::Error {
    let flag = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(usage)) => usage.split([' ', '=']).next().unwrap_or_default(),
        _ => "",
    };
    let value_is_secret = is_secret(flag, command);
    masked(error, |kind, text| {
        if value_is_secret && kind == ContextKind::InvalidValue {
            NOT_SHOWN.to_owned()
        } else {
            without_secrets(text)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn wrong(arguments: &[&str]) -> String {
        let error = crate::Lab::try_parse_from([&["lab"], arguments].concat())
            .map(drop)
            .unwrap_err();
        without_secrets_in(error, &crate::Lab::command()).to_string()
    }

    #[test]
    fn secrets_are_not_repeated() {
        for command in [&["up"][..], &["serve", "sse"], &["audit"]] {
            let error = wrong(&[command, &["--broker", "rediss://me:hunter2@host"]].concat());
            assert!(
                error.contains("--broker") && error.contains("(not shown)"),
                "{error}"
            );
            assert!(
                error.contains("TLS is not supported") && !error.contains("hunter2"),
                "{error}"
            );
        }
        for arguments in [
            &["--topology-broker", "hunter2"][..],
            &["--jwt-secert=hunter2"],
            &["--longpoll-url", "http://me:hunter2@host"],
            &["page", "--tls-origin", "https://me:hunter2@host"],
            &["page", "--gate-sse", "http://me:hunter2@host"],
            &["publish", "--to", "http://me:hunter2@host"],
            &["publish", "redis://me:hunter2@host"],
            &["listen", "--url", "https://me:hunter2@host"],
            &["me:hunter2@host"],
            &["audit", "--broker", "redis://:hunter2@host:x"],
            &["audit", "--sse", "http://me:hunter2@host"],
            &[
                "bench",
                "--sse",
                "https://me:hunter2@host/events?access_token=hunter2",
            ],
            &[
                "gate",
                "status",
                "--url",
                "http://host?access_token=hunter2",
            ],
        ] {
            let error = wrong(arguments);
            assert!(
                !error.contains("hunter2") && error.starts_with("error:"),
                "{arguments:?}: {error}"
            );
        }
    }

    #[test]
    fn other_values_are_repeated() {
        assert!(wrong(&["serve", "sse", "--history", "none"]).contains("'none'"));
        assert!(wrong(&["bnech"]).contains("'bnech'"));
    }

    #[test]
    fn the_shown_arguments_contain_no_secrets() {
        let shown = |line: &str| {
            without_secret_values(line.split(' ').map(str::to_owned), &crate::Lab::command())
                .join(" ")
        };
        let plain = "bench --only cost,rate --repetitions 3 --json docs/results/2026-11-22.json --seed 4284471649";
        assert_eq!(shown(plain), plain);
        for (line, as_shown) in [
            (
                "--jwt-secret hunter2 --drain 1",
                "--jwt-secret *** --drain 1",
            ),
            (
                "up --jwt-secret=hunter2 --drain=1",
                "up --jwt-secret=*** --drain=1",
            ),
            ("audit --broker redis://:hunter2@h", "audit --broker ***"),
            (
                "page --topology-broker=redis://:hunter2@h",
                "page --topology-broker=***",
            ),
            (
                "bench --sse http://h/events?access_token=hunter2",
                "bench --sse http://h/events?access_token=***",
            ),
        ] {
            assert_eq!(shown(line), as_shown);
        }
    }
}
