//! Hands libFuzzer's bytes to the check of the same name; what must hold is said there.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tintype_fuzz::wire::check(bytes));
