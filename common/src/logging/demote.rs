//! Lowers the level of records that actix logs as errors although a client or a stop caused them.

use log::{Level, Log, Metadata, Record};

/// Logs an error when a request cannot be parsed, or when its peer closes the connection.
const HTTP: &str = "actix_http::h1::dispatcher";
/// Logs an error when a stop has just closed the socket that it accepts from.
const ACCEPT: &str = "actix_server::accept";

/// A logger that logs such records at the level `debug`, whatever the filter.
pub(super) struct Demoting<L>(pub(super) L);

impl<L: Log> Log for Demoting<L> {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.0.enabled(metadata)
    }

    fn log(&self, record: &Record<'_>) {
        let is_demoted = record.target() == HTTP || is_closed_socket(record);
        if is_demoted && record.level() < Level::Debug {
            self.0.log(&record.to_builder().level(Level::Debug).build());
        } else {
            self.0.log(record);
        }
    }

    fn flush(&self) {
        self.0.flush();
    }
}

fn is_closed_socket(record: &Record<'_>) -> bool {
    if record.target() != ACCEPT {
        return false;
    }
    let text = record.args().to_string();
    // EINVAL: the socket does not listen any more.
    text.starts_with("Can not deregister ") || text.ends_with("(os error 22)")
}
