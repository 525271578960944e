//! docs/protocol.md: its examples are sent to running services, and its list of problems is
//! complete. openapi.json and asyncapi.json describe the same.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod descriptions;
mod document;
mod replay;
mod schema;

use system_tests::process;
