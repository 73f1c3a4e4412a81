//! Numbers in headers: octal digits, or base 256 for what does not fit.

/// Reads a field. Nothing when it holds no number that fits.
pub(super) fn read(field: &[u8]) -> Option<i64> {
    let first = *field.first()?;
    if first & 0x80 != 0 {
        return base_256(field);
    }
    let text = std::str::from_utf8(field).ok()?;
    let text = text.trim_matches(|c: char| c == '\0' || c == ' ');
    // Some writers leave fields empty that mean nothing for an entry.
    if text.is_empty() {
        return Some(0);
    }
    i64::from_str_radix(text, 8).ok().filter(|number| *number >= 0)
}

/// Two's complement, its highest bit being the mark.
fn base_256(field: &[u8]) -> Option<i64> {
    let negative = field.first()? & 0x40 != 0;
    let mut number: i128 = if negative { -1 } else { 0 };
    for (index, byte) in field.iter().enumerate() {
        let byte = if index == 0 && !negative { byte & 0x7f } else { *byte };
        number = number.checked_mul(256)?.checked_add(i128::from(byte))?;
    }
    i64::try_from(number).ok()
}

/// Writes octal digits and a zero byte. Nothing when the number does not fit: then it is in an extended header.
pub(super) fn write(field: &mut [u8], number: u64) -> Option<()> {
    let digits = field.len().checked_sub(1)?;
    let text = format!("{number:0digits$o}");
    if text.len() > digits {
        return None;
    }
    field.get_mut(..digits)?.copy_from_slice(text.as_bytes());
    Some(())
}
