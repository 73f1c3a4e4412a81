//! RSA decryption with a private key. It happens on the machine of who owns the key, so no care is taken to hide how long it takes.

use cty::{Type, Value};
use dashu_int::UBig;
use dashu_int::fast_div::ConstDivisor;
use hcl::{Function, FunctionError};

use super::args::text;
use super::encoding::base64_bytes;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("rsadecrypt", Type::String, |args, _| {
            let cipher = base64_bytes(text(args, 0)?).map_err(FunctionError::call)?;
            let key = Key::parse(text(args, 1)?).map_err(FunctionError::call)?;
            let plain = key.decrypt(&cipher).map_err(FunctionError::call)?;
            String::from_utf8(plain)
                .map(Value::string)
                .map_err(|_| FunctionError::call("what was decrypted is no UTF-8 text"))
        })
        .doc("The text of a base64 cipher text (RSA, PKCS#1 v1.5), with a private key in PEM form (PKCS#1).")
        .param("ciphertext", Type::String)
        .param("privatekey", Type::String),
    ]
}

/// The parts of a private key that decryption needs.
struct Key {
    modulus: UBig,
    exponent: UBig,
}

type Result<T> = std::result::Result<T, String>;

impl Key {
    fn parse(pem: &str) -> Result<Key> {
        const BEGIN: &str = "-----BEGIN RSA PRIVATE KEY-----";
        const END: &str = "-----END RSA PRIVATE KEY-----";
        let body = pem.split_once(BEGIN).and_then(|(_, rest)| rest.split_once(END)).map(|(body, _)| body);
        let body = body.ok_or_else(|| format!("the key must be in PEM form and begin with {BEGIN}"))?;
        if body.contains("ENCRYPTED") {
            return Err("the key is protected by a password; it must not be".into());
        }
        let base64: String = body.chars().filter(|c| !c.is_whitespace()).collect();
        let der = base64_bytes(&base64).map_err(|_| "the key is damaged: this is no base64")?;
        Key::from_der(&der)
            .ok_or_else(|| "the key is damaged: this is no RSA private key in PKCS#1 form".into())
    }

    /// A sequence of numbers: version, modulus, public exponent, private exponent, and more that is not needed.
    fn from_der(der: &[u8]) -> Option<Key> {
        const SEQUENCE: u8 = 0x30;
        let (mut sequence, _) = element(der, SEQUENCE)?;
        let mut next = || {
            const INTEGER: u8 = 0x02;
            let (bytes, rest) = element(sequence, INTEGER)?;
            sequence = rest;
            Some(UBig::from_be_bytes(bytes))
        };
        let _version = next()?;
        let modulus = next()?;
        let _public = next()?;
        let exponent = next()?;
        (modulus > UBig::ONE).then_some(Key { modulus, exponent })
    }

    fn decrypt(&self, cipher: &[u8]) -> Result<Vec<u8>> {
        let failed = || "decryption failed: the cipher text does not belong to this key".to_owned();
        let cipher = UBig::from_be_bytes(cipher);
        if cipher >= self.modulus {
            return Err(failed());
        }
        let ring = ConstDivisor::new(self.modulus.clone());
        let message = ring.reduce(cipher).pow(&self.exponent).residue();
        let size = self.modulus.to_be_bytes().len();
        let bytes = message.to_be_bytes();
        // 00 02, at least eight bytes that are not zero, 00, the text. The leading zero is not in the number.
        const PADDING: usize = 8;
        match (&*bytes, bytes.len() + 1 == size) {
            ([0x02, rest @ ..], true) => {
                let end = rest
                    .iter()
                    .position(|&byte| byte == 0)
                    .filter(|&end| end >= PADDING)
                    .ok_or_else(failed)?;
                Ok(rest.get(end + 1..).unwrap_or_default().to_vec())
            }
            _ => Err(failed()),
        }
    }
}

/// The content of the DER element at the beginning, which must have this tag, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&[found, first], rest) = der.split_first_chunk()?;
    if found != tag {
        return None;
    }
    let (length, rest) = match usize::from(first) {
        short @ ..0x80 => (short, rest),
        long => {
            let (length, rest) = rest.split_at_checked(long - 0x80)?;
            (
                length
                    .iter()
                    .try_fold(0usize, |sum, &byte| sum.checked_mul(256)?.checked_add(usize::from(byte)))?,
                rest,
            )
        }
    };
    rest.split_at_checked(length)
}
