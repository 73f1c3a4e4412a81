use super::GoDuration;

#[test]
fn durations() {
    for (text, shown) in [
        ("0", "0s"),
        ("5m", "5m0s"),
        ("1.5s", "1.5s"),
        ("300ms", "300ms"),
        ("-1h1ns", "-1h0m0.000000001s"),
        ("1h30m", "1h30m0s"),
        (".5us", "500ns"),
        ("1.5\u{b5}s", "1.5\u{b5}s"),
        ("2\u{3bc}s", "2\u{b5}s"),
        ("+90s", "1m30s"),
        ("0.3333333333333333333h", "20m0s"),
        ("1.s", "1s"),
        ("-9223372036854775808ns", "-2562047h47m16.854775808s"),
        ("9223372036854775807ns", "2562047h47m16.854775807s"),
    ] {
        assert_eq!(text.parse::<GoDuration>().map(|d| d.to_string()).as_deref(), Ok(shown), "{text}");
    }
    for (text, error) in [
        ("", "time: invalid duration \"\""),
        ("5", "time: missing unit in duration \"5\""),
        ("1x", "time: unknown unit \"x\" in duration \"1x\""),
        (".s", "time: invalid duration \".s\""),
        ("-", "time: invalid duration \"-\""),
        ("1 s", "time: unknown unit \" s\" in duration \"1 s\""),
        ("9223372036854775808ns", "time: invalid duration \"9223372036854775808ns\""),
        ("99999999999999999999h", "time: invalid duration \"99999999999999999999h\""),
    ] {
        assert_eq!(text.parse::<GoDuration>().map_err(|e| e.to_string()), Err(error.to_owned()), "{text}");
    }
}
