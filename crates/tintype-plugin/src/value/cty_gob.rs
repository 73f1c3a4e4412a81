//! A value as gob: how data sources of older plugins answer.

use std::sync::Arc;

use cty::{Number, Type, Value};
use gorpc::gob::{Gob, Shape, decode, ids, put_bytes, put_interface, put_type, put_uint, put_value};

use super::{MAX_DEPTH, gob_type};

pub(super) fn read(bytes: &[u8]) -> Result<Value, String> {
    let outer = decode(bytes).map_err(|error| error.to_string())?;
    let inner =
        decode(outer.as_opaque().ok_or("the value is missing")?).map_err(|error| error.to_string())?;
    let ty = gob_type::read(inner.field("Ty").and_then(Gob::as_opaque).ok_or("the value has no type")?)?;
    value(inner.field("V").unwrap_or(&Gob::Interface(None)), &ty, 0)
}

fn value(gob: &Gob, ty: &Type, depth: usize) -> Result<Value, String> {
    if depth > MAX_DEPTH {
        return Err("a value is nested too deep".into());
    }
    let Gob::Interface(held) = gob else { return Err("a value is malformed".into()) };
    let Some((_, held)) = held else { return Ok(Value::null(ty.clone())) };
    let each = |items: &[Gob], ty: &Type| -> Result<Vec<Value>, String> {
        items.iter().map(|item| value(item, ty, depth + 1)).collect()
    };
    match (&**held, ty) {
        (Gob::Str(text), Type::String) => Ok(Value::string(String::from_utf8_lossy(text))),
        (Gob::Bool(yes), Type::Bool) => Ok(Value::bool(*yes)),
        (Gob::Opaque(bytes), Type::Number) => big_float(bytes).map(Value::number),
        (Gob::List(items), Type::List(of)) => Ok(Value::list((**of).clone(), each(items, of)?)),
        (Gob::List(items), Type::Tuple(types)) if items.len() == types.len() => {
            let each = items.iter().zip(types.iter()).map(|(item, ty)| value(item, ty, depth + 1));
            Ok(Value::tuple(each.collect::<Result<_, _>>()?))
        }
        (Gob::Opaque(bytes), Type::Set(of)) => {
            let set = decode(bytes).map_err(|error| error.to_string())?;
            let items = match set.field("Values") {
                Some(Gob::List(items)) => &items[..],
                _ => &[],
            };
            Ok(Value::set((**of).clone(), each(items, of)?))
        }
        (Gob::Map(entries), Type::Map(of)) => {
            let entry = |(name, item): &(Gob, Gob)| Ok((key(name)?, value(item, of, depth + 1)?));
            Ok(Value::map((**of).clone(), entries.iter().map(entry).collect::<Result<_, String>>()?))
        }
        (Gob::Map(entries), Type::Object(object)) => {
            let mut attributes: std::collections::BTreeMap<_, _> =
                object.attributes.iter().map(|(name, ty)| (name.clone(), Value::null(ty.clone()))).collect();
            for (name, item) in entries {
                let name = key(name)?;
                let ty = object.attribute(&name)?;
                attributes.insert(name, value(item, ty, depth + 1)?);
            }
            Ok(Value::object(attributes))
        }
        (_, ty) => Err(format!("a value is no {}", ty.friendly_name())),
    }
}

trait Attribute {
    fn attribute(&self, name: &str) -> Result<&Type, String>;
}

impl Attribute for cty::ObjectType {
    fn attribute(&self, name: &str) -> Result<&Type, String> {
        self.attributes.get(name).ok_or_else(|| format!("the type has no attribute {name:?}"))
    }
}

fn key(gob: &Gob) -> Result<Arc<str>, String> {
    gob.as_str().map(Into::into).ok_or_else(|| "a key is no text".to_owned())
}

/// Go's numbers of any precision: version, flags, precision, exponent, mantissa, where the value is `0.mantissa * 2^exponent`.
pub(super) fn big_float(bytes: &[u8]) -> Result<Number, String> {
    let wrong = || "a number is malformed".to_owned();
    let (&[version, flags, ..], rest) = (bytes, bytes.get(6..).ok_or_else(wrong)?) else {
        return Err(wrong());
    };
    if version != 1 {
        return Err(wrong());
    }
    let negative = flags & 1 == 1;
    let sign = if negative { "-" } else { "" };
    match flags >> 1 & 3 {
        0 => Ok(if negative { Number::ZERO.neg() } else { Number::ZERO }),
        1 => {
            let (exponent, mantissa) = rest.split_first_chunk::<4>().ok_or_else(wrong)?;
            // 512 bits of precision are 64 bytes; nothing has more.
            if mantissa.is_empty() || mantissa.len() > 128 {
                return Err(wrong());
            }
            let digits: String = mantissa.iter().map(|byte| format!("{byte:02x}")).collect();
            let whole = Number::parse_integer(&digits, 16).ok_or_else(wrong)?;
            let exponent = i64::from(i32::from_be_bytes(*exponent)) - mantissa.len() as i64 * 8;
            Number::parse(&format!("{sign}{whole}p{exponent}")).ok_or_else(wrong)
        }
        2 => Ok(if negative { Number::NEG_INFINITY } else { Number::INFINITY }),
        _ => Err(wrong()),
    }
}

