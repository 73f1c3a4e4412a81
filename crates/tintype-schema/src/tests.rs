use std::collections::BTreeMap;
use std::path::PathBuf;

use cty::Value;
use diag::{FileId, Span};
use expect_test::{Expect, expect};

use crate::{At, Check, Config, ConfigValue, GoDuration, Interpolate, Verbatim};

/// Who may come in.
#[derive(Config, Clone, Debug)]
#[config(unchecked)]
#[expect(dead_code, reason = "what matters is that every field decodes")]
struct Comm {
    /// Where to connect to.
    ssh_host: Option<String>,
    #[config(default = "22")]
    ssh_port: u16,
    #[config(default = "5m", aliases("ssh_wait_timeout"))]
    ssh_timeout: GoDuration,
    #[config(sensitive)]
    ssh_password: Option<String>,
}

#[derive(Config, Clone, Debug)]
#[expect(dead_code, reason = "what matters is that every field decodes")]
struct Build {
    path: Option<String>,
    #[config(default = ".")]
    build_dir: PathBuf,
    arguments: BTreeMap<String, String>,
}

impl Check for Build {
    fn check(&self, at: &mut At<'_>) {
        if self.path.is_none() {
            at.error("path", "`path` is required for bootstrapping a build with `docker build`");
        }
    }
}

#[derive(Config, Clone, Debug)]
#[config(unchecked)]
#[expect(dead_code, reason = "what matters is that every field decodes")]
struct Disk {
    #[config(required)]
    size: u64,
    name: String,
}

/// Runs scripts.
///
/// On the *machine*.
#[derive(Config, Clone, Debug)]
#[config(name = "everything", retired("iso_md5"))]
#[expect(dead_code, reason = "what matters is that every field decodes")]
struct Everything {
    #[config(flatten)]
    comm: Comm,
    /// Commands, one after another.
    ///
    /// In one shell.
    inline: Vec<String>,
    script: Option<PathBuf>,
    #[config(required, key = "no")]
    destination: String,
    #[config(default = "/tmp")]
    remote_folder: String,
    remote_path: String,
    #[config(template = "Path, Vars")]
    execute_command: Option<String>,
    #[config(default = r#"["-d", "{{.Image}}"]"#, template = "Image")]
    run_command: Vec<String>,
    #[config(deprecated = "use inline")]
    command: Option<String>,
    /// Where to.
    #[config(values("upload", "download"), default = "upload")]
    direction: String,
    #[config(block, object)]
    build: Option<Build>,
    #[config(block)]
    disk: Vec<Disk>,
    custom_data: Option<BTreeMap<String, String>>,
    #[config(default = "[0]")]
    valid_exit_codes: Vec<i64>,
    env: BTreeMap<String, String>,
    provenance: Option<bool>,
    qemuargs: Vec<Vec<String>>,
    ratio: f64,
    anything: Option<Value>,
    r#type: Option<String>,
}

impl Check for Everything {
    fn complete(&mut self) {
        if self.remote_path.is_empty() {
            self.remote_path = format!("{}/script.sh", self.remote_folder);
        }
    }

    fn check(&self, at: &mut At<'_>) {
        at.at_most_one(&["inline", "script"]);
        at.together(&["ssh_host", "ssh_password"]);
        if self.destination.is_empty() {
            at.error("destination", "Destination must be specified.").hint("Say where to.");
        }
        if self.ratio > 1.0 {
            at.warn("ratio", "That is a lot");
        }
    }
}

/// Renders `{{name}}` as `<name>` and refuses `{{bad}}`.
struct Angles;

impl Interpolate for Angles {
    fn render(&self, text: &str) -> Result<String, String> {
        self.check(text)?;
        Ok(text.replace("{{", "<").replace("}}", ">"))
    }

    fn check(&self, text: &str) -> Result<(), String> {
        if text.contains("{{bad}}") { Err("function \"bad\" not defined".into()) } else { Ok(()) }
    }
}

