//! What actix calls an error of ours, though a client made it, or a stop.

use log::{Level, Log, Metadata, Record};

/// It logs an error when a request cannot be parsed, or when its peer leaves in the middle of something.
const OF_CLIENTS: &str = "actix_http::h1::dispatcher";
/// It logs an error when it accepts from a socket that a stop has just closed, or ceases to watch it.
const OF_SOCKETS: &str = "actix_server::accept";

/// EINVAL says that a socket does not listen any more.
fn is_of_a_stop(record: &Record<'_>) -> bool {
    record.target() == OF_SOCKETS && {
        let text = record.args().to_string();
        text.starts_with("Can not deregister ") || text.ends_with("(os error 22)")
    }
}

/// A logger for which such records are for debugging, whatever filter somebody chooses.
pub(super) struct Demoting<L>(pub(super) L);

impl<L: Log> Log for Demoting<L> {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.0.enabled(metadata)
    }

    fn log(&self, record: &Record<'_>) {
        let is_no_error = record.target() == OF_CLIENTS || is_of_a_stop(record);
        if is_no_error && record.level() < Level::Debug {
            self.0.log(&record.to_builder().level(Level::Debug).build());
        } else {
            self.0.log(record);
        }
    }

    fn flush(&self) {
        self.0.flush();
    }
}
