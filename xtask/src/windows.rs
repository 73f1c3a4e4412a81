//! Proves the program on Windows without Windows: cross-builds it, runs it and the tests of `libs/` under Wine. The
//! toolchain and Wine are the work of `scripts/windows`.

use crate::tidy::libraries;
use crate::{Outcome, cross, programs};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

pub(crate) fn run(root: &Path, arguments: &[String]) -> Outcome {
    let dir = cross::folder(root, "windows", arguments)?;
    programs::run(root, "scripts/windows/setup", &[&dir])?;
    let bed = Bed { root, dir: &dir };
    bed.cargo(&["build", "--package", "tintype-cli"])?;
    bed.program()?;
    bed.libraries()
}

struct Bed<'a> {
    root: &'a Path,
    dir: &'a str,
}

impl Bed<'_> {
    fn cargo(&self, arguments: &[&str]) -> Outcome {
        programs::run(self.root, "scripts/windows/cargo", &[&[self.dir], arguments].concat())
    }

    /// What the program does, each thing in a fresh copy of the templates.
    fn program(&self) -> Outcome {
        let folder = Path::new(self.dir).join("work");
        if folder.is_dir() {
            std::fs::remove_dir_all(&folder).map_err(|error| error.to_string())?;
        }
        let templates = self.root.join("scripts/windows/templates");
        for name in crate::files::below(&templates)? {
            crate::files::write(&folder.join(&name), &crate::files::read(&templates.join(&name))?)?;
        }
        let says = |arguments: &[&str], wanted: &[&str]| self.says(&folder, arguments, wanted);
        says(&["version"], &["Tintype v"])?;
        says(&["validate", "file.pkr.hcl"], &["The configuration is valid."])?;
        says(&["validate", "null.pkr.hcl"], &["The configuration is valid."])?;
        says(
            &["build", "-color=false", "file.pkr.hcl"],
            &["Build 'file.greeting' finished", "Stored file: out/greeting.txt"],
        )?;
        let written = crate::files::read(&folder.join("out/greeting.txt"))?;
        if written != b"written under Windows" {
            return Err(format!("out/greeting.txt holds {:?}", String::from_utf8_lossy(&written)));
        }
        crate::files::read(&folder.join("out/sha256.txt"))?;
        let flags = ["build", "-color=false", "-var", "who=world", "null.pkr.hcl"];
        says(&flags, &["null.here: hello world", "on Windows_NT", "Build 'null.here' finished"])?;
        says(
            &["build", "-color=false", "oci.pkr.hcl"],
            &[
                "No command can be run in containers",
                "Writing OCI layout: out/image",
                "Build 'oci.files' finished",
            ],
        )?;
        crate::files::read(&folder.join("out/image/index.json"))?;
        if crate::files::read(&folder.join("out/back.pkr.hcl"))?
            != crate::files::read(&folder.join("file.pkr.hcl"))?
        {
            return Err("a file did not come out of a container as it went in".to_owned());
        }
        self.plugins(&folder)
    }

    /// Plugins, which are found at ports there: that of `tests/go-plugin`, where Go is installed, and the program as one of its own.
    fn plugins(&self, folder: &Path) -> Outcome {
        if !programs::answers("go", &["version"]) {
            eprintln!("Go is not installed: plugins are not tried");
            return Ok(());
        }
        let probe = folder.join("packer-plugin-probe.exe");
        let status = Command::new("go")
            .current_dir(self.root.join("tests/go-plugin"))
            .args(["build", "-trimpath", "-o"])
            .arg(&probe)
            .arg(".")
            .envs([("GOOS", "windows"), ("GOARCH", "amd64"), ("CGO_ENABLED", "0")])
            .status();
        if !status.is_ok_and(|status| status.success()) {
            return Err("the Go plugin cannot be built for Windows".to_owned());
        }
        let own = folder.join("packer-plugin-tintype.exe");
        std::fs::copy(self.executable(), &own).map_err(|error| crate::files::at(&own, error))?;
        for name in ["probe", "tintype"] {
            let (path, source) = (format!("packer-plugin-{name}.exe"), format!("github.com/tintype/{name}"));
            self.says(
                folder,
                &["plugins", "install", "--path", &path, &source],
                &["Successfully installed"],
            )?;
        }
        let wanted = [
            "probe.here: system: windows",
            "probe.here: downloaded 3000000 bytes",
            "probe.here: exit 0, stdout \"by-a-command",
            "probe.here: by a plugin of our own",
            "Build 'probe.here' finished",
        ];
        self.says(folder, &["build", "-color=false", "plugins.pkr.hcl"], &wanted)?;
        crate::files::read(&folder.join("out/manifest.json")).map(drop)
    }

    fn executable(&self) -> String {
        format!("{}/target/x86_64-pc-windows-gnu/debug/tintype.exe", self.dir)
    }

    /// Runs the program; it must end with 0 and its output hold every text.
    fn says(&self, folder: &Path, arguments: &[&str], wanted: &[&str]) -> Outcome {
        let program = self.executable();
        let shown = arguments.join(" ");
        let output = Command::new(self.root.join("scripts/windows/wine"))
            .args([self.dir, &program])
            .args(arguments)
            .current_dir(folder)
            .env("PACKER_PLUGIN_PATH", "plugins")
            .output()
            .map_err(|error| format!("scripts/windows/wine: {error}"))?;
        let text =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let lacking: Vec<&&str> = wanted.iter().filter(|part| !text.contains(**part)).collect();
        if !output.status.success() || !lacking.is_empty() {
            return Err(format!("tintype.exe {shown}: {}, lacks {lacking:?}\n{text}", output.status));
        }
        println!("ok: tintype.exe {shown}");
        Ok(())
    }

    /// The tests of the libraries, each program from the folder of its package, as cargo does.
    fn libraries(&self) -> Outcome {
        let mut arguments = vec![self.dir, "test", "--no-run", "--message-format=json-render-diagnostics"];
        let names = libraries(self.root)?;
        arguments.extend(names.iter().flat_map(|name| ["--package", name]));
        let messages = programs::output(self.root, "scripts/windows/cargo", &arguments)?;
        let messages = String::from_utf8_lossy(&messages).into_owned();
        for message in messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
            let text = |name: &str| message.get(name).and_then(Value::as_str);
            let is_test = message.pointer("/profile/test").and_then(Value::as_bool) == Some(true);
            if let (true, Some(program), Some(manifest)) =
                (is_test, text("executable"), text("manifest_path"))
            {
                let folder = Path::new(manifest).parent().unwrap_or(self.root);
                let wine = self.root.join("scripts/windows/wine");
                programs::run(folder, &wine.to_string_lossy(), &[self.dir, program, "--quiet"])?;
            }
        }
        Ok(())
    }
}
