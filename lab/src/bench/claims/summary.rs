//! The README's table: what each transport costs, and how late its messages are.

use super::evidence::{Case, Evidence, cost, idle, rate};
use crate::bench::{
    experiments::RATES,
    figures::{Absent, BYTES, Measure, P50, PER_CPU, USER_MEMORY},
    report::table::Table,
    result::Run,
    scenario::{
        Manner::Usual,
        Transport::{self, Longpoll, Sse, Ws},
    },
    words::number,
};

/// Every 420 ms, and every 20 ms.
const SLOW: f64 = RATES[0];
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
    (
        "ms until a message every 420 ms is there",
        |e, transport| value(e, rate(transport, Usual, SLOW), &P50),
    ),
    ("ms, every 20 ms", |e, transport| {
        value(e, rate(transport, Usual, FAST), &P50)
    }),
    (
        "bytes on the wire for a message every 420 ms",
        |e, transport| value(e, rate(transport, Usual, SLOW), &BYTES),
    ),
    ("bytes, every 20 ms", |e, transport| {
        value(e, rate(transport, Usual, FAST), &BYTES)
    }),
];

/// One column for each transport.
pub(super) fn summary(run: &Run) -> Table {
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

fn value(e: &Evidence<'_>, case: Case, measure: &Measure) -> Result<f64, Absent> {
    Ok(e.estimate(case, measure)?.value)
}
