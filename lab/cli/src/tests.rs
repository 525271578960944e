//! The command line as a whole: it repeats no secrets, and ignores the service links of Kubernetes.

use crate::Lab;
use clap::{CommandFactory, Parser, error::ErrorKind};
use std::fs;
use support::secrets::{HIDDEN, without_secret_values, without_secrets_in};
use support::service_links::without_matching;

fn wrong(arguments: &[&str]) -> String {
    let error = Lab::try_parse_from([&["lab"], arguments].concat())
        .err()
        .unwrap_or_else(|| panic!("{arguments:?} is accepted"));
    without_secrets_in(error, &Lab::command()).to_string()
}

#[test]
fn secrets_are_not_repeated() {
    for command in [&["up"][..], &["serve", "sse"], &["audit"]] {
        let error = wrong(&[command, &["--broker", "http://me:hunter2@host"]].concat());
        assert!(
            error.contains("--broker") && error.contains(HIDDEN),
            "{error}"
        );
        assert!(
            error.contains("redis://") && !error.contains("hunter2"),
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
        without_secret_values(line.split(' ').map(str::to_owned), &Lab::command()).join(" ")
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
        (
            "audit --broker redis://:hunter2@h",
            "audit --broker redis://***@h",
        ),
        (
            "bench channels --broker redis",
            "bench channels --broker redis",
        ),
        (
            "page --topology-broker=redis://:hunter2@h",
            "page --topology-broker=redis://***@h",
        ),
        (
            "bench --sse http://h/events?access_token=hunter2",
            "bench --sse http://h/events?access_token=***",
        ),
    ] {
        assert_eq!(shown(line), as_shown);
    }
}

#[test]
fn the_former_flag_of_an_address_still_works() {
    for flag in ["--url", "--to"] {
        assert!(Lab::try_parse_from(["lab", "publish", flag, "http://localhost:1"]).is_ok());
    }
}

#[test]
fn servers_of_several_transports_are_named_together() {
    for command in ["bench", "audit"] {
        let both = ["lab", command, "--sse", "http://a", "--ws", "http://b"];
        assert!(Lab::try_parse_from(both).is_ok(), "{command}");
    }
}

/// Also those that take too long to be run, or stand in a sentence.
#[test]
fn every_documented_command_is_accepted() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let documents = [root.to_owned(), format!("{root}/docs")]
        .into_iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let mut wrong = Vec::new();
    for path in documents {
        let text = fs::read_to_string(&path).unwrap().replace("\\\n", " ");
        for command in lab_commands(&text) {
            let arguments = ["lab"].into_iter().chain(command.split_whitespace());
            match Lab::try_parse_from(arguments).map_err(|error| error.kind()) {
                // Sentences name commands without their arguments.
                Ok(_) | Err(ErrorKind::DisplayHelp | ErrorKind::MissingRequiredArgument) => {}
                Err(ErrorKind::InvalidValue) if ends_with_flag(command) => {}
                // Such a file is read before the command starts.
                Err(ErrorKind::ValueValidation) if names_a_file_of_the_user(command) => {}
                Err(kind) => wrong.push(format!("{}: {command}: {kind}", path.display())),
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn ends_with_flag(command: &str) -> bool {
    command
        .split_whitespace()
        .last()
        .is_some_and(|last| last.starts_with("--"))
}

/// Whether a command reads a file that only its user has.
fn names_a_file_of_the_user(command: &str) -> bool {
    let names = ["--peers ./lab/peers/mine.toml", "--baseline "];
    names.iter().any(|name| command.contains(name))
}

/// Returns the arguments of each `cargo lab` in a line of code, or between backticks.
fn lab_commands(text: &str) -> impl Iterator<Item = &str> {
    ["`cargo lab ", "\ncargo lab ", "| cargo lab "]
        .into_iter()
        .flat_map(|start| text.split(start).skip(1))
        .map(|rest| rest.split(['`', '\n', '#', '|']).next().unwrap())
        .filter(|command| {
            !["COMMAND", " URL", "$"]
                .iter()
                .any(|text| command.contains(text))
        })
}

#[test]
fn durations_need_no_unit() {
    for time in ["5", "0", "0.5", "5s", "500ms", "2m", "1h"] {
        for line in [
            format!("audit --duration {time}"),
            format!("page --topology-forgotten-after {time}"),
        ] {
            let arguments = ["lab"].into_iter().chain(line.split(' '));
            assert!(Lab::try_parse_from(arguments).is_ok(), "{line}");
        }
    }
}

#[test]
fn every_subcommand_ignores_service_links() {
    let command = without_matching(Lab::command(), &|name| {
        name == "WS_PORT" || name == "TOPOLOGY_PORT"
    });
    let read = |name: &str| {
        let page = command.find_subcommand("page").unwrap();
        page.get_arguments()
            .any(|arg| arg.get_env().is_some_and(|env| env == name))
    };
    assert!(read("SSE_PORT") && read("PORT") && !read("WS_PORT") && !read("TOPOLOGY_PORT"));
}
