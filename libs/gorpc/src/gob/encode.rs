//! Writing a stream: all descriptions of types first, then one value. A reader takes descriptions that it does not need yet, so nothing has
//! to be interrupted for one.

/// Appends a number.
pub fn put_uint(number: u64, to: &mut Vec<u8>) {
    if number < 128 {
        to.push(number as u8);
        return;
    }
    let bytes = number.to_be_bytes();
    let skip = (number.leading_zeros() / 8) as usize;
    to.push(((8 - skip) as u8).wrapping_neg());
    to.extend_from_slice(&bytes[skip..]);
}

/// Appends a signed number.
pub fn put_int(number: i64, to: &mut Vec<u8>) {
    let bits = (number as u64) << 1;
    put_uint(if number < 0 { !bits } else { bits }, to);
}

/// Appends bytes or a text, with their length.
pub fn put_bytes(bytes: &[u8], to: &mut Vec<u8>) {
    put_uint(bytes.len() as u64, to);
    to.extend_from_slice(bytes);
}

/// Appends what an interface holds: the name under which Go knows its type, the type's id, the value. `is_struct` of that type.
pub fn put_interface(registered: &str, id: i64, is_struct: bool, value: &[u8], to: &mut Vec<u8>) {
    put_bytes(registered.as_bytes(), to);
    put_int(id, to);
    if is_struct {
        put_bytes(value, to);
    } else {
        put_uint(value.len() as u64 + 1, to);
        to.push(0);
        to.extend_from_slice(value);
    }
}

/// Ids of types that every stream knows.
pub mod ids {
    /// `bool`
    pub const BOOL: i64 = 1;
    /// `int`
    pub const INT: i64 = 2;
    /// `uint`
    pub const UINT: i64 = 3;
    /// `string`
    pub const STRING: i64 = 6;
    /// `interface{}`
    pub const INTERFACE: i64 = 8;
    /// The first that a stream may give out itself.
    pub const FIRST: i64 = 65;
}

/// A type to describe.
#[derive(Clone, Copy, Debug)]
pub enum Shape<'a> {
    /// A map: ids of key and element.
    Map(i64, i64),
    /// A slice: id of the element.
    Slice(i64),
    /// A struct: names and ids of its fields.
    Struct(&'a [(&'a str, i64)]),
    /// A type that encodes itself.
    Opaque,
}

/// Appends the description of a type.
pub fn put_type(id: i64, name: &str, shape: Shape<'_>, stream: &mut Vec<u8>) {
    let mut message = Vec::new();
    put_int(-id, &mut message);
    // Which kind it is: the field of the description, counted from 0, as a difference from -1.
    let kind = match shape {
        Shape::Slice(_) => 2,
        Shape::Struct(_) => 3,
        Shape::Map(..) => 4,
        Shape::Opaque => 5,
    };
    message.push(kind);
    // Of which the first field is the common part: name and id.
    message.extend_from_slice(&[1, 1]);
    put_bytes(name.as_bytes(), &mut message);
    message.push(1);
    put_int(id, &mut message);
    message.push(0);
    match shape {
        Shape::Map(key, element) => {
            message.push(1);
            put_int(key, &mut message);
            message.push(1);
            put_int(element, &mut message);
        }
        Shape::Slice(element) => {
            message.push(1);
            put_int(element, &mut message);
        }
        Shape::Struct([]) => {}
        Shape::Struct(fields) => {
            message.push(1);
            put_uint(fields.len() as u64, &mut message);
            for (name, id) in fields {
                message.push(1);
                put_bytes(name.as_bytes(), &mut message);
                message.push(1);
                put_int(*id, &mut message);
                message.push(0);
            }
        }
        Shape::Opaque => {}
    }
    message.extend_from_slice(&[0, 0]);
    put_bytes(&message, stream);
}

/// Appends the value of the stream.
pub fn put_value(id: i64, is_struct: bool, value: &[u8], stream: &mut Vec<u8>) {
    let mut message = Vec::new();
    put_int(id, &mut message);
    if !is_struct {
        message.push(0);
    }
    message.extend_from_slice(value);
    put_bytes(&message, stream);
}
