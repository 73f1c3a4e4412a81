//! Texts as bytes of other encodings than UTF-8, known by the names and aliases of the IANA registry.

mod ebcdic;
mod hz;

use cty::{Type, Value};
use encoding_rs::Encoding;
use hcl::{Function, FunctionError};

use super::args::text;
use super::encoding::{base64_bytes, base64_text};

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("textencodebase64", Type::String, |args, _| {
            let charset = Charset::named(text(args, 1)?).map_err(|message| FunctionError::argument(1, message))?;
            let bytes = charset.encode(text(args, 0)?).map_err(|message| FunctionError::argument(0, message))?;
            base64_text(&bytes)
        })
        .doc("The text as bytes of an encoding, in base64: UTF-8, UTF-16LE, ISO-8859-1, windows-1252, Shift_JIS, GBK, IBM437, …")
        .param("text", Type::String)
        .param("encoding", Type::String)
        .examples(&[(r#"textencodebase64("Hi", "UTF-16LE")"#, "SABpAA==")]),
        Function::new("textdecodebase64", Type::String, |args, _| {
            let wrong = |message: String| FunctionError::argument(0, message);
            let charset = Charset::named(text(args, 1)?).map_err(|message| FunctionError::argument(1, message))?;
            let bytes = base64_bytes(text(args, 0)?).map_err(wrong)?;
            Ok(Value::string(charset.decode(&bytes).map_err(wrong)?))
        })
        .doc("The text that base64 stands for, in an encoding.")
        .param("text", Type::String)
        .param("encoding", Type::String)
        .examples(&[(r#"textdecodebase64("8NLJ18XU", "KOI8-R")"#, "Привет")]),
    ]
}

/// A way to turn text into bytes and back.
#[derive(Clone, Copy)]
enum Charset {
    Ascii,
    Latin1,
    Utf8,
    /// Little-endian if true.
    Utf16(bool),
    /// Big-endian with a mark at the beginning.
    Utf16Marked,
    /// Bytes from 80 on by a table.
    Page(&'static [char; 128]),
    /// All bytes by a table.
    Ebcdic(ebcdic::Page),
    Hz,
    /// As the web has it.
    Web(&'static Encoding),
    /// As the web has it, except that the bytes 80 to 9F are control characters.
    WebWithControls(&'static Encoding),
    /// As the web has it, except that bytes without a meaning are none.
    WebStrict(&'static Encoding),
}

/// Encodings with their names, preferred name first. Case does not matter.
const NAMES: &[(Charset, &[&str])] = {
    use Charset::{
        Ascii, Ebcdic, Hz, Latin1, Page, Utf8, Utf16, Utf16Marked, Web, WebStrict, WebWithControls,
    };
    use oem_cp::code_table as pages;
    &[
        (
            Ascii,
            &[
                "US-ASCII",
                "ISO-IR-6",
                "ANSI_X3.4-1968",
                "ANSI_X3.4-1986",
                "ISO_646.IRV:1991",
                "ISO646-US",
                "US",
                "IBM367",
                "CP367",
                "CSASCII",
            ],
        ),
        (Utf8, &["UTF-8", "CSUTF8"]),
        (Utf16(true), &["UTF-16LE", "CSUTF16LE"]),
        (Utf16(false), &["UTF-16BE", "CSUTF16BE"]),
        (Utf16Marked, &["UTF-16", "CSUTF16"]),
        (
            Latin1,
            &[
                "ISO-8859-1",
                "ISO_8859-1:1987",
                "ISO-IR-100",
                "ISO_8859-1",
                "LATIN1",
                "L1",
                "IBM819",
                "CP819",
                "CSISOLATIN1",
            ],
        ),
        (
            Web(encoding_rs::ISO_8859_2),
            &["ISO-8859-2", "ISO_8859-2:1987", "ISO-IR-101", "ISO_8859-2", "LATIN2", "L2", "CSISOLATIN2"],
        ),
        (
            Web(encoding_rs::ISO_8859_3),
            &["ISO-8859-3", "ISO_8859-3:1988", "ISO-IR-109", "ISO_8859-3", "LATIN3", "L3", "CSISOLATIN3"],
        ),
        (
            Web(encoding_rs::ISO_8859_4),
            &["ISO-8859-4", "ISO_8859-4:1988", "ISO-IR-110", "ISO_8859-4", "LATIN4", "L4", "CSISOLATIN4"],
        ),
        (
            Web(encoding_rs::ISO_8859_5),
            &["ISO-8859-5", "ISO_8859-5:1988", "ISO-IR-144", "ISO_8859-5", "CYRILLIC", "CSISOLATINCYRILLIC"],
        ),
        (
            Web(encoding_rs::ISO_8859_6),
            &[
                "ISO-8859-6",
                "ISO_8859-6:1987",
                "ISO-IR-127",
                "ISO_8859-6",
                "ECMA-114",
                "ASMO-708",
                "ARABIC",
                "CSISOLATINARABIC",
                "ISO-8859-6-E",
                "CSISO88596E",
                "ISO_8859-6-E",
                "ISO-8859-6-I",
                "CSISO88596I",
                "ISO_8859-6-I",
            ],
        ),
        (
            Web(encoding_rs::ISO_8859_7),
            &[
                "ISO-8859-7",
                "ISO_8859-7:1987",
                "ISO-IR-126",
                "ISO_8859-7",
                "ELOT_928",
                "ECMA-118",
                "GREEK",
                "GREEK8",
                "CSISOLATINGREEK",
            ],
        ),
        (
            Web(encoding_rs::ISO_8859_8),
            &[
                "ISO-8859-8",
                "ISO_8859-8:1988",
                "ISO-IR-138",
                "ISO_8859-8",
                "HEBREW",
                "CSISOLATINHEBREW",
                "ISO-8859-8-E",
                "CSISO88598E",
                "ISO_8859-8-E",
                "ISO-8859-8-I",
                "CSISO88598I",
                "ISO_8859-8-I",
            ],
        ),
        (
            WebWithControls(encoding_rs::WINDOWS_1254),
            &["ISO-8859-9", "ISO_8859-9:1989", "ISO-IR-148", "ISO_8859-9", "LATIN5", "L5", "CSISOLATIN5"],
        ),
        (
            Web(encoding_rs::ISO_8859_10),
            &["ISO-8859-10", "ISO-IR-157", "L6", "ISO_8859-10:1992", "CSISOLATIN6", "LATIN6"],
        ),
        (Web(encoding_rs::ISO_8859_13), &["ISO-8859-13", "CSISO885913"]),
        (
            Web(encoding_rs::ISO_8859_14),
            &[
                "ISO-8859-14",
                "ISO-IR-199",
                "ISO_8859-14:1998",
                "ISO_8859-14",
                "LATIN8",
                "ISO-CELTIC",
                "L8",
                "CSISO885914",
            ],
        ),
        (Web(encoding_rs::ISO_8859_15), &["ISO-8859-15", "ISO_8859-15", "LATIN-9", "CSISO885915"]),
        (
            Web(encoding_rs::ISO_8859_16),
            &[
                "ISO-8859-16",
                "ISO-IR-226",
                "ISO_8859-16:2001",
                "ISO_8859-16",
                "LATIN10",
                "L10",
                "CSISO885916",
            ],
        ),
        (WebStrict(encoding_rs::WINDOWS_874), &["WINDOWS-874", "CSWINDOWS874"]),
        (WebStrict(encoding_rs::WINDOWS_1250), &["WINDOWS-1250", "CSWINDOWS1250"]),
        (WebStrict(encoding_rs::WINDOWS_1251), &["WINDOWS-1251", "CSWINDOWS1251"]),
        (WebStrict(encoding_rs::WINDOWS_1252), &["WINDOWS-1252", "CSWINDOWS1252"]),
        (WebStrict(encoding_rs::WINDOWS_1253), &["WINDOWS-1253", "CSWINDOWS1253"]),
        (WebStrict(encoding_rs::WINDOWS_1254), &["WINDOWS-1254", "CSWINDOWS1254"]),
        (WebStrict(encoding_rs::WINDOWS_1255), &["WINDOWS-1255", "CSWINDOWS1255"]),
        (WebStrict(encoding_rs::WINDOWS_1256), &["WINDOWS-1256", "CSWINDOWS1256"]),
        (WebStrict(encoding_rs::WINDOWS_1257), &["WINDOWS-1257", "CSWINDOWS1257"]),
        (WebStrict(encoding_rs::WINDOWS_1258), &["WINDOWS-1258", "CSWINDOWS1258"]),
        (Web(encoding_rs::KOI8_R), &["KOI8-R", "CSKOI8R"]),
        (Web(encoding_rs::KOI8_U), &["KOI8-U", "CSKOI8U"]),
        (Web(encoding_rs::MACINTOSH), &["MACINTOSH", "MAC", "CSMACINTOSH"]),
        (Web(encoding_rs::GBK), &["GBK", "CP936", "MS936", "WINDOWS-936", "CSGBK"]),
        (Web(encoding_rs::GB18030), &["GB18030", "CSGB18030"]),
        (Web(encoding_rs::BIG5), &["BIG5", "CSBIG5"]),
        (
            Web(encoding_rs::EUC_JP),
            &["EUC-JP", "EXTENDED_UNIX_CODE_PACKED_FORMAT_FOR_JAPANESE", "CSEUCPKDFMTJAPANESE"],
        ),
        (Web(encoding_rs::ISO_2022_JP), &["ISO-2022-JP", "CSISO2022JP"]),
        (Web(encoding_rs::SHIFT_JIS), &["SHIFT_JIS", "MS_KANJI", "CSSHIFTJIS"]),
        (Web(encoding_rs::EUC_KR), &["EUC-KR", "CSEUCKR"]),
        (Page(&pages::DECODING_TABLE_CP437), &["IBM437", "CP437", "437", "CSPC8CODEPAGE437"]),
        (Page(&pages::DECODING_TABLE_CP850), &["IBM850", "CP850", "850", "CSPC850MULTILINGUAL"]),
        (Page(&pages::DECODING_TABLE_CP852), &["IBM852", "CP852", "852", "CSPCP852"]),
        (Page(&pages::DECODING_TABLE_CP855), &["IBM855", "CP855", "855", "CSIBM855"]),
        (
            Page(&pages::DECODING_TABLE_CP858),
            &["IBM00858", "CCSID00858", "CP00858", "PC-MULTILINGUAL-850+EURO", "CSIBM00858"],
        ),
        (Page(&pages::DECODING_TABLE_CP860), &["IBM860", "CP860", "860", "CSIBM860"]),
        (Page(&pages::DECODING_TABLE_CP862), &["IBM862", "CP862", "862", "CSPC862LATINHEBREW"]),
        (Page(&pages::DECODING_TABLE_CP863), &["IBM863", "CP863", "863", "CSIBM863"]),
        (Page(&pages::DECODING_TABLE_CP865), &["IBM865", "CP865", "865", "CSIBM865"]),
        (Page(&pages::DECODING_TABLE_CP866), &["IBM866", "CP866", "866", "CSIBM866"]),
        (
            Ebcdic(ebcdic::CP037),
            &["IBM037", "CP037", "EBCDIC-CP-US", "EBCDIC-CP-CA", "EBCDIC-CP-WT", "EBCDIC-CP-NL", "CSIBM037"],
        ),
        (Ebcdic(ebcdic::CP1047), &["IBM1047", "IBM-1047"]),
        (Ebcdic(ebcdic::CP1140), &["IBM01140", "CCSID01140", "CP01140", "EBCDIC-US-37+EURO", "CSIBM01140"]),
        (Hz, &["HZ-GB-2312"]),
    ]
};

type Result<T> = std::result::Result<T, String>;

impl Charset {
    fn named(name: &str) -> Result<Charset> {
        let found =
            NAMES.iter().find(|(_, names)| names.iter().any(|known| known.eq_ignore_ascii_case(name)));
        if let Some((charset, _)) = found {
            return Ok(*charset);
        }
        let upper = name.to_ascii_uppercase();
        let preferred = NAMES.iter().filter_map(|(_, names)| names.first().copied());
        let advice = diag::did_you_mean(&upper, preferred).map(|near| format!("; did you mean {near}?"));
        Err(format!(
            "there is no encoding named {name:?} in the IANA registry, or it is not supported{}",
            advice.unwrap_or_default()
        ))
    }

    fn encode(self, text: &str) -> Result<Vec<u8>> {
        let each = |byte: &dyn Fn(char) -> Option<u8>| -> Result<Vec<u8>> {
            text.chars().map(|c| byte(c).ok_or_else(|| unmappable(c))).collect()
        };
        match self {
            Charset::Utf8 => Ok(text.as_bytes().to_vec()),
            Charset::Ascii => each(&|c| u8::try_from(c).ok().filter(u8::is_ascii)),
            Charset::Latin1 => each(&|c| u8::try_from(c).ok()),
            Charset::Utf16(true) => Ok(text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
            Charset::Utf16(false) => Ok(text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
            Charset::Utf16Marked => {
                Ok([0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect())
            }
            Charset::Page(page) => each(&|c| {
                if c.is_ascii() {
                    return u8::try_from(c).ok();
                }
                page.iter().position(|&known| known == c).and_then(|index| u8::try_from(index + 128).ok())
            }),
            Charset::Ebcdic(page) => each(&|c| page.encode(c)),
            Charset::Hz => hz::encode(text).map_err(unmappable),
            Charset::Web(encoding) => web_encode(encoding, text),
            Charset::WebStrict(encoding) => match text.chars().find(|&c| is_control(c)) {
                Some(c) => Err(unmappable(c)),
                None => web_encode(encoding, text),
            },
            Charset::WebWithControls(encoding) => {
                let mut bytes = Vec::with_capacity(text.len());
                for c in text.chars() {
                    match u8::try_from(c) {
                        Ok(byte) if is_control(c) => bytes.push(byte),
                        _ => {
                            let encoded = web_encode(encoding, c.encode_utf8(&mut [0; 4]))?;
                            if encoded.iter().any(|byte| is_control(char::from(*byte))) {
                                return Err(unmappable(c));
                            }
                            bytes.extend(encoded);
                        }
                    }
                }
                Ok(bytes)
            }
        }
    }

    fn decode(self, bytes: &[u8]) -> Result<String> {
        let wrong = || "the bytes are no text in this encoding".to_owned();
        let units = |from: fn([u8; 2]) -> u16, bytes: &[u8]| {
            let (pairs, rest) = bytes.as_chunks::<2>();
            if !rest.is_empty() {
                return Err(wrong());
            }
            char::decode_utf16(pairs.iter().map(|pair| from(*pair)))
                .collect::<std::result::Result<_, _>>()
                .map_err(|_| wrong())
        };
        match self {
            Charset::Utf8 => String::from_utf8(bytes.to_vec()).map_err(|_| wrong()),
            Charset::Ascii if bytes.is_ascii() => Ok(bytes.iter().map(|&byte| char::from(byte)).collect()),
            Charset::Ascii => Err(wrong()),
            Charset::Latin1 => Ok(bytes.iter().map(|&byte| char::from(byte)).collect()),
            Charset::Utf16(true) => units(u16::from_le_bytes, bytes),
            Charset::Utf16(false) => units(u16::from_be_bytes, bytes),
            Charset::Utf16Marked => match bytes {
                [0xff, 0xfe, rest @ ..] => units(u16::from_le_bytes, rest),
                [0xfe, 0xff, rest @ ..] => units(u16::from_be_bytes, rest),
                _ => units(u16::from_be_bytes, bytes),
            },
            Charset::Page(page) => {
                let decode = |byte: &u8| match byte.checked_sub(128) {
                    Some(high) => page.get(usize::from(high)).copied().unwrap_or(char::REPLACEMENT_CHARACTER),
                    None => char::from(*byte),
                };
                Ok(bytes.iter().map(decode).collect())
            }
            Charset::Ebcdic(page) => Ok(bytes.iter().map(|&byte| page.decode(byte)).collect()),
            Charset::Hz => hz::decode(bytes).ok_or_else(wrong),
            Charset::Web(encoding) => web_decode(encoding, bytes).ok_or_else(wrong),
            Charset::WebStrict(encoding) => {
                web_decode(encoding, bytes).filter(|text| !text.contains(is_control)).ok_or_else(wrong)
            }
            Charset::WebWithControls(encoding) => {
                let decode = |byte: &u8| {
                    let c = char::from(*byte);
                    if is_control(c) { Some(c.to_string()) } else { web_decode(encoding, &[*byte]) }
                };
                bytes.iter().map(decode).collect::<Option<String>>().ok_or_else(wrong)
            }
        }
    }
}

/// The control characters that bytes 80 to 9F stand for in some encodings.
fn is_control(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{9f}')
}

fn unmappable(c: char) -> String {
    format!("the encoding does not have the character {c:?}")
}

fn web_encode(encoding: &'static Encoding, text: &str) -> Result<Vec<u8>> {
    let (bytes, _, unmapped) = encoding.encode(text);
    if !unmapped {
        return Ok(bytes.into_owned());
    }
    let culprit = text.chars().find(|c| encoding.encode(c.encode_utf8(&mut [0; 4])).2);
    Err(culprit.map_or_else(|| "the encoding does not have all of the characters".into(), unmappable))
}

fn web_decode(encoding: &'static Encoding, bytes: &[u8]) -> Option<String> {
    encoding.decode_without_bom_handling_and_without_replacement(bytes).map(std::borrow::Cow::into_owned)
}
