//! Tables of facts about services: a table for each topic, a row for each subject, a column for
//! each figure.

use super::table::Table;
use crate::{
    format::titled,
    result::{Fact, Run},
    stats::bootstrap::mean,
};

pub(super) fn tables(run: &Run) -> Vec<Table> {
    let topics = distinct(run.facts.iter().map(|fact| &*fact.topic));
    let table = |topic: &str| {
        let facts = run.facts.iter().filter(|fact| fact.topic == topic);
        table(topic, &facts.collect::<Vec<_>>())
    };
    topics.into_iter().map(table).collect()
}

fn table(topic: &str, facts: &[&Fact]) -> Table {
    let columns = distinct(facts.iter().map(|fact| (&*fact.figure, &*fact.unit)));
    let subjects = distinct(facts.iter().map(|fact| &*fact.subject));
    let row = |subject: &str| {
        let text = |(figure, _): &(&str, &str)| {
            let fact = facts
                .iter()
                .find(|fact| fact.subject == subject && fact.figure == *figure);
            fact.map_or_else(|| "–".to_owned(), |fact| cell(&fact.values))
        };
        let figures = columns.iter().map(text);
        [subject.to_owned()].into_iter().chain(figures).collect()
    };
    let titles = columns.iter().map(|(figure, unit)| titled(figure, unit));
    let head = [String::new()].into_iter().chain(titles);
    Table::new(topic, head, subjects.into_iter().map(row).collect())
}

/// Returns the mean with its interval over repetitions.
fn cell(values: &[f64]) -> String {
    mean(values).map_or_else(|| "–".to_owned(), |estimate| estimate.rounded().to_string())
}

/// Returns distinct items in the order of their first appearance.
fn distinct<T: PartialEq>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut distinct = Vec::new();
    for one in all {
        if !distinct.contains(&one) {
            distinct.push(one);
        }
    }
    distinct
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::examples::run;

    #[test]
    fn each_subject_has_a_row_and_each_figure_a_column() {
        let fact = |topic: &str, subject: &str, figure: &str, values: &[f64]| Fact {
            topic: topic.to_owned(),
            subject: subject.to_owned(),
            figure: figure.to_owned(),
            unit: "ms".to_owned(),
            values: values.to_vec(),
        };
        let facts = vec![
            fact("a", "x", "f", &[2.0]),
            fact("b", "y", "f", &[1.0]),
            fact("a", "y", "g", &[3.0]),
        ];
        let tables = tables(&Run { facts, ..run() });
        assert_eq!(tables.len(), 2);
        assert_eq!(tables[0].head, ["", "f, ms", "g, ms"]);
        assert_eq!(tables[0].rows, [["x", "2", "–"], ["y", "–", "3"]]);
    }
}
