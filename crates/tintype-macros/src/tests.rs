use crate::config;

/// What the macro says about a struct, one mistake a line; nothing when it is content.
#[track_caller]
fn check(item: &str, expected: &[&str]) {
    let input = syn::parse_str(item).expect("the test's own struct");
    let said: Vec<String> = match config::expand(&input) {
        Ok(code) => {
            syn::parse2::<syn::File>(code).expect("what is generated parses");
            Vec::new()
        }
        Err(errors) => errors.into_iter().map(|error| error.to_string()).collect(),
    };
    assert_eq!(said, expected, "{item}");
}

#[test]
fn what_is_written_well_is_accepted() {
    check(
        "/// Doc.
        #[config(name = \"x\", retired(\"a\", \"b\"), unchecked)]
        struct X {
            #[config(flatten)] inner: Inner,
            /// Doc.
            #[config(required, sensitive, aliases(\"o\"), values(\"p\"), key = \"no\", name = \"type\", deprecated = \"d\")]
            r#type: String,
            #[config(default = \"[1]\", template = \"Path\")] list: Vec<i64>,
            #[config(block)] block: Option<Inner>,
            #[config(block, object)] either: Option<Inner>,
        }",
        &[],
    );
    check("struct Empty {}", &[]);
}

#[test]
fn every_mistake_is_told() {
    check(
        "struct X {
            #[config(requird)] a: String,
            #[config(flatten, required)] b: Inner,
            #[config(required, default = \"x\")] c: String,
            #[config(default = \"a, b\")] d: Vec<String>,
            #[config(default = \"yes\")] e: bool,
            #[config(default = \"5m\")] f: u16,
            #[config(key = \"maybe\")] g: String,
            #[config(block, template = \"\")] h: Inner,
            #[config(default = \"a\", default = \"b\")] i: String,
            #[config(object)] j: String,
        }",
        &[
            "unknown option `requird`: a field takes `flatten`, `block`, `object`, `required`, `default`, `name`, `aliases`, \
             `template`, `values`, `sensitive`, `deprecated` and `key`",
            "`flatten` stands alone: the options are those of the other struct",
            "an option with a default is never missing: drop `required` or `default`",
            "the default of a list is written as JSON: `[\"a\", \"b\"]`",
            "a bool is `true` or `false`",
            "this is not a whole number",
            "`key` is one of \"no\", \"file\", \"tree\", \"secret\", \"finish\"",
            "a block has neither `default` nor `template`",
            "given twice",
            "`object` is said of a `block`",
        ],
    );
    check(
        "#[config(nam = \"x\")] struct X {}",
        &["unknown option `nam`: a struct takes `name`, `retired` and `unchecked`"],
    );
    check("enum X {}", &["Config can be derived for a struct only"]);
    check("struct X(String);", &["Config needs named fields: the names are the options"]);
    check("struct X<T> { a: T }", &["Config cannot be derived for a generic struct"]);
}
