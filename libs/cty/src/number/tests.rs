//! Numbers against arithmetic worked out by hand, and against machine floats where those are exact.

use super::*;
use proptest::prelude::*;

fn n(text: &str) -> Number {
    Number::parse(text).unwrap_or_else(|| panic!("{text:?} is no number"))
}

fn check(result: Result<Number, NotANumber>, expected: &str) {
    let text = result.map_or_else(|_| "not a number".into(), |number| number.to_string());
    assert_eq!(text, expected);
}

#[test]
fn texts() {
    let third = format!("0.{}5", "3".repeat(154));
    for (text, expected) in [
        ("0", "0"),
        ("-0", "-0"),
        ("007", "7"),
        ("1.10", "1.1"),
        (".5", "0.5"),
        ("5.", "5"),
        ("+5", "5"),
        ("1e3", "1000"),
        ("1E+3", "1000"),
        ("1.e5", "100000"),
        ("1e-10", "0.0000000001"),
        ("-1.5e-3", "-0.0015"),
        ("0.1", "0.1"),
        ("1p3", "8"),
        ("3p-1", "1.5"),
        ("inf", "+Inf"),
        ("-Inf", "-Inf"),
        ("9223372036854775808", "9223372036854775808"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("100000000000000000000000.25", "100000000000000000000000.25"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("1e100", &format!("1{}", "0".repeat(100))),
        ("1e9999999999999999999999", "+Inf"),
        ("-1e9999999999", "-Inf"),
        ("1e-9999999999", "0"),
        (&third, &third),
    ] {
        assert_eq!(n(text).to_string(), expected, "{text}");
    }
    for text in [
        "", " 5", "5 ", "1_000", "0x10", "0b1", "NaN", "nan", "INF", "infinity", ".", "-", "e5", "1e", "1e+",
        "1.2.3", "--1", "５",
    ] {
        assert!(Number::parse(text).is_none(), "{text:?}");
    }
}

#[test]
fn integers_in_bases() {
    for (text, base, expected) in [
        ("ff", 16, "255"),
        ("FF", 16, "255"),
        ("-101", 2, "-5"),
        ("+7", 10, "7"),
        ("Z", 62, "61"),
        ("zZ9", 62, "138331"),
        ("-0", 10, "0"),
        ("123456789012345678901234567890", 10, "123456789012345678901234567890"),
    ] {
        assert_eq!(
            Number::parse_integer(text, base).map(|n| n.to_string()).as_deref(),
            Some(expected),
            "{text}"
        );
    }
    for (text, base) in
        [("", 10), ("-", 10), ("9", 8), ("1.5", 10), ("1_0", 10), (" 1", 10), ("1", 1), ("1", 63), ("Z", 61)]
    {
        assert!(Number::parse_integer(text, base).is_none(), "{text:?} in base {base}");
    }
    let long = "f".repeat(300);
    assert_eq!(Number::parse_integer(&long, 16).and_then(|n| n.to_radix(16)), Some(long));
    assert_eq!(n("-5").to_radix(2).as_deref(), Some("-101"));
    assert_eq!(n("1.5").to_radix(2), None);
    for (text, binary) in [
        ("0", Some((vec![], 0))),
        ("-6", Some((vec![3], 1))),
        ("0.5", Some((vec![1], -1))),
        ("257", Some((vec![1, 1], 0))),
    ] {
        assert_eq!(n(text).to_binary(), binary, "{text}");
    }
    assert_eq!(Number::INFINITY.to_binary(), None);
}

#[test]
fn arithmetic() {
    let third = n("1").div(&n("3"));
    check(third, &format!("0.{}5", "3".repeat(154)));
    check(n("2").div(&n("3")), &format!("0.{}7", "6".repeat(153)));
    check(third_times_three(), "1");
    check(n("0.1").add(&n("0.2")), "0.3");
    assert_eq!(n("2.5").sub(&n("2.4")).map(|n| n.to_f64()), Ok(0.1));
    check(n("4.35").mul(&n("100")), "435");
    assert_eq!(n("1.1").mul(&n("1.1")).map(|n| n.to_f64()), Ok(1.21));
    check(n("10").div(&n("4")), "2.5");
    check(n("9223372036854775807").add(&n("1")), "9223372036854775808");
    check(n("9223372036854775808").sub(&n("1")), "9223372036854775807");
    check(n("1e30").add(&n("1")), "1000000000000000000000000000001");
    assert_eq!(n("1e200").add(&n("1")), Ok(n("1e200")));
    assert_ne!(n("1e100").add(&n("1")), Ok(n("1e100")));
    assert_eq!(n("1e200").add(&n("-1e-200")), Ok(n("1e200")));
    check(n("-9223372036854775808").div(&n("-1")), "9223372036854775808");
    check(n("-9223372036854775808").rem(&n("-1")), "0");
}

fn third_times_three() -> Result<Number, NotANumber> {
    n("1").div(&n("3"))?.mul(&n("3"))
}

#[test]
fn zeros_and_infinities() {
    let inf = Number::INFINITY;
    check(n("1").div(&n("0")), "+Inf");
    check(n("-1").div(&n("0")), "-Inf");
    check(n("0").div(&n("0")), "not a number");
    check(inf.sub(&inf), "not a number");
    check(inf.add(&inf), "+Inf");
    check(inf.mul(&n("0")), "not a number");
    check(inf.div(&inf), "not a number");
    check(n("5").div(&inf), "0");
    check(n("0").mul(&n("-1")), "-0");
    check(n("-0").add(&n("0")), "0");
    check(n("-0").add(&n("-0")), "-0");
    check(Ok(n("0").neg()), "-0");
    check(Ok(n("-0").neg()), "0");
    assert_eq!(n("-0"), n("0"));
    assert_eq!(n("-0").cmp(&n("0")), Ordering::Equal);
    assert!(Number::NEG_INFINITY < n("-1e300") && n("1e300") < inf);
    assert!(Number::from_f64(f64::NAN).is_none());
}

#[test]
fn remainders() {
    for (a, b, expected) in [
        ("5", "3", "2"),
        ("-5", "3", "-2"),
        ("5", "-3", "2"),
        ("-5", "-3", "-2"),
        ("5.5", "2", "1.5"),
        ("-5.5", "2", "-1.5"),
        ("5", "0", "5"),
        ("1e30", "7", "1"),
        ("-7", "3", "-1"),
        ("0", "5", "0"),
    ] {
        check(n(a).rem(&n(b)), expected);
    }
}

#[test]
fn whole_parts() {
    for (text, floor, ceil, trunc) in [
        ("4.01", "4", "5", "4"),
        ("-4.01", "-5", "-4", "-4"),
        ("5", "5", "5", "5"),
        ("1e-30", "0", "1", "0"),
        ("-1e-30", "-1", "0", "0"),
        (
            "123456789012345678901234567890.5",
            "123456789012345678901234567890",
            "123456789012345678901234567891",
            "123456789012345678901234567890",
        ),
        ("inf", "+Inf", "+Inf", "+Inf"),
    ] {
        assert_eq!(
            [n(text).floor(), n(text).ceil(), n(text).trunc()].map(|n| n.to_string()),
            [floor, ceil, trunc]
        );
    }
    assert_eq!(n("1e100").floor(), n("1e100"));
}

#[test]
fn precision_decides_the_digits() {
    let root = Number::from_f64(2f64.sqrt()).unwrap_or(Number::ZERO);
    assert_eq!(root.to_string(), "1.4142135623730951");
    check(Ok(root.neg()), "-1.4142135623730951");
    assert!(root.add(&n("0")).is_ok_and(|sum| sum.to_string().len() > 40));
    assert_eq!(
        Number::from_f64(2f64.powi(62)).map(|n| n.to_string()).as_deref(),
        Some("4611686018427388000")
    );
    // Counts have 64 bits.
    check(Number::from(1).div(&Number::from(3)), "0.33333333333333333334");
}

#[test]
fn layouts() {
    let decimal = n("1234.5678").to_shortest();
    let decimal = decimal.as_ref();
    let check = |text: Option<String>, expected: &str| assert_eq!(text.as_deref(), Some(expected));
    check(decimal.map(|d| d.rounded_places(2).fixed(2)), "1234.57");
    check(decimal.map(|d| d.rounded_places(0).fixed(0)), "1235");
    check(decimal.map(|d| d.fixed(6)), "1234.567800");
    check(decimal.map(|d| d.rounded(3).scientific(2, 'e')), "1.23e+03");
    check(decimal.map(|d| d.general(21, 'e')), "1234.5678");
    check(n("0.00001").to_shortest().map(|d| d.general(21, 'e')), "1e-05");
    check(n("9.99").to_decimal().map(|d| d.rounded(1).plain()), "10");
    check(n("0.004").to_decimal().map(|d| d.rounded_places(1).fixed(1)), "0.0");
    check(n("0.6").to_decimal().map(|d| d.rounded_places(0).fixed(0)), "1");
    check(n("2.5").to_decimal().map(|d| d.rounded_places(0).fixed(0)), "2");
    check(shortest_f64(5e-324).map(|d| d.general(21, 'e')), "5e-324");
}

proptest! {
    #[test]
    fn machine_floats_survive(bits: u64) {
        let float = f64::from_bits(bits);
        match Number::from_f64(float) {
            None => prop_assert!(float.is_nan()),
            Some(number) => {
                prop_assert_eq!(number.to_f64().to_bits(), bits);
                let back = Number::parse(&number.to_string()).map(|number| number.to_f64());
                prop_assert_eq!(back, Some(float));
            }
        }
    }

    #[test]
    fn parsing_rounds_as_machines_do(digits in 0u64.., exponent in -400i32..400) {
        let text = format!("{digits}e{exponent}");
        let number = Number::parse(&text);
        prop_assert_eq!(number.map(|number| number.to_f64()), text.parse().ok());
    }

    #[test]
    fn texts_give_the_number_back(a: i64, b in 1i64.., exponent in -300i32..300) {
        let quotient = n(&format!("{a}e{exponent}")).div(&n(&b.to_string()));
        let quotient = quotient.unwrap_or(Number::ZERO);
        prop_assert_eq!(&n(&quotient.to_string()), &quotient);
    }

    #[test]
    fn small_and_large_paths_agree(a: i64, b: i64) {
        let (x, y) = (Number::from(a), Number::from(b));
        let wide = i128::from(a) + i128::from(b);
        prop_assert_eq!(n(&a.to_string()).add(&n(&b.to_string())).map(|n| n.to_string()), Ok(wide.to_string()));
        let wide = i128::from(a) * i128::from(b);
        prop_assert_eq!(n(&a.to_string()).mul(&n(&b.to_string())).map(|n| n.to_string()), Ok(wide.to_string()));
        prop_assert_eq!(x.cmp(&y), a.cmp(&b));
        if b != 0 {
            let wide = i128::from(a) % i128::from(b);
            prop_assert_eq!(n(&a.to_string()).rem(&n(&b.to_string())).map(|n| n.to_f64()), Ok(wide as f64));
        }
    }
}
