//! Parameters of every kind, repeated ones and unknown ones.

use super::*;

#[test]
fn values_are_decoded_and_other_parameters_ignored() {
    let query = Query("a=1%202&b=+x&x=3&c&x=4");
    assert_eq!(query.get("a").unwrap().unwrap(), "1 2");
    assert_eq!(query.get("b").unwrap().unwrap(), " x");
    assert_eq!(query.get("c").unwrap().unwrap(), "");
    assert!(query.get("d").unwrap().is_none());
}

#[test]
fn a_repeated_parameter_is_refused_by_name() {
    for query in ["a=1&a=2", "a=1&b&a=1", "a&%61=", "a=&a="] {
        let problem = Query(query).get("a").unwrap_err().to_string();
        assert!(
            problem.starts_with("400 Bad Request bad-parameter: a: "),
            "{query}: {problem}"
        );
    }
}

#[test]
fn the_last_event_id_is_recognised_in_any_case_and_with_any_separator() {
    let id = |query: &str| Query(query).last_event_id().unwrap().map(Cow::into_owned);
    for name in [
        "lastEventId",
        "lastEventID",
        "Last-Event-ID",
        "Last-Event-Id",
        "last_event_id",
        "last-event-id",
    ] {
        assert_eq!(
            id(&format!("after=0&{name}=1-2")).as_deref(),
            Some("1-2"),
            "{name}"
        );
    }
    assert_eq!(
        (id("lastEventId="), id("lastId=1-2"), id("event-id=1-2")),
        (None, None, None)
    );
    assert!(
        Query("lastEventId=1-2&Last-Event-ID=1-3")
            .last_event_id()
            .is_err()
    );
}

#[test]
fn a_flag_is_true_or_false() {
    let flag = |query| {
        Query(query)
            .flag("worker")
            .map_err(|problem| problem.to_string())
    };
    assert_eq!(
        (flag(""), flag("worker=false"), flag("worker=true")),
        (Ok(false), Ok(false), Ok(true))
    );
    for wrong in ["worker", "worker=1", "worker=TRUE"] {
        assert!(
            flag(wrong).unwrap_err().contains("true or false"),
            "{wrong}"
        );
    }
}

#[test]
fn a_problem_names_the_range_of_a_number() {
    assert_eq!(Query("").number("wait", 0..=60, 25).unwrap(), 25);
    assert_eq!(Query("wait=60").number("wait", 0..=60, 25).unwrap(), 60);
    for wrong in ["wait=61", "wait=-1", "wait=", "wait=1.5", "wait=soon"] {
        let problem = Query(wrong).number("wait", 0..=60, 25).unwrap_err();
        assert!(
            problem.to_string().contains("a whole number from 0 to 60"),
            "{problem}"
        );
    }
}

#[test]
fn a_cursor_without_a_channel_is_refused() {
    assert!(Query("after=0").only_with_channel(&["after"]).is_err());
    assert!(Query("_=1").only_with_channel(&["after"]).is_ok());
}
