//! The one door through which the tests of components here go: options as JSON, the component by its name, what came of it.

use std::sync::Arc;

use tintype_sdk::{Artifact, Catalog, Error, PostProcessed, Purity, Registry, Result};
use tintype_testkit::{FakeArtifact, FakeHook, FakeMachine, Reach, Sandbox, findings, options};

use crate::register;

fn registry() -> Registry {
    let mut registry = Registry::new();
    register(&mut registry);
    registry
}

/// The components as the tests of this run reach them: directly, or as if they were in a plugin.
fn catalog(sandbox: &Sandbox) -> Arc<dyn Catalog> {
    Reach::of_this_run().catalog(registry(), sandbox.world())
}

fn refused(found: diag::Diagnostics) -> Error {
    Error::user(findings(&found).join(" | "))
}

/// What is found in the options of `kind` (`builder`, `provisioner`, `post-processor`, `data`) `name`, warnings too.
pub(crate) async fn found_in(sandbox: &Sandbox, kind: &str, name: &str, json: &str) -> Vec<String> {
    let found = found_by(&registry(), sandbox, kind, name, json).await;
    if !Reach::of_this_run().is_near() {
        // A plugin has one text for title and explanation.
        let far = found_by(&*catalog(sandbox), sandbox, kind, name, json).await;
        let same =
            far.len() == found.len() && found.iter().zip(&far).all(|(near, far)| far.starts_with(near));
        assert!(same, "{kind} {name} {json}: near {found:?}, far {far:?}");
    }
    found
}

async fn found_by(
    catalog: &dyn Catalog,
    sandbox: &Sandbox,
    kind: &str,
    name: &str,
    json: &str,
) -> Vec<String> {
    let (cx, options) = (sandbox.prepare_cx(), options(json));
    let result = match kind {
        "builder" => {
            catalog.builder(name).expect("known").prepare(&options, &cx).await.map(|done| done.warnings)
        }
        "provisioner" => {
            catalog.provisioner(name).expect("known").prepare(&options, &cx).await.map(|done| done.warnings)
        }
        "post-processor" => {
            let kind = catalog.post_processor(name).expect("known");
            kind.prepare(&options, &cx).await.map(|done| done.warnings)
        }
        _ => catalog.data_source(name).expect("known").prepare(&options, &cx).await.map(|done| done.warnings),
    };
    match result {
        Ok(found) | Err(found) => findings(&found),
    }
}

/// Prepares a provisioner and runs it on a machine, in a build whose machine tells what every build tells.
pub(crate) async fn provision(
    sandbox: &Sandbox,
    name: &str,
    json: &str,
    machine: &FakeMachine,
) -> Result<()> {
    let kind = catalog(sandbox).provisioner(name).expect("known");
    let prepared = kind.prepare(&options(json), &sandbox.prepare_cx()).await.map_err(refused)?;
    let machine = machine.machine(tintype_comm::common_vars(sandbox.world(), None));
    prepared.component.provision(&machine, &sandbox.cx()).await
}

/// Why a provisioner must always run; nothing when its key says otherwise.
pub(crate) async fn must_run(name: &str, json: &str) -> Option<String> {
    let (sandbox, kind) = (Sandbox::new(), registry().provisioner(name).expect("known"));
    let prepared = kind.prepare(&options(json), &sandbox.prepare_cx()).await.expect("right options");
    match prepared.component.key(&sandbox.prepare_cx()).await.expect("a key").purity {
        Purity::Impure { why } => Some(why),
        Purity::Pure | Purity::Aging { .. } | Purity::HostOnly => None,
    }
}

/// Prepares a builder and runs it, with `hook` in place of provisioners.
pub(crate) async fn build(
    sandbox: &Sandbox,
    name: &str,
    json: &str,
    hook: Arc<FakeHook>,
) -> Result<Option<Arc<dyn Artifact>>> {
    let kind = catalog(sandbox).builder(name).expect("known");
    let prepared = kind.prepare(&options(json), &sandbox.prepare_cx()).await.map_err(refused)?;
    prepared.component.run(&sandbox.build_cx(hook)).await
}

/// Prepares a post-processor and runs it on an artifact with these files.
pub(crate) async fn post(sandbox: &Sandbox, name: &str, json: &str, files: &[&str]) -> Result<PostProcessed> {
    post_on(sandbox, name, json, FakeArtifact::with_files(files)).await
}

/// The same on an artifact that knows the values of a build.
pub(crate) async fn post_on(
    sandbox: &Sandbox,
    name: &str,
    json: &str,
    from: FakeArtifact,
) -> Result<PostProcessed> {
    let kind = catalog(sandbox).post_processor(name).expect("known");
    let prepared = kind.prepare(&options(json), &sandbox.prepare_cx()).await.map_err(refused)?;
    prepared.component.post_process(Arc::new(from), &sandbox.cx()).await
}

/// Prepares a data source and reads it.
pub(crate) async fn read(sandbox: &Sandbox, name: &str, json: &str) -> Result<cty::Value> {
    let kind = catalog(sandbox).data_source(name).expect("known");
    let prepared = kind.prepare(&options(json), &sandbox.prepare_cx()).await.map_err(refused)?;
    prepared.component.read(&sandbox.cx()).await
}

/// The text of a failure; empty when there is none.
pub(crate) fn failure<T>(result: Result<T>) -> String {
    result.err().map(|error| error.to_string()).unwrap_or_default()
}

/// A directory on a disk of 64 KiB, where the system lets us make one.
pub(crate) fn tiny_disk(sandbox: &Sandbox) -> Option<TinyDisk> {
    let path = sandbox.path("tiny");
    std::fs::create_dir_all(&path).ok()?;
    #[expect(clippy::disallowed_methods, reason = "a test sets up its surroundings, no component is at work")]
    let mounted = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"])
        .arg(&path)
        .stderr(std::process::Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    mounted.then_some(TinyDisk(path))
}

/// Unmounts it when dropped.
pub(crate) struct TinyDisk(std::path::PathBuf);

impl Drop for TinyDisk {
    fn drop(&mut self) {
        #[expect(clippy::disallowed_methods, reason = "a test takes down its surroundings")]
        let _ = std::process::Command::new("umount").arg(&self.0).status();
    }
}
