//! The names of measurements: for `--only`, for tables, and for lookups in a result.

/// One measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Topic {
    /// The value of `--only`.
    pub(crate) name: &'static str,
    /// The title of its tables, and the key of its facts in a result.
    pub(crate) title: &'static str,
}
