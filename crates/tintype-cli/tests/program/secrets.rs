//! A sensitive value appears in no output form, no log and no file, however it is written.

use crate::bench::Bench;

const SECRET: &str = "p'a\"s$s w0rd&€";

fn bench() -> Bench {
    Bench::of(
        r#"
variable "password" {
  type      = string
  sensitive = true
}
source "null" "a" {
  communicator = "none"
}
build {
  sources = ["null.a"]
  provisioner "shell-local" {
    environment_vars = ["PASSWORD=${var.password}"]
    inline = [
      "printf '%s\n' \"plain $PASSWORD\"",
      "printf 'base64 %s\n' \"$(printf %s \"$PASSWORD\" | base64 | tr -d '[:space:]')\"",
      "printf 'base64 %s\n' \"$(printf user:%s \"$PASSWORD\" | base64 | tr -d '[:space:]')\"",
      "printf '%s\n' \"json ${replace(jsonencode(var.password), "\"", "\\\"")}\"",
      "printf '%s\n' \"url ${urlencode(var.password)}\" >&2",
    ]
  }
  provisioner "shell-local" {
    inline = ["exit 3 # ${var.password}"]
  }
}
"#,
    )
    .env("PKR_VAR_password", SECRET)
}

/// Spellings of the secret that must not be seen.
fn spellings() -> Vec<String> {
    vec![
        SECRET.into(),
        "w0rd".into(),
        // Its base64 alone, and behind `user:`, without the characters that depend on what follows.
        "cCdhInMkcyB3MHJkJuKC".into(),
        "cCdhInMkcyB3MHJk".into(),
        "w0rd%26".into(),
    ]
}

fn check(what: &str, text: &str) {
    assert!(!text.is_empty(), "{what} is empty");
    for spelling in spellings() {
        assert!(!text.contains(&spelling), "{what} holds «{spelling}»:\n{text}");
    }
}

#[cfg(unix)]
#[test]
fn on_the_screen_in_columns_in_json_and_in_the_log() {
    for flags in [&["-color=false"][..], &["-machine-readable"], &["-json"]] {
        let bench = bench().env("PACKER_LOG_PATH", "log.txt");
        let mut args = vec!["build"];
        args.extend(flags);
        args.push("t.pkr.hcl");
        let said = bench.run(&args);
        assert_eq!(said.code, 1, "{}", said.stdout);
        assert!(said.stdout.contains("<sensitive>"), "{}", said.stdout);
        check(&format!("{flags:?}"), &said.stdout);
        check("the log", &std::fs::read_to_string(bench.path("log.txt")).unwrap());
        assert_eq!(bench.left_over(), Vec::<String>::new());
    }
}

#[test]
fn in_inspect_and_in_findings() {
    let said = bench().run(&["inspect", "t.pkr.hcl"]);
    check("inspect", &said.stdout);
    let wrong = Bench::of(
        "variable \"password\" {\n  sensitive = true\n  type = string\n}\nlocals {\n  a = var.password + 1\n}\n",
    )
    .env("PKR_VAR_password", SECRET);
    let said = wrong.run(&["validate", "t.pkr.hcl"]);
    assert_eq!(said.code, 1);
    check("a finding", &said.stdout);
}
