//! Tests of the product as its users run it: processes, Redis, memory, proxies, browsers, the
//! examples and the documents. Tests of `cargo lab`'s own commands are in `lab/cli/tests`.
//!
//! This program is `lab` under another name. Cargo builds it before each suite of this package, so
//! that no suite runs an outdated `lab`.

use std::process::ExitCode;

fn main() -> ExitCode {
    lab::main()
}
