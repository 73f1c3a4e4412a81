//! Digests of texts, and passwords that only a digest is kept of.

use bcrypt::Version;
use cty::{Type, Value};
use hcl::function::Param;
use hcl::{Function, FunctionError};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::args::{text, whole};

pub(super) fn functions() -> Vec<Function> {
    vec![
        digest::<Md5>(
            "md5",
            "The MD5 digest of the text's UTF-8 bytes.",
            &[(r#"md5("packer image")"#, "ab9f28fc2da147dfeb518ef0c46d2332")],
        ),
        digest::<Sha1>(
            "sha1",
            "The SHA-1 digest of the text's UTF-8 bytes.",
            &[(r#"sha1("packer image")"#, "77c61d1a4a33705601319f827851b457041f9048")],
        ),
        digest::<Sha256>(
            "sha256",
            "The SHA-256 digest of the text's UTF-8 bytes.",
            &[(
                r#"sha256("packer image")"#,
                "1521e6eb9beee30986183f05bda73a1956ecb5bb470413651d536e9de19d3256",
            )],
        ),
        digest::<Sha512>(
            "sha512",
            "The SHA-512 digest of the text's UTF-8 bytes.",
            &[(r#"substr(sha512("packer image"), 0, 16)"#, "6f154003c3d518f5")],
        ),
        Function::new("bcrypt", Type::String, |args, _| bcrypt_text(args))
            .doc("A bcrypt hash of the text, new at every call. The cost is from 4 to 17, 10 if not given.")
            .param("text", Type::String)
            .variadic(Param::new("cost", Type::Number))
            .examples(&[(r#"startswith(bcrypt("pw", 4), "$2a$04$")"#, "true")]),
    ]
}

fn digest<D: Digest + 'static>(
    name: &'static str,
    doc: &'static str,
    examples: &'static [(&'static str, &'static str)],
) -> Function {
    Function::new(name, Type::String, |args, _| {
        let digest = D::digest(text(args, 0)?.as_bytes());
        Ok(Value::string(digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()))
    })
    .doc(doc)
    .param("text", Type::String)
    .examples(examples)
}

const DEFAULT_COST: u32 = 10;

/// Each step doubles the time. With this one it is some ten seconds.
const MAX_COST: u32 = 17;
/// In bytes.
const MAX_PASSWORD: usize = 72;

fn bcrypt_text(args: &[Value]) -> super::args::Result<Value> {
    let cost = match args.len() {
        1 => DEFAULT_COST,
        2 => match whole(args, 1)? {
            ..4 => DEFAULT_COST,
            cost => u32::try_from(cost).unwrap_or(u32::MAX),
        },
        _ => return Err(FunctionError::call("at most a text and a cost are taken")),
    };
    if (MAX_COST + 1..=31).contains(&cost) {
        return Err(FunctionError::argument(
            1,
            format!("a cost of {cost} takes hours or days; the most that is taken here is {MAX_COST}"),
        ));
    }
    let password = text(args, 0)?;
    if password.len() > MAX_PASSWORD {
        return Err(FunctionError::call(format!(
            "the text is longer than {MAX_PASSWORD} bytes; bcrypt would ignore the rest"
        )));
    }
    let hash =
        bcrypt::hash_with_result(password, cost).map_err(|error| FunctionError::call(error.to_string()))?;
    Ok(Value::string(hash.format_for_version(Version::TwoA)))
}
