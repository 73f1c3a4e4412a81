//! From a value to bytes, in the forms that Go's codec chooses: they decide which type an untyped slot gets on the other side.

use rmp::Marker;
use rmp::encode::{
    write_array_len, write_bin, write_bool, write_ext_meta, write_f64, write_i8, write_i16, write_i32,
    write_i64, write_map_len, write_nfix, write_nil, write_pfix, write_str_len, write_u8, write_u16,
    write_u32, write_u64,
};

use super::Value;

/// Appends the encoded value.
pub fn encode(value: &Value, to: &mut Vec<u8>) {
    // Writing into a vector cannot fail, and a length beyond 32 bits is beyond memory, too.
    let _ = write(value, to);
}

type Failed = rmp::encode::ValueWriteError<std::io::Error>;

fn write(value: &Value, to: &mut Vec<u8>) -> Result<(), Failed> {
    match value {
        Value::Nil => write_nil(to).map_err(Failed::InvalidMarkerWrite)?,
        Value::Bool(yes) => write_bool(to, *yes).map_err(Failed::InvalidMarkerWrite)?,
        Value::Int(number) => write_signed(*number, to)?,
        Value::Uint(number) => write_unsigned(*number, to)?,
        Value::Float(number) => write_f64(to, *number)?,
        Value::Str(text) => {
            write_str_len(to, length(text.len()))?;
            to.extend_from_slice(text);
        }
        Value::Bin(bytes) => write_bin(to, bytes)?,
        Value::Array(items) => {
            write_array_len(to, length(items.len()))?;
            items.iter().try_for_each(|item| write(item, to))?;
        }
        Value::Map(entries) => {
            write_map_len(to, length(entries.len()))?;
            for (key, value) in entries {
                write(key, to)?;
                write(value, to)?;
            }
        }
        Value::Ext(kind, bytes) => {
            write_ext_meta(to, length(bytes.len()), *kind)?;
            to.extend_from_slice(bytes);
        }
        Value::Raw(bytes) => to.extend_from_slice(bytes),
    }
    Ok(())
}

fn length(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// Always in a signed form: 200 takes three bytes.
fn write_signed(number: i64, to: &mut Vec<u8>) -> Result<(), Failed> {
    if let Ok(small) = i8::try_from(number) {
        return match small {
            0.. => write_pfix(to, small.unsigned_abs()).map_err(Failed::InvalidMarkerWrite),
            -32..0 => write_nfix(to, small).map_err(Failed::InvalidMarkerWrite),
            _ => write_i8(to, small),
        };
    }
    if let Ok(number) = i16::try_from(number) {
        write_i16(to, number)
    } else if let Ok(number) = i32::try_from(number) {
        write_i32(to, number)
    } else {
        write_i64(to, number)
    }
}

fn write_unsigned(number: u64, to: &mut Vec<u8>) -> Result<(), Failed> {
    match number {
        0..128 => {
            to.push(Marker::FixPos(number as u8).to_u8());
            Ok(())
        }
        128..0x100 => write_u8(to, number as u8),
        0x100..0x1_0000 => write_u16(to, number as u16),
        0x1_0000..0x1_0000_0000 => write_u32(to, number as u32),
        _ => write_u64(to, number),
    }
}
