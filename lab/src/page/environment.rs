//! What the page cannot find out by itself: on which machine it is measured. A result that a visitor takes home says so.

use crate::environment::{Environment, Settings};
use actix_web::{HttpRequest, HttpResponse, web};
use common::http::{Problem, own_pages_only};
use serde::Serialize;
use std::sync::OnceLock;

/// `/environment.json`: found out when somebody asks, since it runs other programs, and once.
pub(super) struct Here {
    settings: Settings,
    told: OnceLock<Told>,
}

/// The head of a result file.
#[derive(Serialize)]
struct Told {
    environment: Environment,
    warnings: Vec<String>,
}

impl Here {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            settings,
            told: OnceLock::new(),
        }
    }

    fn told(&self) -> &Told {
        self.told.get_or_init(|| {
            let environment = Environment::here(self.settings.clone()).without_command();
            Told {
                warnings: environment.warnings(),
                environment,
            }
        })
    }
}

/// The machine is described to whoever is at it, and to our own page: no other page may read it, by whatever name it calls
/// this server (DNS rebinding).
pub(super) async fn environment(
    request: HttpRequest,
    here: web::Data<Here>,
) -> Result<HttpResponse, Problem> {
    own_pages_only(&request)?;
    Ok(HttpResponse::Ok().json(here.told()))
}
