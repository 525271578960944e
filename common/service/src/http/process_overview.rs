//! `GET /health` and `GET /metrics`: any process of a service reports about all of them.

use super::{AppState, methods::READS, readable, resource};
use actix_web::{HttpResponse, web};
use common::metrics::merge;
use serde_json::{Value, json};
use std::process;
use supervisor::{ClusterMember, ProcessState};

pub(super) fn routes(app: &mut web::ServiceConfig) {
    app.service(resource("/health", readable().to(health), READS));
    app.service(resource("/metrics", readable().to(metrics), READS));
}

async fn health(service: web::Data<AppState>) -> HttpResponse {
    let processes: Vec<_> = process_states(&service)
        .await
        .iter()
        .map(describe)
        .collect();
    HttpResponse::Ok().json(json!({ "transport": service.transport, "processes": processes }))
}

async fn metrics(service: web::Data<AppState>) -> HttpResponse {
    let states = process_states(&service).await;
    let mut text = merge(states.iter().filter_map(|state| state.metrics.as_deref()));
    if service.member.is_some() {
        text += &supervisor_metrics(service.transport, &states);
    }
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(text)
}

/// Returns the state of all processes. Without a supervisor, or if it does not respond, only that
/// of this one.
async fn process_states(service: &AppState) -> Vec<ProcessState> {
    let all = match &service.member {
        Some(member) => member.overview().await,
        None => None,
    };
    all.unwrap_or_else(|| vec![own_state(service)])
}

fn own_state(service: &AppState) -> ProcessState {
    ProcessState {
        process: service.member.as_ref().map_or(1, ClusterMember::slot),
        pid: Some(process::id()),
        uptime: service.started.elapsed().as_secs(),
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
    json!({
        "process": process,
        "pid": pid,
        "uptime": uptime,
        "restarts": restarts,
        "answers": metrics.is_some(),
    })
}

/// Renders the metrics that only the supervisor has.
fn supervisor_metrics(transport: &str, states: &[ProcessState]) -> String {
    let answering = states
        .iter()
        .filter(|state| state.metrics.is_some())
        .count();
    let labels = format!("transport=\"{transport}\"");
    let restarts = states.iter().map(|state| {
        let labels = format!("{labels},process=\"{}\"", state.process);
        (labels, state.restarts)
    });
    let mut text = String::new();
    for (name, kind, help, values) in [
        (
            "processes",
            "gauge",
            "Processes that should be running",
            vec![(labels.clone(), states.len() as u64)],
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
            "Processes that died, by slot",
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
    fn the_supervisors_metrics_are_pinned() {
        let state = |process, restarts, metrics: Option<&str>| ProcessState {
            process,
            pid: Some(1),
            uptime: 2,
            restarts,
            metrics: metrics.map(str::to_owned),
        };
        let states = [state(1, 0, Some("")), state(2, 3, None)];
        assert_eq!(
            supervisor_metrics("sse", &states),
            "# HELP trilane_processes Processes that should be running.\n\
             # TYPE trilane_processes gauge\n\
             trilane_processes{transport=\"sse\"} 2\n\
             # HELP trilane_processes_answering Processes whose metrics are here.\n\
             # TYPE trilane_processes_answering gauge\n\
             trilane_processes_answering{transport=\"sse\"} 1\n\
             # HELP trilane_restarts_total Processes that died, by slot.\n\
             # TYPE trilane_restarts_total counter\n\
             trilane_restarts_total{transport=\"sse\",process=\"1\"} 0\n\
             trilane_restarts_total{transport=\"sse\",process=\"2\"} 3\n"
        );
        assert_eq!(
            describe(&states[1]),
            json!({ "process": 2, "pid": 1, "uptime": 2, "restarts": 3, "answers": false })
        );
    }
}
