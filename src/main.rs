//! The `entraflow` program.
fn main() {}
