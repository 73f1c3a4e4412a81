use super::*;

/// Each line: a constraint, `:`, versions it allows, `|`, versions it does not.
fn check(lines: &str) {
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (constraint, versions) = line.split_once(':').unwrap();
        let constraint: Constraint = constraint.trim().parse().unwrap();
        let (fit, other) = versions.split_once('|').unwrap_or((versions, ""));
        for (version, wanted) in
            fit.split_whitespace().map(|v| (v, true)).chain(other.split_whitespace().map(|v| (v, false)))
        {
            assert_eq!(constraint.allows(&version.parse().unwrap()), wanted, "{constraint} and {version}");
        }
    }
}

#[test]
fn constraints() {
    check(
        "
        >= 1.7.0        : 1.7.0 1.16.0 2.0          | 1.6.9
        >= 1.7.0, < 99  : 1.7.0                     | 99.0 100
        ~> 1.8          : 1.8.0 1.16.0 1.8          | 1.7 2.0
        ~> 1.8.3        : 1.8.3 1.8.9               | 1.8.2 1.9.0
        ~> 1            : 1.0 2.0                   | 0.9
        1.16.0          : 1.16.0 1.16 v1.16.0       | 1.16.1
        = 1.16          : 1.16.0                    | 1.16.1
        != 1.15.0       : 1.16.0                    | 1.15.0 1.15
        <= 1.2          : 1.2.0 1.1                 | 1.2.1
        > 1.2           : 1.2.1                     | 1.2.0
        >=1.2           : 1.2.0 1.3                 | 1.1 1.3.0-beta
        >= 1.3.0-alpha  : 1.3.0-beta 1.3.0 2.0      | 1.3.0-aa 1.4.0-beta
        ~> 1.2.0-beta   : 1.2.0-beta1               | 1.2.0
        > 1.0.0-2       : 1.0.0-10 1.0.0-a          | 1.0.0-1
        ",
    );
}

#[test]
fn texts() {
    for (text, shown) in
        [("1", "1.0.0"), ("v1.2", "1.2.0"), ("1.2.3.4", "1.2.3.4"), ("1.2-dev+5", "1.2.0-dev+5")]
    {
        assert_eq!(text.parse::<Version>().unwrap().to_string(), shown);
    }
    for text in ["", "abc", "1.", ".1", "1.x", "1-", "1+", "1.2.3-é", "99999999999999999999999"] {
        assert!(text.parse::<Version>().is_err(), "{text}");
    }
    for text in ["", "newest", "abc", ">", "=> 1", ">= 1,", "~1", "> = 1"] {
        assert!(text.parse::<Constraint>().is_err(), "{text}");
    }
    let dev: Version = "1.2.0-dev".parse().unwrap();
    assert_eq!(dev.core(), "1.2".parse().unwrap());
    assert!(dev < dev.core());
}
