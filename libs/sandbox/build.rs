//! Builds `entry/entry.c`, the one program of ours that is no Rust, for where there is a filter of system calls; see there.

use std::path::Path;

#[expect(clippy::disallowed_methods, clippy::disallowed_macros, reason = "a build script talks to cargo")]
fn main() {
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    println!("cargo::rerun-if-changed=entry/entry.c");
    println!("cargo::rustc-check-cfg=cfg(entry)");
    let known = ["x86_64", "aarch64"].contains(&variable("CARGO_CFG_TARGET_ARCH").as_str());
    if variable("CARGO_CFG_TARGET_OS") != "linux" || !known {
        return;
    }
    let out = Path::new(&variable("OUT_DIR")).join("entry");
    let mut compiler = cc::Build::new().warnings(true).extra_warnings(true).get_compiler().to_command();
    compiler
        .args([
            "-Os",
            "-std=gnu99",
            "-ffreestanding",
            "-fno-stack-protector",
            "-fno-asynchronous-unwind-tables",
        ])
        .args([
            "-static",
            "-no-pie",
            "-fno-pie",
            "-nostdlib",
            "-Wl,--build-id=none",
            "-Wl,-z,noexecstack",
            "-s",
        ])
        .arg("-o")
        .arg(&out)
        .arg("entry/entry.c");
    let built = compiler.status();
    assert!(built.as_ref().is_ok_and(std::process::ExitStatus::success), "{compiler:?}: {built:?}");
    println!("cargo::rustc-cfg=entry");
}
