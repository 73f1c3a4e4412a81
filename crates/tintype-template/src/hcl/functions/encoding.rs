//! Texts in other clothes: base64, percent signs, gzip.

use std::io::Write;

use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use cty::{Type, Value};
use flate2::Compression;
use flate2::write::GzEncoder;
use hcl::{Function, FunctionError};

use super::args::{Result, text};

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("base64encode", Type::String, |args, _| Ok(Value::string(STANDARD.encode(text(args, 0)?))))
            .doc("The UTF-8 bytes of the text in base64.")
            .param("text", Type::String)
            .examples(&[(r#"base64encode("héllo")"#, "aMOpbGxv")]),
        Function::new("base64decode", Type::String, |args, _| {
            let bytes = base64_bytes(text(args, 0)?).map_err(FunctionError::call)?;
            let text = String::from_utf8(bytes)
                .map_err(|_| FunctionError::call("the decoded bytes are no UTF-8; textdecodebase64 knows other encodings"))?;
            Ok(Value::string(text))
        })
        .doc("The text that base64 stands for. Line ends are skipped.")
        .param("text", Type::String)
        .examples(&[(r#"base64decode("w6k=")"#, "é"), (r#"base64decode("Y\nQ==")"#, "a")]),
        Function::new("base64gzip", Type::String, |args, _| {
            let bytes = gzip(text(args, 0)?).map_err(|error| FunctionError::call(error.to_string()))?;
            Ok(Value::string(STANDARD.encode(bytes)))
        })
        .doc("The text compressed with gzip, in base64.")
        .param("text", Type::String)
        .examples(&[(r#"startswith(base64gzip("x"), "H4sI")"#, "true")]),
        Function::new("urlencode", Type::String, |args, _| Ok(Value::string(urlencode(text(args, 0)?))))
            .doc("The text as a part of a URL's query: blanks become +, what has a meaning there is escaped with percent signs.")
            .param("text", Type::String)
            .examples(&[(r#"urlencode("a b&c=d/e?f")"#, "a+b%26c%3Dd%2Fe%3Ff"), (r#"urlencode("~-._*é")"#, "~-._%2A%C3%A9")]),
    ]
}

/// Bits that are left over at the end need not be zero.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// The bytes that base64 stands for, line ends skipped.
pub(super) fn base64_bytes(text: &str) -> std::result::Result<Vec<u8>, String> {
    let text: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    LENIENT.decode(text).map_err(|error| format!("this is no base64: {error}"))
}

fn gzip(text: &str) -> std::io::Result<Vec<u8>> {
    let mut encoder: GzEncoder<Vec<u8>> =
        flate2::GzBuilder::new().operating_system(255).write(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes())?;
    encoder.flush()?;
    encoder.finish()
}

fn urlencode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

/// Bytes in base64.
pub(super) fn base64_text(bytes: &[u8]) -> Result<Value> {
    Ok(Value::string(STANDARD.encode(bytes)))
}