fn input(json: &str) -> ConfigValue {
    let value = cty::json::from_json(json).expect("the test's own JSON");
    // Each option at a place of its own: the offset of its name in the text.
    let mut spans = BTreeMap::new();
    for name in ["destination", "inline", "disk", "ratio", "command", "ssh_wait_timeout"] {
        if let Some(start) = json.find(&format!("{name:?}")) {
            spans.insert(name.to_owned(), Span::new(FileId(0), start, start + name.len()));
        }
    }
    let block = Some(Span::new(FileId(0), 900, 901));
    ConfigValue { spans, block, block_name: "thing \"x\"".into(), ..ConfigValue::new(value) }
}

fn outcome(value: &ConfigValue, show: impl FnOnce(Everything) -> String) -> String {
    let (mut text, diagnostics) = match Everything::decode(value, &Angles) {
        Ok(decoded) => (show(decoded.config) + "\n", decoded.warnings),
        Err(diagnostics) => (String::new(), diagnostics),
    };
    for diagnostic in &diagnostics {
        let place = diagnostic.subject.map_or_else(|| "-".to_owned(), |span| span.start.to_string());
        let hint = diagnostic.hint.as_ref().map(|hint| format!(" [{hint}]")).unwrap_or_default();
        text += &format!("{:?}@{place} {diagnostic}{hint}\n", diagnostic.severity);
    }
    text
}

/// Decodes as HCL and compares what `show` makes of the struct, or the findings.
fn check(json: &str, show: impl FnOnce(Everything) -> String, expected: Expect) {
    expected.assert_eq(&outcome(&input(json), show));
}

/// Decodes as legacy JSON.
fn check_loose(json: &str, show: impl FnOnce(Everything) -> String, expected: Expect) {
    expected.assert_eq(&outcome(&input(json).loose(), show));
}

/// Decodes as HCL with overrides.
fn check_over(json: &str, over: &str, show: impl FnOnce(Everything) -> String, expected: Expect) {
    let over = cty::json::from_json(over).expect("the test's own JSON");
    let value = ConfigValue { overrides: vec![over], ..input(json) };
    expected.assert_eq(&outcome(&value, show));
}

