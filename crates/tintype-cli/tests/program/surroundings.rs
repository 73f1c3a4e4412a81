//! What the program makes of its process: the name of the working directory, the limit of open files.

use crate::bench::{Bench, program};

/// Runs a shell line in the directory; `$0` is the program.
fn check(bench: &Bench, line: &str, wanted: &str) {
    let mut shell = program("sh".as_ref());
    shell.args(["-c", line, env!("CARGO_BIN_EXE_tintype")]).current_dir(bench.path(""));
    let output = shell.env("TMPDIR", bench.tmp()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains(wanted), "{line}: {text}");
}

#[test]
fn a_directory_is_called_as_the_shell_calls_it() {
    let bench = Bench::of("locals {\n  where = \"«${path.cwd}»\"\n}\n");
    std::os::unix::fs::symlink(".", bench.path("link")).unwrap();
    let ask = "echo local.where | \"$0\" console t.pkr.hcl";
    check(&bench, &format!("cd link && {ask}"), "/link»");
    check(&bench, &format!("cd -P link && {ask}"), "/work»");
    for wrong in ["link", "/", "/nowhere", ""] {
        check(&bench, &format!("PWD='{wrong}'; export PWD; {ask}"), "/work»");
    }
}

#[test]
fn many_builds_fit_side_by_side() {
    let mut template = "source \"null\" \"a\" {\n  communicator = \"none\"\n}\nbuild {\n".to_owned();
    for number in 0..40 {
        template += &format!("  source \"null.a\" {{\n    name = \"n{number}\"\n  }}\n");
    }
    template += "  provisioner \"shell-local\" {\n    inline = [\"sleep 1\"]\n  }\n}\n";
    let bench = Bench::of(&template);
    check(&bench, "ulimit -Sn 64 && \"$0\" build -color=false t.pkr.hcl", "null.n39");
}
