//! Fixers for what names of images are made with.

use super::Fixer;
use super::template::Template;
use super::value::Value;

pub(super) const CREATE_TIME: Fixer =
    Fixer { name: "createtime", about: "{{.CreateTime}} becomes {{timestamp}}", apply: create_time };

pub(super) const CLEAN_RESOURCE_NAME: Fixer = Fixer {
    name: "clean-image-name",
    about: "clean_image_name and clean_ami_name become clean_resource_name",
    apply: clean_resource_name,
};

fn create_time(template: &mut Template) -> Result<(), String> {
    for builder in template.builders() {
        for key in ["ami_name", "bundle_prefix", "snapshot_name"] {
            if let Some(Value::Text(text)) = builder.get_mut(key) {
                *text = with_timestamp(text);
            }
        }
    }
    Ok(())
}

fn with_timestamp(text: &str) -> String {
    let mut done = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, action)) = rest.split_once("{{") {
        done.push_str(before);
        let behind = action.trim_start().strip_prefix(".CreateTime").map(str::trim_start);
        match behind.and_then(|behind| behind.strip_prefix("}}")) {
            Some(behind) => {
                done.push_str("{{timestamp}}");
                rest = behind;
            }
            None => {
                done.push_str("{{");
                rest = action;
            }
        }
    }
    done + rest
}

fn clean_resource_name(template: &mut Template) -> Result<(), String> {
    for builder in template.builders() {
        for value in builder.values_mut() {
            match value {
                Value::Object(inner) => inner.values_mut().for_each(with_new_name),
                other => with_new_name(other),
            }
        }
    }
    Ok(())
}

fn with_new_name(value: &mut Value) {
    if let Value::Text(text) = value {
        *text = text
            .replace("clean_image_name", "clean_resource_name")
            .replace("clean_ami_name", "clean_resource_name");
    }
}
