//! What expressions mean.

use super::expr;

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(expr(text), expected, "{text:?}");
}

#[test]
fn precedence() {
    check("1 + 2 * 3 - 4", "(- (+ 1 (* 2 3)) 4)");
    check("a || b && c == d < e + f * -g", "(|| a (&& b (== c (< d (+ e (* f (- g)))))))");
    check("a * b + c < d == e && f || g", "(|| (&& (== (< (+ (* a b) c) d) e) f) g)");
    check("8 / 4 / 2 % 3", "(% (/ (/ 8 4) 2) 3)");
    check("a == b != c", "(!= (== a b) c)");
    check("!a == b", "(== (! a) b)");
    check("- -1", "(- (- 1))");
    check("!!a", "(! (! a))");
    check("-a.b[0]", "(- a.b[0])");
    check("(1 + 2) * 3", "(* paren((+ 1 2)) 3)");
    check("a ? b : c ? d : e", "(? a b (? c d e))");
    check("a ? b ? c : d : e", "(? a (? b c d) e)");
    check("a == 1 ? b + 1 : !c", "(? (== a 1) (+ b 1) (! c))");
    check("a - b", "(- a b)");
    check("a-b", "a-b");
    check("a -b", "(- a b)");
}

#[test]
fn words() {
    check("true", "true");
    check("null", "null");
    check("nulls", "nulls");
    check("for", "for");
    check("true()", "true()");
    check("null.x", "null.x");
}

#[test]
fn steps() {
    check("a.b.c", "a.b.c");
    check("a . b [ 0 ] [\"x\"]", "a.b[0][\"'x'\"]");
    check("a.0.b", "a.0.b");
    check("a.*", "a.*<_>");
    check("a.*.b.0", "a.*<_.b.0>");
    check("a.*.b[0].c", "a.*<_.b>[0].c");
    check("a[*]", "a[*]<_>");
    check("a[*].b[0].c + 1", "(+ a[*]<_.b[0].c> 1)");
    check("a[*].b[*].c", "a[*]<_.b[*]<_.c>>");
    check("a[ * ].b.*.c", "a[*]<_.b.*<_.c>>");
    check("f(x).y", "f(x).y");
    check("[1, 2] [0]", "[1 2][0]");
    check("{}.a", "{}.a");
    check("\"a\"[0]", "\"'a'\"[0]");
    check("a.true.for", "a.true.for");
    check("a[b ? c : d]", "a[(? b c d)]");
    check("(a\n.b\n[0])", "paren(a.b[0])");
}

#[test]
fn calls() {
    check("f()", "f()");
    check("f (1)", "f(1)");
    check("f(\n1,\n2,\n)", "f(1 2)");
    check("f(a, b...)", "f(a b...)");
    check("f(a ...)", "f(a...)");
    check("n::f(1)", "n::f(1)");
    check("a :: b :: c()", "a::b::c()");
}

#[test]
fn tuples_and_objects() {
    check("[]", "[]");
    check("[\n1,\n# c\n2, /* d */ 3,\n]", "[1 2 3]");
    check("{}", "{}");
    check("{\n\n}", "{}");
    check("{ a = 1, b : 2 }", "{a=1 b=2}");
    check("{\n a = 1\n b = 2, c = 3, # x\n\n d = 4 // y\n}", "{a=1 b=2 c=3 d=4}");
    check("{ true = 1, null : 2, if = 3 }", "{true=1 null=2 if=3}");
    check("{ a = 1, for = 2 }", "{a=1 for=2}");
    check("{ \"a\" = 1, \"b${c}\" = 2 }", "{<\"'a'\">=1 <\"'b'${c}\">=2}");
    check("{ (a) = 1, f(b) = 2, 1 + 1 = 3, 1.5 = 4 }", "{<paren(a)>=1 <f(b)>=2 <(+ 1 1)>=3 <1.5>=4}");
    check("{ a.b = 1, -c = 2, [d] = 3 }", "{<a.b>=1 <(- c)>=2 <[d]>=3}");
    check("{ a /* c */ = 1 }", "{a=1}");
    check("{ a ? b : c = 1 }", "{<(? a b c)>=1}");
    check("{ a = [\n1,\n2\n], b = (\n3\n) }", "{a=[1 2] b=paren(3)}");
    check("[{\n a = 1\n}\n,\n{}]", "[{a=1} {}]");
    check("{\"a\":1,\"b\":[{\"c\":null}]}", "{<\"'a'\">=1 <\"'b'\">=[{<\"'c'\">=null}]}");
}

#[test]
fn for_expressions() {
    check("[for x in a : x]", "for(x in a: x)");
    check("[for k, v in a : v if k != null]", "for(k,v in a: v if (!= k null))");
    check("{ for k, v in a : k => v }", "for(k,v in a: k => v)");
    check("{\n for v in a :\n v.k => v...\n if v.on\n}", "for(v in a: v.k => v... if v.on)");
    check("[for for in for : for]", "for(for in for: for)");
    check("[for x in a ? b : c : x]", "for(x in (? a b c): x)");
    check("[\nfor x in [for y in a : y] : [for z in x : z]\n]", "for(x in for(y in a: y): for(z in x: z))");
}

#[test]
fn newlines_end_only_what_stands_open() {
    check("\n1\n+\n2\n", "(+ 1 2)");
    check("(true\n? 1\n: 2)", "paren((? true 1 2))");
    check("\"${\n 1 + \n 1\n}\"", "\"${(+ 1 1)}\"");
    check("f({ a = 1\n b = 2 })", "f({a=1 b=2})");
}
