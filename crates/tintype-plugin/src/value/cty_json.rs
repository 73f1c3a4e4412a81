//! A value with its type as JSON: how options travel.

use cty::{Type, Value};

use super::type_json;

/// `{"value":…,"type":…}`. The value must be known.
pub(crate) fn to_cty_json(value: &Value) -> Result<Vec<u8>, String> {
    let mut out = String::from("{\"value\":");
    out.push_str(&cty::to_json(value).map_err(|error| error.to_string())?);
    out.push_str(",\"type\":");
    type_json::write(value.ty(), &mut out);
    out.push('}');
    Ok(out.into_bytes())
}

/// Reads it back. Members of the type that the value lacks are null.
pub(crate) fn from_cty_json(bytes: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "the options are no text")?;
    let json = cty::from_json(text).map_err(|error| error.to_string())?;
    let (Some(value), Some(ty)) = (json.get_attr("value"), json.get_attr("type")) else {
        return Err("the options are no value with a type".into());
    };
    typed(value, &type_json::read(ty, 0)?)
}

fn typed(value: &Value, ty: &Type) -> Result<Value, String> {
    if value.is_null() {
        return Ok(Value::null(ty.clone()));
    }
    let elements = || value.elements().ok_or_else(|| "a list is needed".to_owned());
    let entries = || value.entries().ok_or_else(|| "an object is needed".to_owned());
    Ok(match ty {
        Type::List(of) => Value::list((**of).clone(), all(elements()?, of)?),
        Type::Set(of) => Value::set((**of).clone(), all(elements()?, of)?),
        Type::Tuple(of) => {
            let each = elements()?.iter().zip(of.iter()).map(|(value, ty)| typed(value, ty));
            Value::tuple(each.collect::<Result<_, _>>()?)
        }
        Type::Map(of) => {
            let each = entries()?.iter().map(|(name, value)| Ok((name.clone(), typed(value, of)?)));
            Value::map((**of).clone(), each.collect::<Result<_, String>>()?)
        }
        Type::Object(object) => {
            let entries = entries()?;
            let each = object.attributes.iter().map(|(name, ty)| match entries.get(name) {
                Some(value) => Ok((name.clone(), typed(value, ty)?)),
                None => Ok((name.clone(), Value::null(ty.clone()))),
            });
            Value::object(each.collect::<Result<_, String>>()?)
        }
        // Wrapped again, with a type of its own.
        Type::Dynamic => match (value.get_attr("value"), value.get_attr("type")) {
            (Some(value), Some(ty)) => typed(value, &type_json::read(ty, 0)?)?,
            _ => return Err("a value has no type".into()),
        },
        _ => cty::convert(value, ty).map_err(|error| error.to_string())?,
    })
}

fn all(values: &[Value], ty: &Type) -> Result<Vec<Value>, String> {
    values.iter().map(|value| typed(value, ty)).collect()
}