#[test]
fn defaults_fill_what_is_absent_or_null() {
    check(
        r#"{"destination": "d", "remote_folder": null, "type": "t"}"#,
        |c| {
            format!(
                "{:?} {:?} {:?} {:?} {} {} {:?} {:?} {} {:?} {:?} {} {:?}",
                c.comm,
                c.inline,
                c.script,
                c.destination,
                c.remote_folder,
                c.remote_path,
                c.execute_command,
                c.run_command,
                c.direction,
                c.build.is_none(),
                c.valid_exit_codes,
                c.ratio,
                c.r#type,
            )
        },
        expect![[r#"
            Comm { ssh_host: None, ssh_port: 22, ssh_timeout: 5m0s, ssh_password: None } [] None "d" /tmp /tmp/script.sh None ["-d", "{{.Image}}"] upload true [0] 0 Some("t")
        "#]],
    );
}

#[test]
fn what_is_empty_takes_the_default_too() {
    check(
        r#"{"destination": "d", "remote_folder": "", "ssh_port": 0, "ssh_timeout": "0s", "ssh_wait_timeout": "0", "valid_exit_codes": []}"#,
        |c| {
            format!(
                "{:?} {} {} {} {:?}",
                c.destination, c.remote_folder, c.comm.ssh_port, c.comm.ssh_timeout, c.valid_exit_codes
            )
        },
        expect![[r#"
            "d" /tmp 22 5m0s [0]
        "#]],
    );
}

#[test]
fn values_convert_as_in_hcl() {
    check(
        r#"{"destination": 5, "inline": ["a", 1, true, null], "ssh_port": "2222", "ssh_timeout": "1m30s", "provenance": "true",
            "env": {"A": 1, "B": false}, "valid_exit_codes": ["1", 2], "qemuargs": [["-m", 1]], "ratio": "0.5",
            "anything": {"a": ["{{x}}", 1]}}"#,
        |c| {
            format!(
                "{} {:?} {:?} {:?} {:?} {:?} {:?} {} {:?}",
                c.destination,
                c.inline,
                c.comm.ssh_port,
                c.comm.ssh_timeout,
                c.provenance,
                c.env,
                c.qemuargs,
                c.ratio,
                c.anything.map(|value| cty::json::to_json(&value).expect("no unknowns")),
            )
        },
        expect![[r#"
            5 ["a", "1", "true", ""] 2222 1m30s Some(true) {"A": "1", "B": "false"} [["-m", "1"]] 0.5 Some("{\"a\":[\"\\u003cx\\u003e\",1]}")
        "#]],
    );
}

#[test]
fn every_mistake_at_once_and_none_twice() {
    check(
        r#"{"inlin": ["x"], "ssh_port": 70000, "inline": "x", "disk": [{"name": "a"}, {"size": -1}], "provenance": "perhaps",
            "ssh_timeout": "5", "build": {"arguments": 3}, "script": "s", "ratio": 2, "ssh_host": "h", "command": "c"}"#,
        |_| unreachable!(),
        expect![[r#"
            Error@36 Incorrect attribute value type; The value of "inline" does not fit: a list of string is needed, this is a string.
            Error@51 Missing required argument; "disk[0].size" must be set.
            Error@51 Incorrect attribute value type; The value of "disk[1].size" does not fit: -1 is negative.
            Warning@189 That is a lot
            Warning@218 Deprecated argument; "command" should not be used any more: use inline.
            Error@900 Incorrect attribute value type; The value of "build.arguments" does not fit: a map of string is needed, this is a number.
            Error@900 Unsupported argument; There is no argument named "inlin" here. [Did you mean "inline"?]
            Error@900 Incorrect attribute value type; The value of "provenance" does not fit: "perhaps" is neither "true" nor "false".
            Error@900 Incorrect attribute value type; The value of "ssh_timeout" does not fit: time: missing unit in duration "5".
            Error@900 Incorrect attribute value type; The value of "ssh_port" does not fit: 70000 is not between 0 and 65535.
            Error@900 Missing required argument; "destination" must be set.
            Error@900 `path` is required for bootstrapping a build with `docker build`
            Error@900 Only one of "inline" or "script" may be set; Set here: "inline" and "script".
            Error@900 "ssh_host" and "ssh_password" must be set together; Missing: "ssh_password".
        "#]],
    );
}

#[test]
fn texts_are_rendered_once_unless_they_are_templates() {
    check(
        r#"{"destination": "{{a}}", "inline": ["{{b}}", "c"], "env": {"{{k}}": "{{v}}"}, "execute_command": "{{.Path}}"}"#,
        |c| format!("{} {:?} {:?} {:?}", c.destination, c.inline, c.env, c.execute_command),
        expect![[r#"
            <a> ["<b>", "c"] {"<k>": "<v>"} Some("{{.Path}}")
        "#]],
    );
    check(
        r#"{"destination": "{{bad}}", "execute_command": "x {{bad}}", "inline": ["fine", "{{bad}}"]}"#,
        |_| unreachable!(),
        expect![[r#"
            Error@1 Invalid template in "destination"; function "bad" not defined
              in "{{bad}}"
            Error@59 Invalid template in "inline[1]"; function "bad" not defined
              in "{{bad}}"
            Error@900 Invalid template in "execute_command"; function "bad" not defined
              in "x {{bad}}"
        "#]],
    );
}

#[test]
fn overrides_are_laid_on_element_by_element() {
    check_over(
        r#"{"destination": "d", "inline": ["a", "b"], "env": {"A": "1", "B": "2"}, "disk": [{"size": 1, "name": "n"}],
            "valid_exit_codes": [7]}"#,
        r#"{"inline": "x", "env": {"B": true}, "disk": [{"size": 2}], "destination": null}"#,
        |c| format!("{:?} {:?} {:?} {} {:?}", c.inline, c.env, c.disk, c.destination, c.valid_exit_codes),
        expect![[r#"
            ["x", "b"] {"A": "1", "B": "1"} [Disk { size: 2, name: "n" }] d [7]
        "#]],
    );
    check_over(
        r#"{"destination": "d"}"#,
        r#"{"inlin": []}"#,
        |_| unreachable!(),
        expect![[r#"
        Error@900 Unsupported argument; There is no argument named "inlin" here. [Did you mean "inline"?]
    "#]],
    );
}

#[test]
fn legacy_json_converts_further() {
    check_loose(
        r#"{"Destination": true, "inline": "a,b", "provenance": "", "ssh_port": "0x10", "valid_exit_codes": "3", "ratio": true,
            "disk": {"size": "4"}, "env": [{"A": 1}, {"B": 2}], "ssh_timeout": 1500000000, "execute_command": "a,{{.B}}",
            "qemuargs": [["-m", "1"], "x,y"], "run_command": "run,{{.Image}}", "packer_of_the_core": 1}"#,
        |c| {
            format!(
                "{} {:?} {:?} {} {:?} {} {:?} {:?} {} {:?} {:?} {:?}",
                c.destination,
                c.inline,
                c.provenance,
                c.comm.ssh_port,
                c.valid_exit_codes,
                c.ratio,
                c.disk,
                c.env,
                c.comm.ssh_timeout,
                c.execute_command,
                c.qemuargs,
                c.run_command,
            )
        },
        expect![[r#"
            1 ["a", "b"] None 16 [3] 1 [Disk { size: 4, name: "" }] {"A": "1", "B": "2"} 1.5s Some("a,{{.B}}") [["-m", "1"], ["x", "y"]] ["run", "{{.Image}}"]
        "#]],
    );
    check_loose(
        r#"{"destination": ["x"], "colour": "red", "iso_md5": "x", "inlin": 1, "provenance": "yes", "disk": "x", "run_command": {"a": 1}}"#,
        |_| unreachable!(),
        expect![[r#"
            Error@1 'destination': a string is needed, this is a list
            Error@89 'disk': one or more blocks are needed, this is a string
            Error@900 unknown configuration key: '"colour"'
            Error@900 unknown configuration key: '"inlin"' [Did you mean "inline"?]
            Error@900 Deprecated configuration key: 'iso_md5'. Please call `packer fix` against your template to update it
            Error@900 'provenance': "yes" is neither "true" nor "false"
            Error@900 'run_command[0]': a string is needed, this is an object
        "#]],
    );
}

#[test]
fn capitals_make_no_other_name() {
    check_loose(
        r#"{"destination": "d", "Destination": "e"}"#,
        |_| unreachable!(),
        expect![[r#"
            Error@1 unknown configuration key: '"destination"' [It is there twice, with other capitals.]
        "#]],
    );
}

#[test]
fn an_older_name_wins() {
    check(
        r#"{"destination": "d", "ssh_timeout": "1s", "ssh_wait_timeout": "2s"}"#,
        |c| c.comm.ssh_timeout.to_string(),
        expect![[r#"
            2s
        "#]],
    );
    check(
        r#"{"destination": "d", "ssh_wait_timeout": "x"}"#,
        |_| unreachable!(),
        expect![[r#"
        Error@21 Incorrect attribute value type; The value of "ssh_wait_timeout" does not fit: time: invalid duration "x".
    "#]],
    );
}

#[test]
fn fractions_are_cut_with_a_warning() {
    check(
        r#"{"destination": "d", "valid_exit_codes": [1.7]}"#,
        |c| format!("{:?}", c.valid_exit_codes),
        expect![[r#"
        [1]
        Warning@900 Number is not whole; "valid_exit_codes[0]" takes whole numbers: 1 is used in place of 1.7.
    "#]],
    );
    check(
        r#"{"destination": "d", "valid_exit_codes": [1e30]}"#,
        |_| unreachable!(),
        expect![[r#"
        Error@900 Incorrect attribute value type; The value of "valid_exit_codes[0]" does not fit: 1000000000000000000000000000000 is too large.
    "#]],
    );
}

#[test]
fn late_checks_use_the_same_places() {
    let value = input(r#"{"destination": "d", "inline": []}"#);
    let mut decoded = Everything::decode(&value, &Verbatim).expect("fine");
    assert!(decoded.places.given("inline") && !decoded.places.filled("inline"));
    let found = decoded
        .verify(|_, at| {
            at.error("inline[3]", "no such file").detail("Look.");
        })
        .expect_err("an error");
    assert_eq!(found.0[0].subject, value.spans.get("inline").copied());
    assert!(decoded.verify(|_, at| _ = at.warn("", "hm")).is_ok());
    assert_eq!(decoded.warnings.len(), 1);
}

#[test]
fn late_checks_are_told_with_the_early_ones() {
    let value = input(r#"{"inlin": []}"#);
    let told = Everything::decode_into(&value, &Verbatim, |_, at| {
        at.error("script", "no such file");
        at.error("destination", "told already");
    });
    let titles: Vec<String> = told.expect_err("errors").into_iter().map(|found| found.summary).collect();
    assert_eq!(titles, ["Unsupported argument", "Missing required argument", "no such file"]);
    let value = input(r#"{"destination": "d"}"#);
    assert!(
        matches!(Everything::decode_into(&value, &Verbatim, |c, _| c.destination), Ok((d, w)) if d == "d" && w.is_empty())
    );
}

#[test]
fn the_schema_knows_its_type() {
    let ty = Build::schema().ty();
    assert_eq!(ty.to_string(), "object({arguments=map(string),build_dir=string,path=string})");
    assert!(Everything::schema().field_at("disk[0].size").is_some_and(|field| field.required));
    assert!(Everything::schema().field("ssh_wait_timeout").is_some());
}

#[test]
fn manuals() {
    expect![[r##"
        # `everything`

        Runs scripts.

        On the *machine*.

        ## Options

        - `destination` (string, required)
        - `ssh_host` (string) Where to connect to.
        - `ssh_port` (whole number) Default: `22`.
        - `ssh_timeout` (duration) Default: `5m`. Older names: `ssh_wait_timeout`.
        - `ssh_password` (string, sensitive)
        - `inline` (list of string) Commands, one after another.

          In one shell.
        - `script` (string)
        - `remote_folder` (string) Default: `/tmp`.
        - `remote_path` (string)
        - `execute_command` (string) A Go template, rendered when it is used, with `{{.Path}}`, `{{.Vars}}`.
        - `run_command` (list of string) Default: `["-d", "{{.Image}}"]`. A Go template, rendered when it is used, with `{{.Image}}`.
        - `command` (string) **Deprecated:** use inline.
        - `direction` (string) Where to. Default: `upload`. One of `upload`, `download`.
        - `build` (block or object)
        - `disk` (blocks, any number)
        - `custom_data` (map of string)
        - `valid_exit_codes` (list of whole number) Default: `[0]`.
        - `env` (map of string)
        - `provenance` (bool)
        - `qemuargs` (list of list of string)
        - `ratio` (number)
        - `anything` (any value)
        - `type` (string)

        ## Options of `build`

        - `path` (string)
        - `build_dir` (string) Default: `.`.
        - `arguments` (map of string)

        ## Options of `disk`

        - `size` (whole number, required)
        - `name` (string)
    "##]].assert_eq(&crate::to_markdown(Everything::schema()));
    expect![[r#"
        direction (string)

        Where to.

        Default: upload
        Values: upload, download
    "#]]
    .assert_eq(&crate::describe_option(Everything::schema(), "direction").unwrap_or_default());
    expect![[r#"
        disk (blocks, any number)

          size  whole number
          name  string
    "#]]
    .assert_eq(&crate::describe_option(Everything::schema(), "disk").unwrap_or_default());
    expect![[r#"
        Comm

        Who may come in.

          ssh_host      string            Where to connect to.
          ssh_port      whole number
          ssh_timeout   duration
          ssh_password  string
    "#]]
    .assert_eq(&crate::describe_option(Comm::schema(), "").unwrap_or_default());
    assert_eq!(crate::describe_option(Comm::schema(), "nope"), None);
    expect![[r#"
        {
          "type": "object",
          "properties": {
            "size": {
              "type": [
                "integer",
                "string"
              ]
            },
            "name": {
              "type": [
                "string",
                "number",
                "boolean"
              ]
            }
          },
          "additionalProperties": false,
          "required": [
            "size"
          ],
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "title": "Disk"
        }"#]]
    .assert_eq(&format!("{:#}", crate::to_json_schema(Disk::schema())));
    expect![[r#"{"anyOf":[{"enum":["upload","download"]},{"type":"string","pattern":"\\$\\{|\\{\\{"}],"description":"Where to.","default":"upload"}"#]].assert_eq(&crate::to_json_schema(Everything::schema())["properties"]["direction"].to_string());
}
