//! What is measured, by name: for `--only`, for the tables of a report, and for whoever looks a figure up in a result.

/// One measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::bench) struct Topic {
    /// As `--only` takes it.
    pub(in crate::bench) name: &'static str,
    /// As facts have it.
    pub(in crate::bench) title: &'static str,
}
