//! The names of measurements: for `--only`, for tables, and for lookups in a result.

/// One measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::bench) struct Topic {
    /// The value of `--only`.
    pub(in crate::bench) name: &'static str,
    /// The topic of its facts.
    pub(in crate::bench) title: &'static str,
}
