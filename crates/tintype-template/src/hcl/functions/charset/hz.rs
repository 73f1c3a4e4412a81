//! HZ-GB-2312: Chinese in seven bits (RFC 1843). Between `~{` and `~}` two bytes are a character of GB 2312, which are those of GBK
//! without their high bits.

use encoding_rs::GBK;

/// The text, or the first character that the encoding does not have.
pub(super) fn encode(text: &str) -> Result<Vec<u8>, char> {
    let mut out = Vec::with_capacity(text.len());
    let mut chinese = false;
    for c in text.chars() {
        match u8::try_from(c) {
            // Written twice in either state, which readers accept in either.
            Ok(b'~') => out.extend(b"~~"),
            Ok(byte) if byte.is_ascii() => {
                if std::mem::take(&mut chinese) {
                    out.extend(b"~}");
                }
                out.push(byte);
            }
            _ => {
                let pair = gb2312(c).ok_or(c)?;
                if !std::mem::replace(&mut chinese, true) {
                    out.extend(b"~{");
                }
                out.extend(pair.map(|byte| byte & 0x7f));
            }
        }
    }
    Ok(out)
}

fn gb2312(c: char) -> Option<[u8; 2]> {
    if c == '€' {
        // GBK has a byte of its own for it.
        return Some([0xa2, 0xe3]);
    }
    let mut buffer = [0; 4];
    let (bytes, _, unmapped) = GBK.encode(c.encode_utf8(&mut buffer));
    match *bytes {
        [first, second] if !unmapped && first >= 0xa1 && second >= 0xa1 => Some([first, second]),
        _ => None,
    }
}

/// Nothing when the bytes are no text in this encoding.
pub(super) fn decode(mut bytes: &[u8]) -> Option<String> {
    let mut out = String::new();
    let mut chinese = false;
    loop {
        bytes = match bytes {
            [] => return Some(out),
            [b'~', b'{', rest @ ..] => {
                chinese = true;
                rest
            }
            [b'~', b'}', rest @ ..] => {
                chinese = false;
                rest
            }
            [b'~', b'~', rest @ ..] => {
                out.push('~');
                rest
            }
            // A line that goes on.
            [b'~', b'\n', rest @ ..] => rest,
            [b'\n', rest @ ..] if !chinese => {
                out.push('\n');
                rest
            }
            [first @ 0x21..=0x7d, second @ 0x21..=0x7e, rest @ ..] if chinese => {
                let pair = [first | 0x80, second | 0x80];
                out.push_str(&GBK.decode_without_bom_handling_and_without_replacement(&pair)?);
                rest
            }
            [byte, rest @ ..] if !chinese && *byte != b'~' && byte.is_ascii() => {
                out.push(char::from(*byte));
                rest
            }
            _ => return None,
        };
    }
}
