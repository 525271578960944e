//! `/environment.json`: describes the machine of a measurement, for result files that visitors
//! download.

use actix_web::{HttpRequest, HttpResponse, web};
use bench::environment::{Environment, Settings};
use serde::Serialize;
use service::http::{Problem, own_pages_only};
use std::sync::OnceLock;

/// The environment, computed once and on the first request, because that runs other programs.
pub(super) struct PageEnvironment {
    settings: Settings,
    header: OnceLock<ResultHeader>,
}

/// The header of a result file.
#[derive(Serialize)]
struct ResultHeader {
    environment: Environment,
    warnings: Vec<String>,
}

impl PageEnvironment {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            settings,
            header: OnceLock::new(),
        }
    }

    fn header(&self) -> &ResultHeader {
        self.header.get_or_init(|| {
            let environment = Environment::here(self.settings.clone()).without_command();
            ResultHeader {
                warnings: environment.warnings(),
                environment,
            }
        })
    }
}

/// Responds to our own page only. `own_pages_only` also checks the `Host` header, against DNS
/// rebinding.
pub(super) async fn environment(
    request: HttpRequest,
    here: web::Data<PageEnvironment>,
) -> Result<HttpResponse, Problem> {
    own_pages_only(&request)?;
    Ok(HttpResponse::Ok().json(here.header()))
}
