//! The integration tests, in one binary because linking is what costs.

#![expect(
    clippy::unwrap_used,
    reason = "a helper that cannot go on ends the test at the line"
)]

mod assumed_answers;
mod assumptions;
mod backup;
mod bad_files;
mod batched_steps;
mod ci_examples;
mod contributing;
mod convert;
mod diagrams;
mod documented;
mod drift;
mod emulator_control;
mod emulator_external;
mod emulator_faults;
mod emulator_flows;
mod emulator_objects;
mod emulator_payloads;
mod emulator_protocol;
mod emulator_routes;
mod emulator_scripts;
mod emulator_support;
mod emulator_tenants;
mod example_files;
mod examples;
mod exit_codes;
mod expected;
mod explain;
mod export;
mod fuzz_corpus;
mod graph_credentials;
mod graph_errors;
mod graph_reading;
mod graph_signing_in;
mod graph_waiting;
mod graph_writing;
mod half_done;
mod input_files;
mod interrupted;
mod journal;
mod killed;
mod kinds;
mod layers;
mod limits;
mod live_responses;
mod log_commands;
mod logs;
mod loopback;
mod many;
mod minimum;
mod minimum_apply;
mod misbehaving;
mod namesakes;
mod other_objects;
mod person;
mod program;
mod quoted_secrets;
mod readme;
mod registry;
mod report_forms;
mod reports;
mod round_trips;
mod running_emulator;
mod saved_plan;
mod schemas;
mod scripted;
mod secrets;
mod sign_up_off;
mod signing_in;
mod streams;
#[expect(dead_code, reason = "the scenarios use the rest")]
mod sweep;
mod tenant_state;
mod throttled;
mod tls;
mod unread_parts;
mod unseen;
mod unsettled;
mod variables;
mod yaml;
mod yaml_edit;
