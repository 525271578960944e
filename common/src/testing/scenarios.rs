//! The list of what every transport must do: a service passes all of it.

/// Makes a test of each scenario and each request for one transport.
///
/// `streams:` before it adds those for transports whose connection stays.
#[macro_export]
macro_rules! scenarios {
    (streams: $reader:ty) => {
        $crate::scenarios!($reader);
        $crate::scenarios!(@ $reader, endings:
            a_reader_that_takes_nothing_is_cut
        );
    };
    ($reader:ty) => {
        $crate::scenarios!(@ $reader, delivery:
            a_message_arrives_to_the_letter
            concurrent_publishers_are_read_in_one_order
            channels_are_apart
            all_readers_get_the_same
        );
        $crate::scenarios!(@ $reader, cursors:
            without_a_cursor_only_what_comes_later
            after_zero_everything_that_is_held
            a_cursor_continues_without_gap_or_duplicate
            a_cursor_of_another_log_gets_a_reset
            a_cursor_from_the_future_gets_a_reset
            a_cursor_that_left_the_log_gets_a_reset
            a_reader_that_falls_out_of_the_log_is_told_what_it_lost
            a_channel_that_begins_anew_says_so
            a_reader_that_is_cut_before_its_first_message_loses_nothing
            a_reset_is_told_once_though_nothing_is_published
        );
        $crate::scenarios!(@ $reader, channels:
            the_cursor_of_a_channel_that_is_not_there_goes_on
            channels_that_were_made_up_take_nothing
            the_channel_that_was_not_used_for_longest_makes_room
            channels_that_are_read_make_no_room
        );
        $crate::scenarios!(@ $reader, endings:
            a_reader_that_leaves_is_noticed
            a_service_that_stops_tells_its_readers
        );
        $crate::scenarios!(@ $reader, requests:
            a_bad_subscription_is_refused_by_name
            a_repeated_parameter_is_refused_by_name
            a_bad_publication_is_refused_by_name
            a_repeated_key_publishes_nothing
            a_key_with_another_message_is_refused
            history_is_read_in_pages
            other_methods_and_paths_are_named
            head_is_answered_without_a_body
            no_response_is_stored
            health_metrics_and_worker_answer
            pipelined_requests_are_answered_in_order
        );
        $crate::scenarios!(@ $reader, idempotency:
            a_key_holds_on_every_service_and_after_a_restart
            a_key_of_one_subject_is_not_another_ones
            a_key_without_a_subject_goes_with_its_token
        );
        $crate::scenarios!(@ $reader, pages:
            a_page_may_use_the_service_if_its_origin_is_allowed
            a_page_of_another_origin_is_told_which_may
            credentials_are_for_named_origins
        );
        $crate::scenarios!(@ $reader, hostile:
            hostile_requests_are_refused
            half_done_requests_leave_nothing_behind
            a_storm_of_resets_harms_nobody
            slow_requests_are_cut
        );
        $crate::scenarios!(@ $reader, connections:
            what_is_said_behind_a_subscription_leaves_nothing
            a_reader_that_says_too_much_and_resets_is_noticed
            an_offer_that_is_not_taken_changes_nothing
            a_publication_that_offers_a_websocket_is_taken
            only_an_empty_body_may_come_with_a_request_to_read
            a_body_that_is_too_large_is_answered_while_it_comes
            a_reader_that_comes_while_the_service_stops_is_told
        );
        $crate::scenarios!(@ $reader, tokens:
            whoever_has_no_token_may_look_after_the_service_only
            a_token_comes_in_a_header_a_cookie_or_the_query
            a_token_allows_what_it_names
            a_bad_token_is_refused_and_never_repeated
            keys_of_all_kinds_come_in_files
            bad_tokens_of_one_address_are_limited
            a_stream_ends_when_its_token_expires
        );
        $crate::scenarios!(@ $reader, tasks:
            a_task_tells_its_channel_what_it_found
            a_long_task_tells_how_it_goes_until_it_is_deleted
            a_bad_task_is_refused_by_name
            tasks_are_for_those_who_may_publish
            a_task_on_the_event_loop_needs_a_setting
            a_service_that_stops_says_which_tasks_it_cancels
            each_caller_has_one_task_and_all_have_so_many
            a_service_may_take_no_tasks
        );
        $crate::scenarios!(@ $reader, limits:
            publications_beyond_the_rate_are_refused
            each_subject_has_a_rate_of_its_own
            new_channels_beyond_the_rate_are_refused
            each_subject_may_begin_so_many_channels
            connections_beyond_the_limit_are_refused
            connections_of_one_address_beyond_its_limit_are_refused
            only_heads_are_limited_as_heads
            large_bodies_are_refused_when_others_hold_all_room
        );
    };
    (@ $reader:ty, $module:ident: $($name:ident)*) => {
        $(
            #[actix_web::test]
            async fn $name() {
                $crate::testing::$module::$name::<$reader>().await;
            }
        )*
    };
}

/// Makes a test of each scenario that takes a whole program.
#[macro_export]
macro_rules! program_scenarios {
    ($program:expr) => {
        $crate::program_scenarios!(@ $program, logging:
            a_log_that_nobody_reads_keeps_nobody_waiting
            what_clients_do_wrong_is_not_logged
            what_clients_do_wrong_is_no_error
        );
        $crate::program_scenarios!(@ $program, endings:
            whoever_comes_while_it_stops_is_answered_or_refused
        );
        $crate::program_scenarios!(@ $program, signals:
            a_hang_up_lets_it_drain
            a_hang_up_that_is_ignored_stays_so
        );
        $crate::program_scenarios!(@ $program, files:
            too_few_files_are_refused_and_few_are_named
        );
    };
    (@ $program:expr, $module:ident: $($name:ident)*) => {
        $(
            #[actix_web::test]
            async fn $name() {
                $crate::testing::$module::$name($program).await;
            }
        )*
    };
}
