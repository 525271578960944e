//! `GET /health` and `GET /metrics`: all processes of a service, whichever of them is asked.

use super::{AppState, only, readable};
use crate::{
    cluster::{ClusterMember, ProcessState},
    metrics::merge,
};
use actix_web::{HttpResponse, web};
use serde_json::{Value, json};
use std::process;

pub(super) fn routes(app: &mut web::ServiceConfig) {
    let allowed = "GET, HEAD, OPTIONS";
    app.service(
        web::resource("/health")
            .route(readable().to(health))
            .default_service(only(allowed)),
    );
    app.service(
        web::resource("/metrics")
            .route(readable().to(metrics))
            .default_service(only(allowed)),
    );
}

async fn health(service: web::Data<AppState>) -> HttpResponse {
    let processes: Vec<_> = slots(&service).await.iter().map(describe).collect();
    HttpResponse::Ok().json(json!({ "transport": service.transport, "processes": processes }))
}

async fn metrics(service: web::Data<AppState>) -> HttpResponse {
    let slots = slots(&service).await;
    let mut text = merge(slots.iter().filter_map(|slot| slot.metrics.as_deref()));
    if service.member.is_some() {
        text += &of_supervisor(service.transport, &slots);
    }
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(text)
}

/// How all processes are; only this one, if it is the only one or the supervisor does not answer.
async fn slots(service: &AppState) -> Vec<ProcessState> {
    let all = match &service.member {
        Some(member) => member.overview().await,
        None => None,
    };
    all.unwrap_or_else(|| vec![own(service)])
}

fn own(service: &AppState) -> ProcessState {
    ProcessState {
        process: service.member.as_ref().map_or(1, ClusterMember::slot),
        pid: Some(process::id()),
        uptime: service.began.elapsed().as_secs(),
        restarts: 0,
        metrics: Some(service.hub.metrics().render()),
    }
}

fn describe(state: &ProcessState) -> Value {
    let ProcessState {
        process,
        pid,
        uptime,
        restarts,
        metrics,
    } = state;
    json!({ "process": process, "pid": pid, "uptime": uptime, "restarts": restarts, "answers": metrics.is_some() })
}

/// What no process knows of itself.
fn of_supervisor(transport: &str, slots: &[ProcessState]) -> String {
    let answering = slots.iter().filter(|slot| slot.metrics.is_some()).count();
    let labels = format!("transport=\"{transport}\"");
    let restarts = slots.iter().map(|slot| {
        (
            format!("{labels},process=\"{}\"", slot.process),
            slot.restarts,
        )
    });
    let mut text = String::new();
    for (name, kind, help, values) in [
        (
            "processes",
            "gauge",
            "Processes that there should be",
            vec![(labels.clone(), slots.len() as u64)],
        ),
        (
            "processes_answering",
            "gauge",
            "Processes whose metrics are here",
            vec![(labels.clone(), answering as u64)],
        ),
        (
            "restarts_total",
            "counter",
            "Processes that died, by their place",
            restarts.collect(),
        ),
    ] {
        text += &format!("# HELP trilane_{name} {help}.\n# TYPE trilane_{name} {kind}\n");
        values
            .iter()
            .for_each(|(labels, value)| text += &format!("trilane_{name}{{{labels}}} {value}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_supervisor_adds_is_pinned() {
        let state = |process, restarts, metrics: Option<&str>| ProcessState {
            process,
            pid: Some(1),
            uptime: 2,
            restarts,
            metrics: metrics.map(str::to_owned),
        };
        let slots = [state(1, 0, Some("")), state(2, 3, None)];
        assert_eq!(
            of_supervisor("sse", &slots),
            "# HELP trilane_processes Processes that there should be.\n# TYPE trilane_processes gauge\n\
             trilane_processes{transport=\"sse\"} 2\n\
             # HELP trilane_processes_answering Processes whose metrics are here.\n\
             # TYPE trilane_processes_answering gauge\ntrilane_processes_answering{transport=\"sse\"} 1\n\
             # HELP trilane_restarts_total Processes that died, by their place.\n\
             # TYPE trilane_restarts_total counter\n\
             trilane_restarts_total{transport=\"sse\",process=\"1\"} 0\n\
             trilane_restarts_total{transport=\"sse\",process=\"2\"} 3\n"
        );
        assert_eq!(
            describe(&slots[1]),
            json!({ "process": 2, "pid": 1, "uptime": 2, "restarts": 3, "answers": false })
        );
    }
}
