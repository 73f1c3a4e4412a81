use super::*;

/// Each line: a pattern, names that fit, `|`, names that do not.
fn check(lines: &str) {
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (pattern, names) = line.split_once(' ').unwrap_or((line, ""));
        let (fit, other) = names.split_once('|').unwrap_or((names, ""));
        let glob = Glob::parse(pattern).unwrap_or_else(|why| panic!("{pattern}: {why}"));
        for name in fit.split_whitespace() {
            assert!(glob.matches(name), "{pattern} should fit {name}");
        }
        for name in other.split_whitespace() {
            assert!(!glob.matches(name), "{pattern} should not fit {name}");
        }
    }
}

#[test]
fn patterns() {
    check(
        r"
        null.web          null.web         | null.we xnull.web null.webs NULL.web
        *.web             null.web a.b.web | web null.webs
        *                 a a.b.c
        **                a a.b.c
        a*b*c             abc aXbYc abcbc  | ab acb abcd
        nu?l.*            null.x nuXl.     | nul.x
        null.[v-x]eb      null.web null.veb | null.yeb null.eb
        [abc]             a b c            | d ab
        [!abc]            d                | a b
        [a-cx]            a x              | y
        {a,bc}.x          a.x bc.x         | b.x c.x {a}.x
        {a,{b,c}}d        ad bd cd         | dd
        a\*b              a*b              | aXb
        größe*            größe größer     | groesse
        a**b              ab aXXb          | a
        ",
    );
    assert!(Glob::parse("").unwrap().matches(""));
    assert!(!Glob::parse("").unwrap().matches("x"));
}

#[test]
fn unreadable() {
    for pattern in ["nu[ll", "[]", "[!]", "[z-a]", "{a", "{a,b", "a\\", "[a", "[a-"] {
        assert!(Glob::parse(pattern).is_err(), "{pattern}");
    }
    assert!(Glob::parse(&"{a,b}".repeat(40)).is_err());
    assert!(Glob::parse(&"{".repeat(10_000)).is_err());
}

#[test]
fn many_stars_end_soon() {
    let glob = Glob::parse(&"*a".repeat(200)).unwrap();
    assert!(!glob.matches(&"a".repeat(190).repeat(20).replace('a', "b")));
}
