//! Fixers for docker and its post-processors.

use super::Fixer;
use super::template::Template;
use super::value::Value;

pub(super) const LOGIN_EMAIL: Fixer =
    Fixer { name: "docker-email", about: "login_email is dropped", apply: login_email };

pub(super) const TAGS: Fixer =
    Fixer { name: "docker-tag-tags", about: "tag of docker-tag becomes part of tags", apply: tags };

fn login_email(template: &mut Template) -> Result<(), String> {
    // A template that only makes an image has no use for a login, and is left as it is.
    if template.has_post_processors() {
        template.builders().for_each(|builder| drop(builder.remove("login_email")));
        template.post_processors().for_each(|post| drop(post.remove("login_email")));
    }
    Ok(())
}

fn tags(template: &mut Template) -> Result<(), String> {
    for post in template.post_processors_of("docker-tag") {
        let mut tags: Vec<Value> = Vec::new();
        for key in ["tag", "tags"] {
            for tag in words(post.remove(key), key)? {
                if !tags.contains(&tag) {
                    tags.push(tag);
                }
            }
        }
        post.insert("tags".to_owned(), Value::List(tags));
    }
    Ok(())
}

/// A list, or a text with commas.
fn words(value: Option<Value>, key: &str) -> Result<Vec<Value>, String> {
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Text(text)) => Ok(text.split(',').map(|word| word.trim().into()).collect()),
        Some(Value::List(items)) => items.into_iter().map(|item| word(item, key)).collect(),
        Some(other) => Ok(vec![word(other, key)?]),
    }
}

fn word(value: Value, key: &str) -> Result<Value, String> {
    match value {
        Value::Text(_) => Ok(value),
        Value::Number(number) => Ok(number.to_string().into()),
        other => Err(format!("{key} of docker-tag must be a string, and is {}.", other.kind())),
    }
}
