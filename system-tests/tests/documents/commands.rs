//! Every command in a shell block of the README and of docs/ is run, here or by another test, or
//! listed with the reason why not.

use super::{
    ROOT,
    command_list::{Check, listed},
    documents, name,
    process::{Lab, program},
    read,
};
use std::{path::Path, process::Command};

#[test]
fn every_command_is_run_or_listed() {
    let written: Vec<_> = documents()
        .iter()
        .filter(|document| name(document) == "README.md" || name(document).starts_with("docs"))
        .flat_map(|document| commands(&read(document)))
        .collect();
    let is_listed = |command: &String| listed().any(|(known, _)| known == command);
    let unknown: Vec<_> = written
        .iter()
        .filter(|command| !is_listed(command))
        .collect();
    assert!(unknown.is_empty(), "not in commands.txt: {unknown:#?}");
    let is_written = |command: &str| written.iter().any(|written| written == command);
    let outdated = listed().filter(|(command, _)| !is_written(command));
    let outdated: Vec<_> = outdated.map(|(command, _)| command).collect();
    assert!(outdated.is_empty(), "in no document: {outdated:#?}");
}

#[test]
fn the_tests_that_run_commands_exist() {
    for (command, check) in listed() {
        let Check::Elsewhere { file, test } = check else {
            continue;
        };
        let text = read(&Path::new(ROOT).join(file));
        assert!(
            text.contains(&format!("fn {test}")),
            "{command}: {file} has no {test}"
        );
    }
}

#[test]
fn commands_do_what_the_documents_say() {
    let lab = Lab::up(&["--drain", "0", "--delay", "0"]);
    let mut wrong = Vec::new();
    for (command, check) in listed() {
        let Check::Here(expected) = check else {
            continue;
        };
        let output = run(&local(command, &lab));
        if !output.contains(expected) {
            wrong.push(format!("{command}: {expected:?} is not in {output}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_command_may_have_several_lines_and_a_comment() {
    let text = "```sh\na --b \\\n  --c   # d\n\n# e\nf | g\n```\n```json\n{}\n```\n";
    assert_eq!(commands(text), ["a --b --c", "f | g"]);
}

/// Returns the commands in the shell blocks of a document.
fn commands(text: &str) -> Vec<String> {
    let blocks = text.split("```sh\n").skip(1);
    blocks
        .filter_map(|rest| rest.split_once("```"))
        .flat_map(|(block, _)| {
            let lines = block.replace("\\\n", " ");
            lines.lines().map(without_comment).collect::<Vec<_>>()
        })
        .filter(|command| !command.is_empty())
        .collect()
}

fn without_comment(line: &str) -> String {
    let command = line.split(" # ").next().unwrap_or_default();
    if command.starts_with('#') {
        return String::new();
    }
    command.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the command for this lab, which has other ports than in the documents.
fn local(command: &str, lab: &Lab) -> String {
    let page = lab.address("page");
    let mut command = command
        .replace("curl -N", "curl --max-time 2 -N")
        .replace("curl ", "curl -s ")
        .replace("http://localhost", "localhost")
        .replace("localhost:3000", &lab.address("longpoll"))
        .replace("localhost:3001", &lab.address("sse"))
        .replace("localhost:8000", &page);
    if command.starts_with("cargo lab gate") {
        command = format!("{command} --url {page}");
    }
    command.replace("cargo lab", &program().to_string_lossy())
}

/// Returns what a command prints.
fn run(command: &str) -> String {
    let ended = Command::new("sh").args(["-c", command]).output();
    let ended = ended.expect("a shell");
    let texts =
        [ended.stdout, ended.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    texts.concat()
}
