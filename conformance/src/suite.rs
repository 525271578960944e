//! The lists of scenarios: a service passes all of them.

/// Makes a test of each scenario for one [`Subscriber`](crate::Subscriber).
///
/// With `streams:` before the type, adds the scenarios for transports whose connections stay open.
#[macro_export]
macro_rules! scenarios {
    (streams: $subscriber:ty) => {
        $crate::scenarios!($subscriber);
        $crate::scenarios! { @ $subscriber;
            disconnects { a_slow_subscriber_is_disconnected }
            several_limits { a_slow_subscriber_of_several_channels_is_disconnected }
        }
    };
    ($subscriber:ty) => {
        $crate::scenarios! { @ $subscriber;
            delivery {
                a_message_arrives_unchanged
                an_event_arrives_with_its_name
                without_an_envelope_only_the_payload_arrives
                concurrent_publishers_share_one_order
                channels_are_isolated
                all_subscribers_receive_the_same_messages
            }
            cursors {
                without_a_cursor_only_new_messages_arrive
                after_zero_the_whole_history_arrives
                a_cursor_resumes_without_gap_or_duplicate
                a_cursor_of_another_epoch_gets_a_reset
                a_cursor_beyond_the_latest_id_gets_a_reset
                a_cursor_older_than_the_history_gets_a_reset
                a_subscriber_that_falls_too_far_behind_gets_a_reset
                a_restarted_channel_sends_a_reset
                a_disconnect_before_the_first_message_loses_nothing
                a_reset_is_sent_once_on_a_quiet_channel
            }
            several {
                messages_of_several_channels_have_one_order
                a_combined_cursor_resumes_every_channel
                a_channel_without_a_cursor_begins_now
                one_channel_takes_a_combined_cursor
                a_reset_names_its_channel
                a_restarted_channel_resets_itself_only
                several_histories_come_without_an_envelope
                a_subscriber_may_have_64_channels
            }
            several_limits {
                a_bad_set_of_channels_is_a_named_problem
                a_token_must_allow_each_of_several_channels
                a_draining_service_disconnects_subscribers_of_several_channels
                a_subscriber_of_several_channels_ends_with_its_token
                each_of_several_new_channels_counts
                several_channels_with_a_subscriber_are_not_evicted
            }
            channels {
                a_cursor_of_a_missing_channel_stays_valid
                requests_for_missing_channels_take_no_room
                the_least_recently_used_channel_is_evicted
                channels_with_subscribers_are_not_evicted
            }
            ends {
                an_end_is_told_to_subscribers
                an_end_is_told_to_those_who_come_later
                an_ended_channel_takes_no_messages
                an_end_without_a_message_has_no_payload
                an_end_that_left_the_history_ends_nothing
                several_channels_end_when_all_have_ended
            }
            disconnects {
                a_closed_connection_ends_its_subscriber
                a_draining_service_disconnects_its_subscribers
                a_subscriber_that_arrives_during_a_drain_is_disconnected
            }
            problems {
                a_bad_subscription_is_a_named_problem
                a_repeated_parameter_is_a_named_problem
                a_problem_quotes_only_the_beginning_of_a_long_text
                unknown_paths_and_methods_are_named_problems
            }
            bad_publications {
                a_bad_publication_is_a_named_problem
            }
            requests {
                a_publication_is_in_the_history_at_once
                history_is_read_in_pages
                history_without_an_envelope_is_an_array
                head_responses_have_no_body
                no_response_may_be_cached
                health_metrics_and_worker_need_no_channel
                pipelined_requests_are_answered_in_order
            }
            idempotency {
                a_repeated_key_publishes_nothing
                a_key_is_bound_to_its_message
                a_key_holds_across_services_and_restarts
                a_key_belongs_to_its_subject
                a_key_without_a_subject_belongs_to_its_token
            }
            cors {
                an_allowed_origin_may_use_the_service
                a_refused_origin_gets_the_allowed_ones
                only_named_origins_may_send_credentials
            }
            abuse {
                malformed_requests_are_refused
                incomplete_requests_leave_nothing_behind
                a_storm_of_tcp_resets_loses_no_message
                slow_requests_time_out
                a_chunked_body_without_end_does_not_keep_its_connection
            }
            connections {
                bytes_behind_a_subscription_leave_nothing_behind
                a_tcp_reset_behind_unread_bytes_is_noticed
                a_declined_upgrade_changes_nothing
                a_publication_that_offers_a_websocket_is_accepted
                a_get_request_may_have_an_empty_body_only
                a_client_can_read_the_response_to_a_too_large_body
            }
            access {
                without_a_token_only_operations_are_allowed
                a_token_is_read_from_header_cookie_or_query
                a_token_allows_the_channels_it_names
                a_subscriber_ends_when_its_token_expires
            }
            token_keys {
                a_bad_token_is_refused_and_never_echoed
                keys_of_every_kind_are_read_from_files
                bad_tokens_are_limited_by_address
            }
            tasks {
                a_task_publishes_its_result
                a_long_task_publishes_progress_until_it_is_deleted
                a_draining_service_publishes_cancellations
            }
            task_refusals {
                a_bad_task_is_a_named_problem
                tasks_need_permission_to_publish
                an_inline_task_needs_a_setting
                tasks_are_limited_by_address_and_in_total
                tasks_can_be_switched_off
            }
            rates {
                publications_beyond_the_rate_are_refused
                each_subject_has_its_own_rate
                new_channels_beyond_the_rate_are_refused
                each_subject_has_its_own_limit_of_new_channels
            }
            limits {
                connections_beyond_the_limit_are_refused
                connections_beyond_the_limit_of_an_address_are_refused
                only_headers_count_against_the_header_limit
                requests_with_too_many_headers_are_refused
                large_bodies_are_refused_when_memory_is_short
            }
        }
    };
    (@ $subscriber:ty; $($module:ident { $($name:ident)* })*) => {
        $($(
            #[test]
            fn $name() {
                $crate::block_on($crate::scenarios::$module::$name::<$subscriber>());
            }
        )*)*
    };
}

/// Makes a test of each scenario that needs the service's program; `$program` is its path.
#[macro_export]
macro_rules! program_scenarios {
    ($program:expr) => {
        $crate::program_scenarios! { @ $program;
            logging {
                an_unread_log_blocks_no_request
                client_errors_are_not_logged
                client_errors_are_no_error_lines
            }
            disconnects {
                a_stopping_program_resets_no_connection
            }
            signals {
                sighup_drains_the_program
                an_ignored_sighup_stays_ignored
            }
            open_files {
                a_low_limit_of_open_files_is_reported
            }
        }
    };
    (@ $program:expr; $($module:ident { $($name:ident)* })*) => {
        $($(
            #[test]
            fn $name() {
                $crate::block_on($crate::scenarios::$module::$name($program));
            }
        )*)*
    };
}
