//! The claims: those of the tables stand in `web/claims.json`, because the page shows them; those of the text around the tables
//! stand here.

use super::Verdict;
use serde::Deserialize;

const TABLES: &str = include_str!("../../../../web/claims.json");

/// Something that is said of a transport.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    pub(super) id: String,
    /// What it is about: a row of the table, or the text.
    pub(super) topic: String,
    /// Whom it is about.
    pub(super) transport: String,
    pub(super) claim: String,
    /// What the page says of it, if it is on the page.
    pub(super) on_page: Option<Verdict>,
}

#[derive(Deserialize)]
struct Tables {
    tables: Vec<Table>,
}

#[derive(Deserialize)]
struct Table {
    id: String,
    columns: serde_json::Map<String, serde_json::Value>,
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
}

const TEXT: [(&str, &str, &str); 6] = [
    ("hold", "Long polling", "The server holds a request until there is something to say"),
    ("again", "Long polling", "After an answer the client asks again at once"),
    ("single", "Long polling", "An answer carries one message"),
    ("nobody", "Long polling", "A request need not say what the client has already"),
    ("stream", "Server-Sent Events", "One connection is opened, and messages are pushed over it"),
    ("upgrade", "WebSocket", "A handshake is needed first"),
];

/// All claims about the transports: row by row, then those of the text.
pub(super) fn all() -> serde_json::Result<Vec<Claim>> {
    let Tables { tables } = serde_json::from_str(TABLES)?;
    let tables = tables.into_iter().filter(|table| table.id == "transports");
    let text = TEXT.iter().map(|&(id, transport, claim)| Claim {
        id: id.to_owned(),
        topic: "In the text".to_owned(),
        transport: transport.to_owned(),
        claim: claim.to_owned(),
        on_page: None,
    });
    Ok(tables.flat_map(of_table).chain(text).collect())
}

fn of_table(Table { columns, rows, .. }: Table) -> Vec<Claim> {
    let names: Vec<_> = columns.values().filter_map(|name| name.as_str()).map(str::to_owned).collect();
    let of_row = |Row { title, claims }: Row| {
        let claim = |(cell, transport): (Cell, &String)| Claim {
            id: cell.id,
            topic: title.clone(),
            transport: transport.clone(),
            claim: cell.claim,
            on_page: Some(cell.verdict),
        };
        claims.into_iter().zip(&names).map(claim).collect::<Vec<_>>()
    };
    rows.into_iter().flat_map(of_row).collect()
}
