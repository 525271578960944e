//! The service as a program.

use std::process::ExitCode;

#[actix_web::main]
async fn main() -> ExitCode {
    service::server::main::<sse_svc::Sse>().await
}
