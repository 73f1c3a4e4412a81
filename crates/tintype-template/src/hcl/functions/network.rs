//! Address ranges in CIDR notation, IPv4 and IPv6.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use cty::{Type, Value};
use hcl::function::Param;
use hcl::{Function, FunctionError};

use super::args::{Result, text, whole};

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("cidrhost", Type::String, |args, _| {
            let network = Network::parse(text(args, 0)?)?;
            Ok(Value::string(network.host(whole(args, 1)?)?))
        })
        .doc("The address with that number in a range; negative numbers count from its end.")
        .param("prefix", Type::String)
        .param("number", Type::Number)
        .examples(&[
            (r#"cidrhost("10.20.0.0/16", 5)"#, "10.20.0.5"),
            (r#"cidrhost("10.20.0.0/16", -2)"#, "10.20.255.254"),
            (r#"cidrhost("fd00:1::/64", 10)"#, "fd00:1::a"),
        ]),
        Function::new("cidrnetmask", Type::String, |args, _| {
            let network = Network::parse(text(args, 0)?)?;
            Ok(Value::string(network.address_text(network.mask(network.length))))
        })
        .doc("The mask of a range as an address.")
        .param("prefix", Type::String)
        .examples(&[(r#"cidrnetmask("10.0.0.0/12")"#, "255.240.0.0")]),
        Function::new("cidrsubnet", Type::String, |args, _| {
            let network = Network::parse(text(args, 0)?)?;
            Ok(Value::string(network.subnet(whole(args, 1)?, whole(args, 2)?)?))
        })
        .doc("The part of a range with that number, its prefix longer by that many bits.")
        .param("prefix", Type::String)
        .param("newbits", Type::Number)
        .param("number", Type::Number)
        .examples(&[(r#"cidrsubnet("10.20.0.0/16", 8, 3)"#, "10.20.3.0/24")]),
        Function::new("cidrsubnets", Type::list(Type::String), |args, _| subnets(args))
            .doc("Parts of a range one after another, the prefix of each longer by that many bits.")
            .param("prefix", Type::String)
            .variadic(Param::new("newbits", Type::Number))
            .examples(&[(
                r#"join(" ", cidrsubnets("10.20.0.0/16", 4, 4, 8))"#,
                "10.20.0.0/20 10.20.16.0/20 10.20.32.0/24",
            )]),
    ]
}

/// A prefix may not become longer by more than this at once.
const MAX_NEW_BITS: i64 = 32;

/// A range of addresses.
struct Network {
    /// The first address.
    base: u128,
    /// Bits that all its addresses share.
    length: u32,
    /// Bits of an address: 32 or 128.
    bits: u32,
}

impl Network {
    fn parse(text: &str) -> std::result::Result<Network, String> {
        let wrong = || format!("{text:?} is no range of addresses such as 10.0.0.0/8");
        let (address, length) = text.split_once('/').ok_or_else(wrong)?;
        let (base, bits) = match address.parse().map_err(|_| wrong())? {
            IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
            IpAddr::V6(address) => (u128::from(address), 128),
        };
        let digits = !length.is_empty() && length.bytes().all(|b| b.is_ascii_digit());
        let length: u32 = length.parse().ok().filter(|&length| digits && length <= bits).ok_or_else(wrong)?;
        let network = Network { base, length, bits };
        Ok(Network { base: base & network.mask(length), ..network })
    }

    /// The addresses that differ only in the last `free` bits, less one.
    fn span(free: u32) -> u128 {
        1u128.checked_shl(free).map_or(u128::MAX, |size| size - 1)
    }

    /// The bits of an address that a prefix of this length fixes.
    fn mask(&self, length: u32) -> u128 {
        Network::span(self.bits) & !Network::span(self.bits - length)
    }

    fn last(&self) -> u128 {
        self.base | Network::span(self.bits - self.length)
    }

    fn address_text(&self, address: u128) -> String {
        if self.bits == 32 {
            return u32::try_from(address)
                .map(|address| Ipv4Addr::from(address).to_string())
                .unwrap_or_default();
        }
        let address = Ipv6Addr::from(address);
        match address.to_ipv4_mapped() {
            Some(mapped) => mapped.to_string(),
            None => address.to_string(),
        }
    }

    fn host(&self, number: i64) -> std::result::Result<String, String> {
        let most = Network::span(self.bits - self.length);
        let distance = if number < 0 { number.unsigned_abs() - 1 } else { number.unsigned_abs() };
        let distance = u128::from(distance);
        if distance > most {
            return Err(format!(
                "a range with a prefix of {} bits has no address number {number}",
                self.length
            ));
        }
        let host = if number < 0 { most - distance } else { distance };
        // In ranges of IPv4 addresses in IPv6 form the number has always landed in the first 32 bits, and templates may rest on that.
        let mapped = self.bits == 128 && Ipv6Addr::from(self.base).to_ipv4_mapped().is_some();
        let host = if mapped { host << 96 } else { host };
        Ok(self.address_text(self.base | host))
    }

    fn subnet(&self, new_bits: i64, number: i64) -> std::result::Result<String, String> {
        if new_bits > MAX_NEW_BITS {
            return Err(format!("the prefix cannot become longer by more than {MAX_NEW_BITS} bits"));
        }
        let length = i64::from(self.length) + new_bits;
        let length = u32::try_from(length)
            .ok()
            .filter(|&length| length <= self.bits)
            .ok_or_else(|| format!("{length} bits are no prefix of an address of {} bits", self.bits))?;
        let number = u128::try_from(number).map_err(|_| "the number must not be negative".to_owned())?;
        let count = u32::try_from(new_bits).map(Network::span).unwrap_or(u128::MAX);
        let part =
            number.checked_shl(self.bits - length).filter(|part| part >> (self.bits - length) == number);
        match part.filter(|&part| number <= count && self.base | part <= Network::span(self.bits)) {
            Some(part) => Ok(format!("{}/{length}", self.address_text(self.base | part))),
            None => Err(format!("{new_bits} bits more make no part number {number}")),
        }
    }
}

fn subnets(args: &[Value]) -> Result<Value> {
    let network = Network::parse(text(args, 0)?).map_err(|message| FunctionError::argument(0, message))?;
    let mut next = network.base;
    let mut parts = Vec::new();
    for index in 1..args.len() {
        let wrong = |message: String| FunctionError::argument(index, message);
        let new_bits = whole(args, index).map_err(wrong)?;
        if !(1..=MAX_NEW_BITS).contains(&new_bits) {
            return Err(wrong(format!("the prefix must become longer by 1 to {MAX_NEW_BITS} bits")));
        }
        let length = network.length + u32::try_from(new_bits).unwrap_or_default();
        if length > network.bits {
            return Err(wrong(format!("{length} bits are no prefix of an address of {} bits", network.bits)));
        }
        // A part begins at a multiple of its size.
        let span = Network::span(network.bits - length);
        let start = next.checked_add(span).map(|end| end & !span);
        let part = start.map(|base| Network { base, length, ..network });
        let Some(part) = part.filter(|part| part.last() <= network.last()) else {
            return Err(wrong(format!("there is no room for {new_bits} bits more after the parts before")));
        };
        parts.push(Value::string(format!("{}/{length}", part.address_text(part.base))));
        match part.last().checked_add(1) {
            Some(after) => next = after,
            None if index + 1 < args.len() => {
                return Err(FunctionError::argument(index + 1, "there is no room after the parts before"));
            }
            None => {}
        }
    }
    Ok(Value::list(Type::String, parts))
}