const VALUE: i64 = ids::FIRST;
const OUTER: i64 = ids::FIRST;
const TYPE: i64 = ids::FIRST + 1;
const FLOAT: i64 = ids::FIRST + 2;
const LIST: i64 = ids::FIRST + 3;
const MAP: i64 = ids::FIRST + 4;

pub(super) fn write(value: &Value) -> Result<Vec<u8>, String> {
    let mut inner = Vec::new();
    let fields = [("Version", ids::INT), ("Ty", TYPE), ("V", ids::INTERFACE)];
    put_type(VALUE, "gobValue", Shape::Struct(&fields), &mut inner);
    put_type(TYPE, "Type", Shape::Opaque, &mut inner);
    put_type(FLOAT, "Float", Shape::Opaque, &mut inner);
    put_type(LIST, "", Shape::Slice(ids::INTERFACE), &mut inner);
    put_type(MAP, "", Shape::Map(ids::STRING, ids::INTERFACE), &mut inner);
    let mut record = vec![2];
    put_bytes(&gob_type::write(value.ty())?, &mut record);
    record.push(1);
    interface(value, &mut record)?;
    record.push(0);
    put_value(VALUE, true, &record, &mut inner);
    let mut stream = Vec::new();
    put_type(OUTER, "Value", Shape::Opaque, &mut stream);
    let mut opaque = Vec::new();
    put_bytes(&inner, &mut opaque);
    put_value(OUTER, false, &opaque, &mut stream);
    Ok(stream)
}

fn interface(value: &Value, out: &mut Vec<u8>) -> Result<(), String> {
    if !value.is_known() {
        return Err("the value is not known".into());
    }
    let mut content = Vec::new();
    if value.is_null() {
        put_uint(0, out);
    } else if let Some(text) = value.as_str() {
        put_bytes(text.as_bytes(), &mut content);
        put_interface("string", ids::STRING, false, &content, out);
    } else if let Some(yes) = value.as_bool() {
        put_interface("bool", ids::BOOL, false, &[u8::from(yes)], out);
    } else if let Some(number) = value.as_number() {
        put_bytes(&float_bytes(number), &mut content);
        put_interface("math/big.Float", FLOAT, false, &content, out);
    } else if let (Type::List(_) | Type::Tuple(_), Some(elements)) = (value.ty(), value.elements()) {
        put_uint(elements.len() as u64, &mut content);
        elements.iter().try_for_each(|element| interface(element, &mut content))?;
        put_interface("[]interface {}", LIST, false, &content, out);
    } else if let Some(entries) = value.entries() {
        put_uint(entries.len() as u64, &mut content);
        for (name, value) in entries {
            put_bytes(name.as_bytes(), &mut content);
            interface(value, &mut content)?;
        }
        put_interface("map[string]interface {}", MAP, false, &content, out);
    } else {
        return Err("the value has no form in gob".into());
    }
    Ok(())
}

/// All bits of a number: the first one is set, and the bytes fill Go's machine words of eight.
fn float_bytes(number: &Number) -> Vec<u8> {
    const FORM_FINITE: u8 = 1 << 1;
    const FORM_INFINITE: u8 = 2 << 1;
    const TO_NEAREST_EVEN_EXACT: u8 = 1 << 3;
    let flags = TO_NEAREST_EVEN_EXACT | u8::from(number.is_negative());
    let head = |form: u8, bytes: usize| {
        let precision = u32::try_from(bytes.max(8) * 8).unwrap_or(u32::MAX);
        let mut out = vec![1, flags | form];
        out.extend_from_slice(&precision.to_be_bytes());
        out
    };
    let Some((bytes, exponent)) = number.to_binary() else { return head(FORM_INFINITE, 0) };
    let Some(first) = bytes.first() else { return head(0, 0) };
    let unused = first.leading_zeros();
    let mut mantissa: Vec<u8> = bytes
        .iter()
        .zip(bytes.iter().skip(1).chain(&[0]))
        .map(|(&high, &low)| (u16::from_be_bytes([high, low]) << unused).to_be_bytes()[0])
        .collect();
    mantissa.resize(mantissa.len().next_multiple_of(8), 0);
    let top = exponent + bytes.len() as i64 * 8 - i64::from(unused);
    let mut out = head(FORM_FINITE, mantissa.len());
    out.extend_from_slice(
        &i32::try_from(top).unwrap_or(if top < 0 { i32::MIN } else { i32::MAX }).to_be_bytes(),
    );
    out.extend_from_slice(&mantissa);
    out
}
