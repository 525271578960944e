//! The claims. Those in tables are in `web/claims.json`, because the page shows them; the others
//! are listed here.

use super::Verdict;
use serde::Deserialize;
use std::collections::BTreeMap;

const TABLES: &str = include_str!("../../../../web/claims.json");

/// A claim about a transport, or about threads or processes.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    pub(super) id: String,
    /// The row of its table, or "In the text".
    pub(super) topic: String,
    /// The column of its table: the transport, threads or processes.
    pub(super) of: String,
    pub(super) claim: String,
    /// The verdict on the page, if the claim is there.
    pub(super) on_page: Option<Verdict>,
    /// Whether the page has an experiment for it.
    pub(super) measured_by_page: bool,
}

/// The subject of one of the two tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Subject {
    Transports,
    Processes,
}

#[derive(Deserialize)]
struct Tables {
    tables: Vec<Table>,
}

#[derive(Deserialize)]
struct Table {
    id: Subject,
    columns: BTreeMap<String, String>,
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    title: String,
    claims: Vec<Cell>,
}

#[derive(Deserialize)]
struct Cell {
    id: String,
    claim: String,
    verdict: Verdict,
    experiment: Option<String>,
}

const TEXT: [(&str, &str, &str); 6] = [
    (
        "hold",
        "Long polling",
        "The server holds a request until there is something to say",
    ),
    (
        "again",
        "Long polling",
        "After an answer the client asks again at once",
    ),
    ("single", "Long polling", "An answer carries one message"),
    (
        "nobody",
        "Long polling",
        "A request need not say what the client has already",
    ),
    (
        "stream",
        "Server-Sent Events",
        "One connection is opened, and messages are pushed over it",
    ),
    ("upgrade", "WebSocket", "A handshake is needed first"),
];

/// Returns all claims about a subject, row by row. For transports, the claims outside the table
/// follow.
pub(super) fn about(subject: Subject) -> serde_json::Result<Vec<Claim>> {
    let Tables { tables } = serde_json::from_str(TABLES)?;
    let tables = tables.into_iter().filter(|table| table.id == subject);
    let text = TEXT
        .iter()
        .filter(|_| subject == Subject::Transports)
        .map(|&(id, of, claim)| Claim {
            id: id.to_owned(),
            topic: "In the text".to_owned(),
            of: of.to_owned(),
            claim: claim.to_owned(),
            on_page: None,
            measured_by_page: false,
        });
    Ok(tables.flat_map(of_table).chain(text).collect())
}

fn of_table(Table { columns, rows, .. }: Table) -> Vec<Claim> {
    // The id of a claim ends with the name of its column.
    let column = |id: &str| {
        columns
            .iter()
            .find(|(name, _)| id.ends_with(&format!("-{name}")))
            .map(|(_, title)| title)
    };
    let of_row = |Row { title, claims }: Row| {
        let claim = |cell: Cell| Claim {
            topic: title.clone(),
            of: column(&cell.id).cloned().unwrap_or_default(),
            id: cell.id,
            claim: cell.claim,
            on_page: Some(cell.verdict),
            measured_by_page: cell.experiment.is_some(),
        };
        claims.into_iter().map(claim).collect::<Vec<_>>()
    };
    rows.into_iter().flat_map(of_row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_claim_has_its_column() {
        let processes = about(Subject::Processes).unwrap();
        let of = |id| {
            processes
                .iter()
                .find(|claim| claim.id == id)
                .map(|claim| claim.of.as_str())
        };
        assert_eq!(of("overhead-threads"), Some("Threads of one process"));
        assert_eq!(of("overhead-processes"), Some("Several processes"));
        assert!(
            about(Subject::Transports)
                .unwrap()
                .iter()
                .chain(&processes)
                .all(|claim| !claim.of.is_empty())
        );
    }
}
