//! The table of the README: cost and latency of each transport.

use super::evidence::{Case, Evidence, cost, idle, rate};
use crate::{
    experiments::RATES,
    format::number,
    metrics::{Absent, BYTES, Metric, P50, PER_CPU, USER_MEMORY},
    report::table::Table,
    result::Run,
    scenario::{
        ClientVariant::Usual,
        Transport::{self, Longpoll, Sse, Ws},
    },
};

/// One message every 420 ms.
const SLOW: f64 = RATES[0];
/// One message every 20 ms.
const FAST: f64 = RATES[4];

type Cell = fn(&Evidence<'_>, Transport) -> Result<f64, Absent>;

const ROWS: [(&str, Cell); 7] = [
    ("deliveries per CPU-second", |e, transport| {
        value(e, cost(transport), &PER_CPU)
    }),
    ("share of the kernel's limit", |e, transport| {
        Ok(
            e.compare(cost(transport), cost(transport).limit(), &PER_CPU)?
                .ratio
                .value,
        )
    }),
    ("bytes of an idle connection", |e, transport| {
        value(e, idle(transport), &USER_MEMORY)
    }),
    ("median latency at 2.4 messages/s, ms", |e, transport| {
        value(e, rate(transport, Usual, SLOW), &P50)
    }),
    ("median latency at 50 messages/s, ms", |e, transport| {
        value(e, rate(transport, Usual, FAST), &P50)
    }),
    ("bytes per message at 2.4 messages/s", |e, transport| {
        value(e, rate(transport, Usual, SLOW), &BYTES)
    }),
    ("bytes per message at 50 messages/s", |e, transport| {
        value(e, rate(transport, Usual, FAST), &BYTES)
    }),
];

/// Returns the table, with one column for each transport.
pub(super) fn readme_table(run: &Run) -> Table {
    let evidence = Evidence::new(run);
    let row = |(name, cell): &(&str, Cell)| {
        let text =
            |transport| cell(&evidence, transport).map_or_else(|absent| absent.to_string(), number);
        [
            vec![(*name).to_owned()],
            [Longpoll, Sse, Ws].map(text).into(),
        ]
        .concat()
    };
    Table {
        caption: String::new(),
        head: ["", "long polling", "SSE", "WebSocket"]
            .map(str::to_owned)
            .into(),
        rows: ROWS.iter().map(row).collect(),
    }
}

fn value(e: &Evidence<'_>, case: Case, metric: &Metric) -> Result<f64, Absent> {
    Ok(e.estimate(case, metric)?.value)
}
