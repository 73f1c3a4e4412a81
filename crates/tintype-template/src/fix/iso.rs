//! Fixers for the checksum of an installation medium: once a key for each algorithm, then a sum and its type, now one text.

use super::Fixer;
use super::template::{Template, text};
use super::value::Value;

pub(super) const MD5: Fixer =
    Fixer { name: "iso-md5", about: "iso_md5 becomes iso_checksum with iso_checksum_type md5", apply: md5 };

pub(super) const CHECKSUM: Fixer = Fixer {
    name: "iso-checksum-type-and-url",
    about: "iso_checksum_type and iso_checksum_url become part of iso_checksum",
    apply: checksum,
};

fn md5(template: &mut Template) -> Result<(), String> {
    for builder in template.builders() {
        if let Some(Value::Text(_)) = builder.get("iso_md5")
            && let Some(sum) = builder.remove("iso_md5")
        {
            builder.insert("iso_checksum".to_owned(), sum);
            builder.insert("iso_checksum_type".to_owned(), "md5".into());
        }
    }
    Ok(())
}

fn checksum(template: &mut Template) -> Result<(), String> {
    for builder in template.builders() {
        let url = builder.remove("iso_checksum_url");
        let kind = builder.remove("iso_checksum_type");
        let words = |value: &Option<Value>| {
            value.as_ref().and_then(Value::as_text).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let sum = match (words(&url), words(&kind), text(builder, "iso_checksum")) {
            (Some(url), _, _) => format!("file:{url}"),
            (None, Some(kind), Some(sum)) if !sum.is_empty() => format!("{kind}:{sum}"),
            _ => continue,
        };
        builder.insert("iso_checksum".to_owned(), sum.into());
    }
    Ok(())
}
