//! The integration tests, in one binary because linking is what costs.

mod documented;
mod emulator_payloads;
mod emulator_routes;
mod emulator_support;
mod graph_errors;
mod graph_reading;
mod graph_signing_in;
mod graph_waiting;
mod graph_writing;
mod layers;
mod scripted;
mod yaml;
