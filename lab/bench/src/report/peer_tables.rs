//! The tables of a run with other servers: a row for each server and transport, and how each
//! server was set up.

use super::{
    section::{Section, cell},
    table::Table,
};
use crate::{
    metrics::{LOST, Metric, P50, P99, PER_CPU, USER_MEMORY},
    result::{MeasuredPeer, Repetition, Run},
    scenario::{Load, Operation, Scenario, Server, Transport},
};

/// What a column shows: its title, the scenarios that it takes, and the metric.
type Column = (&'static str, fn(&Scenario) -> bool, &'static Metric);

const COLUMNS: [Column; 8] = [
    (
        "deliveries per CPU-second, 1 in flight",
        |scenario| is_delivery(scenario) && scenario.load == Load::InFlight(1),
        &PER_CPU,
    ),
    (
        "deliveries per CPU-second, 16 in flight",
        |scenario| is_delivery(scenario) && scenario.load == Load::InFlight(16),
        &PER_CPU,
    ),
    ("p50 at the fixed rate, ms", at_a_rate, &P50),
    ("p99 at the fixed rate, ms", at_a_rate, &P99),
    ("lost, %", is_delivery, &LOST),
    (
        "memory, B/connection",
        |scenario| scenario.operation == Operation::Idle,
        &USER_MEMORY,
    ),
    (
        "openings per CPU-second",
        |scenario| scenario.operation == Operation::Opening,
        &PER_CPU,
    ),
    (
        "echoes per CPU-second",
        |scenario| scenario.operation == Operation::Echo,
        &PER_CPU,
    ),
];

fn is_delivery(scenario: &Scenario) -> bool {
    scenario.operation == Operation::Delivery
}

fn at_a_rate(scenario: &Scenario) -> bool {
    is_delivery(scenario) && matches!(scenario.load, Load::PerSecond(_))
}

/// Returns the table of the experiment.
pub(super) fn table(section: &Section<'_>) -> Table {
    let mut rows: Vec<(Transport, &Server)> = Vec::new();
    for series in &section.series {
        let row = subject(&series.scenario);
        if !rows.contains(&row) {
            rows.push(row);
        }
    }
    // Stable: servers stay in the order of the run.
    rows.sort_by_key(|(transport, _)| *transport as usize);
    let titles = COLUMNS.iter().map(|(title, ..)| *title);
    let rows = rows.into_iter().map(|row| cells(row, section)).collect();
    Table {
        conditions: section.conditions.clone(),
        ..Table::new(
            &section.title,
            ["transport", "server"].into_iter().chain(titles),
            rows,
        )
    }
}

fn subject(scenario: &Scenario) -> (Transport, &Server) {
    (scenario.transport, &scenario.server)
}

fn cells(row: (Transport, &Server), section: &Section<'_>) -> Vec<String> {
    let figures = COLUMNS.map(|(_, takes, metric)| {
        let series = section.series.iter();
        let all: Vec<Repetition> = series
            .filter(|series| subject(&series.scenario) == row && takes(&series.scenario))
            .flat_map(|series| series.repetitions.clone())
            .collect();
        if all.is_empty() {
            "–".to_owned()
        } else {
            cell(metric.estimate(&all))
        }
    });
    let (transport, server) = row;
    let names = [transport.to_string(), server.to_string()];
    names.into_iter().chain(figures).collect()
}

/// Returns how each peer was set up, if there are any.
pub(super) fn setups(run: &Run) -> Option<Table> {
    let row = |peer: &MeasuredPeer| {
        let settings: Vec<_> = peer.settings.split_whitespace().collect();
        vec![
            peer.name.clone(),
            peer.title.clone(),
            peer.version.clone().unwrap_or_else(|| "–".to_owned()),
            settings.join(" "),
            peer.source.clone(),
        ]
    };
    let table = Table::new(
        "How the other servers were set up",
        ["server", "what it is", "version", "settings", "source"],
        run.peers.iter().map(row).collect(),
    );
    (!run.peers.is_empty()).then_some(table)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{experiments::PEERS, report::examples::run};

    #[test]
    fn each_server_has_a_row_for_each_transport() {
        let mut run = run();
        let mut of_a_peer: Vec<_> = run
            .series
            .iter()
            .filter(|series| series.scenario.experiment == PEERS)
            .cloned()
            .collect();
        for series in &mut of_a_peer {
            series.scenario.server = Server::Peer("other".to_owned());
        }
        // It has no echo.
        of_a_peer.retain(|series| series.scenario.operation != Operation::Echo);
        run.series.extend(of_a_peer);
        let table = table(&Section::of(&run, PEERS));
        let rows: Vec<_> = table.rows.iter().map(|row| row[..2].join(" ")).collect();
        assert_eq!(
            rows,
            [
                "long polling Trilane",
                "long polling other",
                "SSE Trilane",
                "SSE other",
                "WebSocket Trilane",
                "WebSocket other",
            ]
        );
        let missing = |row: &Vec<String>| row.iter().filter(|cell| *cell == "–").count();
        assert_eq!(
            table.rows.iter().map(missing).collect::<Vec<_>>(),
            [2, 2, 1, 1, 0, 1]
        );
    }
}
