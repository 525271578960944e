//! Clients that others wrote do what the table in docs/clients/README.md says.

use std::{path::Path, process::Command};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

#[test]
fn clients_of_others_do_what_the_table_says() {
    let scripts = |arguments: &[&str]| {
        let mut command = Command::new(Path::new(ROOT).join("scripts/clients"));
        command
            .args(arguments)
            .env("LAB", env!("CARGO_BIN_EXE_system-tests"));
        command.status().expect("a shell").success()
    };
    // scripts/setup installs the libraries, and scripts/test stops without them.
    if scripts(&["--check"]) {
        assert!(scripts(&[]), "the output says what differs");
    }
}
