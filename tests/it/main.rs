//! The integration tests, in one binary because linking is what costs.

mod documented;
mod emulator_payloads;
mod emulator_routes;
mod emulator_support;
