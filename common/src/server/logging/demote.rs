//! What the HTTP crate calls an error of ours, though a client made it.

use log::{Level, Log, Metadata, Record};

/// It logs an error when a request cannot be parsed, or when its peer leaves in the middle of something.
const OF_CLIENTS: &str = "actix_http::h1::dispatcher";

/// A logger for which such records are for debugging, whatever filter somebody chooses.
pub(super) struct Demoting<L>(pub(super) L);

impl<L: Log> Log for Demoting<L> {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.0.enabled(metadata)
    }

    fn log(&self, record: &Record<'_>) {
        if record.target() == OF_CLIENTS && record.level() < Level::Debug {
            self.0.log(&record.to_builder().level(Level::Debug).build());
        } else {
            self.0.log(record);
        }
    }

    fn flush(&self) {
        self.0.flush();
    }
}
