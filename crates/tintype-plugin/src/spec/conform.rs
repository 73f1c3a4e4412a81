//! Brings options to exactly the object that a plugin wants: it accepts no other type, and every attribute must be there. That what is
//! required is set was seen to when the block was decoded.

use std::collections::BTreeMap;
use std::sync::Arc;

use cty::{Type, Value};

use super::Spec;

/// What does not fit: the path of the option, and why.
#[derive(PartialEq, Debug)]
pub(crate) enum Misfit {
    /// There is no such option.
    Unknown(String),
    /// It is of another type: a sentence.
    Wrong(String, String),
}

/// The object that becomes of a body's value. Everything that does not fit is reported at once.
pub(crate) fn conform(value: &Value, spec: &Spec) -> Result<Value, Vec<Misfit>> {
    let mut misfits = Vec::new();
    let value = fit(Some(value), spec, "", &mut misfits);
    if misfits.is_empty() { Ok(value) } else { Err(misfits) }
}

fn fit(value: Option<&Value>, spec: &Spec, path: &str, misfits: &mut Vec<Misfit>) -> Value {
    let value = value.filter(|value| !value.is_null());
    match spec {
        Spec::Attr { ty, .. } => attribute(value, ty, path, misfits),
        Spec::Block { nested, .. } => match value {
            Some(value) => fit(Some(value), nested, path, misfits),
            None => Value::null(nested.ty()),
        },
        Spec::Blocks { nested, .. } => {
            let blocks = value.and_then(Value::elements).unwrap_or_default();
            let each =
                |(at, block): (usize, &Value)| fit(Some(block), nested, &format!("{path}[{at}]"), misfits);
            Value::list(nested.ty(), blocks.iter().enumerate().map(each).collect())
        }
        Spec::Object(members) => {
            let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            for (name, value) in value.and_then(Value::entries).into_iter().flatten() {
                if !value.is_null() && !members.iter().any(|(key, member)| named(key, member) == &**name) {
                    misfits.push(Misfit::Unknown(below(name)));
                }
            }
            let mut attributes: BTreeMap<Arc<str>, Value> = BTreeMap::new();
            for (key, member) in members {
                let name = named(key, member);
                let inner = below(name);
                let found = value.and_then(|value| value.get_attr(name));
                attributes.insert(Arc::from(&**key), fit(found, member, &inner, misfits));
            }
            Value::object(attributes)
        }
    }
}

/// The name of a member in a template.
fn named<'a>(key: &'a str, member: &'a Spec) -> &'a str {
    match member {
        Spec::Attr { name, .. } | Spec::Block { name, .. } | Spec::Blocks { name, .. } => name,
        Spec::Object(_) => key,
    }
}

fn attribute(value: Option<&Value>, ty: &Type, path: &str, misfits: &mut Vec<Misfit>) -> Value {
    let Some(value) = value else { return Value::null(ty.clone()) };
    cty::convert(&value.without_marks(), ty).unwrap_or_else(|error| {
        misfits.push(Misfit::Wrong(path.to_owned(), error.to_string()));
        Value::null(ty.clone())
    })
}
