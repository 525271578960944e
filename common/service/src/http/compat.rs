//! The compatibility endpoints, which `--no-compat` turns off.

use super::{AppState, Problem};

/// Refuses a compatibility endpoint if `--no-compat` turns them off.
///
/// # Errors
///
/// If the endpoint is off.
pub fn require_compat(service: &AppState, endpoint: &str) -> Result<(), Problem> {
    if !service.config.no_compat {
        return Ok(());
    }
    let detail = format!(
        "{endpoint} without a channel is off (--no-compat): add a channel, such as ?channel=main"
    );
    Err(Problem::new(404, "no-compat", detail))
}
