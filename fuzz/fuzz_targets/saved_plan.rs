#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| entraflow_fuzz::saved_plan(bytes));
