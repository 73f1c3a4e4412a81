//! Every mistake is told with its place and a way out, ends with 1, and leaves nothing behind.

use crate::bench::{Bench, docker};

/// Runs `command t.pkr.hcl` and looks for words in what it says.
fn check(bench: &Bench, command: &str, wanted: &[&str]) {
    let said = bench.run(&[command, "t.pkr.hcl"]);
    assert_eq!(said.code, 1, "{}{}", said.stdout, said.stderr);
    for text in wanted {
        assert!(said.stdout.contains(text), "«{text}» is missing in:\n{}", said.stdout);
    }
    assert!(!said.stdout.contains("panicked") && !said.stderr.contains("panicked"), "{}", said.stderr);
    assert_eq!(bench.left_over(), Vec::<String>::new());
}

const NULL: &str = "source \"null\" \"a\" {\n  communicator = \"none\"\n}\n";

fn with_provisioner(provisioner: &str) -> Bench {
    Bench::of(&format!("{NULL}build {{\n  sources = [\"null.a\"]\n{provisioner}\n}}\n"))
}

#[test]
fn unknown_option() {
    let bench = with_provisioner("  provisioner \"shell-local\" {\n    inlin = [\"true\"]\n  }");
    check(
        &bench,
        "validate",
        &[
            "Error: Failed preparing provisioner-block \"shell-local\" \"\"",
            "on t.pkr.hcl line 7",
            "Unsupported argument",
            "mean \"inline\"?",
        ],
    );
}

#[test]
fn wrong_type() {
    let bench = with_provisioner("  provisioner \"shell-local\" {\n    inline = { a = 1 }\n  }");
    check(
        &bench,
        "validate",
        &["on t.pkr.hcl line 7", "Incorrect attribute value type", "list\nof string required"],
    );
}

#[test]
fn all_mistakes_at_once() {
    let bench = Bench::of(
        "source \"null\" \"a\" {\n  comunicator = \"none\"\n}\nsource \"file\" \"b\" {\n  content = [1]\n}\nbuild {\n  sources = [\"null.a\", \"file.b\"]\n}\n",
    );
    check(&bench, "validate", &["line 2", "line 5"]);
}

#[test]
fn missing_script() {
    let bench = with_provisioner("  provisioner \"shell-local\" {\n    script = \"nope.sh\"\n  }");
    check(&bench, "validate", &["Bad script 'nope.sh'", "on t.pkr.hcl line 7", "no such file"]);
}

#[test]
fn failing_script() {
    let bench = with_provisioner("  provisioner \"shell-local\" {\n    inline = [\"exit 7\"]\n  }");
    check(&bench, "build", &["Script exited with non-zero exit status: 7. Allowed exit codes are: [0]"]);
}

#[test]
fn a_name_twice() {
    let bench = Bench::of(&format!("{NULL}{NULL}build {{\n  sources = [\"null.a\"]\n}}\n"));
    check(&bench, "validate", &["Error: Duplicate source block", "on t.pkr.hcl line 4"]);
}

#[test]
fn a_cycle_of_locals() {
    let bench = Bench::of("locals {\n  a = local.b\n  b = local.a\n}\n");
    check(
        &bench,
        "validate",
        &["Error: failed to prepare execution graph", "Cycle: ", "local.a", "local.b", "t.pkr.hcl line"],
    );
}

#[test]
fn broken_utf8() {
    let bench = Bench::of("");
    bench.write("t.pkr.hcl", b"locals {\n  a = \"\xff\xfe\"\n}\n");
    check(&bench, "validate", &["Error: Invalid character encoding", "t.pkr.hcl line 2"]);
}

#[test]
fn target_not_writable() {
    let bench = Bench::of(
        "source \"file\" \"f\" {\n  target  = \"wall/f.txt\"\n  content = \"x\"\n}\nbuild {\n  sources = [\"file.f\"]\n}\n",
    );
    bench.write("wall", b"a file where a directory should be");
    check(&bench, "build", &["Build 'file.f' errored", "wall"]);
    assert_eq!(std::fs::read(bench.path("wall")).unwrap(), b"a file where a directory should be");
}

#[test]
fn nested_brackets_without_end() {
    let bench = Bench::of(&format!("locals {{\n  a = {}\n}}\n", "[".repeat(10_000)));
    let begun = std::time::Instant::now();
    check(&bench, "validate", &["Error: "]);
    assert!(begun.elapsed().as_secs() < 20);
}

/// Builds a file where an old one is, in a file system of its own that `more` has been done to; the old one must stay.
#[cfg(target_os = "linux")]
fn check_old_file_stays(more: &str, wanted: &str) {
    use crate::bench::{program, skip};
    let bench = Bench::new(&[(
        "t.pkr.hcl",
        "source \"file\" \"f\" {\n  target = \"small/f.txt\"\n  source = \"big\"\n}\nbuild {\n  sources = [\"file.f\"]\n}\n",
    )]);
    bench.write("big", &vec![b'x'; 1 << 20]);
    std::fs::create_dir(bench.path("small")).unwrap();
    let script = format!(
        "mount -t tmpfs -o size=64k none small && echo old >small/f.txt && {more} && {{ {} build -color=false t.pkr.hcl; echo code $?; cat small/f.txt; ls -A small; }}",
        env!("CARGO_BIN_EXE_tintype")
    );
    let output = program(std::path::Path::new("unshare"))
        .args(["-m", "sh", "-c", &script])
        .current_dir(bench.path(""))
        .env("TMPDIR", bench.tmp())
        .output();
    match output {
        Ok(output) if output.status.success() => {
            let text = String::from_utf8_lossy(&output.stdout);
            assert!(text.contains("errored after") && text.contains(wanted), "{text}");
            assert!(text.ends_with("code 1\nold\nf.txt\n"), "{text}");
        }
        _ => skip("no file system of its own can be mounted (needs root)"),
    }
}

#[cfg(target_os = "linux")]
#[test]
fn disk_full_keeps_the_old_file() {
    check_old_file_stays("true", "no space left on device");
}

/// As root, too, for whom permissions mean nothing.
#[cfg(target_os = "linux")]
#[test]
fn a_read_only_disk_keeps_the_old_file() {
    check_old_file_stays("mount -o remount,ro small", "read-only file system");
}

#[test]
fn engine_not_running() {
    let bench = Bench::of("source \"docker\" \"d\" {\n  image  = \"x\"\n  commit = true\n}\nbuild {\n  sources = [\"docker.d\"]\n}\n")
        .env("DOCKER_HOST", "unix:///nonexistent/docker.sock");
    check(&bench, "build", &["Build 'docker.d' errored", "/nonexistent/docker.sock"]);
}

#[test]
fn image_not_found() {
    if !docker() {
        return;
    }
    let bench = Bench::of(
        "source \"docker\" \"d\" {\n  image  = \"tintype-no-such-image:none\"\n  pull   = false\n  commit = true\n}\nbuild {\n  sources = [\"docker.d\"]\n}\n",
    );
    check(&bench, "build", &["Build 'docker.d' errored", "tintype-no-such-image:none"]);
}

#[test]
fn a_missing_template_is_one_plain_line() {
    let said = Bench::new(&[]).run(&["build", "nope.json"]);
    assert_eq!(said.stdout, "\"nope.json\": stat nope.json: no such file or directory\n");
    assert_eq!(said.code, 1);
}

#[test]
fn a_reader_that_goes_away_is_no_crash() {
    let bench = with_provisioner("  provisioner \"shell-local\" {\n    inline = [\"seq 100000\"]\n  }");
    let mut child = bench
        .command(&["build", "t.pkr.hcl"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}
