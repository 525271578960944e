//! What the page cannot find out by itself: on which machine it is measured. A result that a visitor takes home says so.

use crate::bench::environment::{Environment, Settings};
use serde::Serialize;
use std::sync::OnceLock;

/// `/environment.json`: found out when somebody asks, since it runs other programs, and once.
pub(super) struct Here {
    settings: Settings,
    told: OnceLock<Told>,
}

/// The head of a result file.
#[derive(Serialize)]
pub(super) struct Told {
    environment: Environment,
    warnings: Vec<String>,
}

impl Here {
    pub(super) fn new(settings: Settings) -> Self {
        Self { settings, told: OnceLock::new() }
    }

    pub(super) fn told(&self) -> &Told {
        self.told.get_or_init(|| {
            let environment = Environment::here(self.settings.clone());
            Told { warnings: environment.warnings(), environment }
        })
    }
}
