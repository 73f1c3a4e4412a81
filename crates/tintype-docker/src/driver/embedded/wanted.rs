//! What `docker run` with these arguments means without an Engine: what the machine is to be, what is told to have no effect, and what
//! cannot be had. What the container's configuration becomes is in `run_config`.

use std::path::{Path, PathBuf};

use bollard::models::{ContainerCreateBody, HostConfig, Mount, MountType};
use sandbox::{Bind, Capabilities, Limits, Network, Setup};

use crate::run_args::{PullPolicy, RunArgs};

/// A container that somebody wants.
#[derive(Clone, PartialEq, Default, Debug)]
pub(super) struct Wanted {
    /// The image.
    pub image: String,
    /// Its platform; empty for this host's.
    pub platform: String,
    /// When it is pulled.
    pub pull: PullPolicy,
    /// A file that gets the container's id.
    pub id_file: Option<String>,
    /// The machine. Without a name it gets the beginning of the container's id.
    pub machine: Setup,
    /// What the configuration of the container has beside that of the image.
    pub body: ContainerCreateBody,
    /// Options that have no effect here.
    pub without_effect: Vec<&'static str>,
}

/// Something that needs an Engine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct NeedsEngine {
    /// The option, as it was written.
    pub option: String,
    /// What can be done without one; may be empty.
    pub instead: &'static str,
}

fn needs_engine(option: impl Into<String>, instead: &'static str) -> NeedsEngine {
    NeedsEngine { option: option.into(), instead }
}

/// Reads what was asked for.
pub(super) fn wanted(run: RunArgs) -> Result<Wanted, NeedsEngine> {
    let body = run.body;
    let host = body.host_config.clone().unwrap_or_default();
    refuse(&host)?;
    let mut binds = Vec::new();
    for text in host.binds.iter().flatten() {
        binds.push(bind(text)?);
    }
    let mut tmpfs: Vec<String> =
        host.tmpfs.iter().flatten().map(|(path, options)| with(path, options)).collect();
    tmpfs.sort();
    for mount in host.mounts.iter().flatten() {
        mounted(mount, &mut binds, &mut tmpfs)?;
    }
    for device in host.devices.iter().flatten() {
        let path = |path: &Option<String>| PathBuf::from(path.clone().unwrap_or_default());
        let read_only = !device.cgroup_permissions.as_deref().unwrap_or("rwm").contains('w');
        binds.push(Bind {
            host: path(&device.path_on_host),
            machine: path(&device.path_in_container),
            read_only,
        });
    }
    let pair = |text: &String| {
        let (name, address) = text.split_once(':').unwrap_or((text, ""));
        (name.to_owned(), address.trim_matches(['[', ']']).to_owned())
    };
    let positive =
        |number: Option<i64>| number.and_then(|number| u64::try_from(number).ok()).filter(|n| *n > 0);
    let machine = Setup {
        hostname: body.hostname.clone().unwrap_or_default(),
        network: network(host.network_mode.as_deref().unwrap_or_default())?,
        binds,
        tmpfs,
        capabilities: Capabilities {
            add: host.cap_add.clone().unwrap_or_default(),
            drop: host.cap_drop.clone().unwrap_or_default(),
        },
        privileged: host.privileged.unwrap_or(false),
        unfiltered: unfiltered(&host),
        hosts: host.extra_hosts.iter().flatten().map(pair).collect(),
        limits: Limits { memory: positive(host.memory), pids: positive(host.pids_limit) },
    };
    let without_effect = without_effect(&host, &body);
    Ok(Wanted {
        image: run.image,
        platform: run.platform,
        pull: run.pull,
        id_file: run.id_file,
        machine,
        body,
        without_effect,
    })
}

/// What would silently be something else than was asked for.
fn refuse(host: &HostConfig) -> Result<(), NeedsEngine> {
    if let Some(runtime) = host.runtime.as_deref()
        && !matches!(runtime, "" | "runc" | "crun" | "io.containerd.runc.v2")
    {
        return Err(needs_engine(format!("--runtime {runtime}"), "leave the runtime out"));
    }
    let filled = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.is_empty());
    if host.device_requests.as_ref().is_some_and(|requests| !requests.is_empty()) {
        return Err(needs_engine("--gpus", "name the devices one by one with --device"));
    }
    if host.volumes_from.as_ref().is_some_and(|from| !from.is_empty()) {
        return Err(needs_engine("--volumes-from", "mount a directory of this host"));
    }
    if filled(&host.volume_driver) {
        return Err(needs_engine("--volume-driver", "mount a directory of this host"));
    }
    if host.isolation.is_some_and(|isolation| !matches!(isolation.as_ref(), "" | "default")) {
        return Err(needs_engine("--isolation", ""));
    }
    if host.readonly_rootfs == Some(true) {
        return Err(needs_engine("--read-only", "an image is made of what changes in the container"));
    }
    for (option, mode) in [("--pid", &host.pid_mode), ("--ipc", &host.ipc_mode), ("--uts", &host.uts_mode)] {
        if let Some(mode) = mode.as_deref()
            && (mode == "host" || mode.starts_with("container:"))
        {
            return Err(needs_engine(format!("{option} {mode}"), "leave it out: the container gets its own"));
        }
    }
    Ok(())
}

fn network(mode: &str) -> Result<Network, NeedsEngine> {
    match mode {
        "" | "default" | "bridge" => Ok(Network::Auto),
        "host" => Ok(Network::Host),
        "none" => Ok(Network::None),
        other => Err(needs_engine(format!("--network {other}"), "use host, none or bridge")),
    }
}

/// `source:target[:options]`, the source absolute.
fn bind(text: &str) -> Result<Bind, NeedsEngine> {
    let mut parts = text.splitn(3, ':');
    let (source, target) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    if !Path::new(source).is_absolute() {
        return Err(needs_engine(
            format!("the volume \"{source}\""),
            "mount a directory of this host: ./directory, or its whole path",
        ));
    }
    let read_only = parts.next().is_some_and(|options| options.split(',').any(|option| option == "ro"));
    Ok(Bind { host: source.into(), machine: target.into(), read_only })
}

fn mounted(mount: &Mount, binds: &mut Vec<Bind>, tmpfs: &mut Vec<String>) -> Result<(), NeedsEngine> {
    let target = mount.target.clone().unwrap_or_default();
    match mount.typ {
        Some(MountType::BIND) => binds.push(Bind {
            host: mount.source.clone().unwrap_or_default().into(),
            machine: target.into(),
            read_only: mount.read_only == Some(true),
        }),
        Some(MountType::TMPFS) => {
            let options = mount.tmpfs_options.as_ref();
            let size = options.and_then(|options| options.size_bytes).map(|size| format!("size={size}"));
            let mode = options.and_then(|options| options.mode).map(|mode| format!("mode={mode:o}"));
            let options: Vec<String> = [size, mode].into_iter().flatten().collect();
            tmpfs.push(with(&target, &options.join(",")));
        }
        _ => {
            return Err(needs_engine(
                format!("--mount {}", mount.source.as_deref().unwrap_or("of a volume")),
                "mount a directory of this host: type=bind",
            ));
        }
    }
    Ok(())
}

fn with(path: &str, options: &str) -> String {
    if options.is_empty() { path.to_owned() } else { format!("{path}:{options}") }
}

/// Whether nothing but the filter of system calls is asked not to be.
fn unfiltered(host: &HostConfig) -> bool {
    host.security_opt.as_ref().is_some_and(|options| {
        !options.is_empty() && options.iter().all(|option| option == "seccomp=unconfined")
    })
}

/// Options about an engine's own affairs: without them everything that a build does is the same, or a limit is not kept.
fn without_effect(host: &HostConfig, body: &ContainerCreateBody) -> Vec<&'static str> {
    let some = |there: bool, name: &'static str| there.then_some(name);
    let list = |list: &Option<Vec<String>>| list.as_ref().is_some_and(|list| !list.is_empty());
    let endpoints = body.networking_config.as_ref().and_then(|config| config.endpoints_config.as_ref());
    [
        some(list(&host.dns) || list(&host.dns_options) || list(&host.dns_search), "--dns"),
        some(list(&host.links), "--link"),
        some(!unfiltered(host) && list(&host.security_opt) || host.masked_paths.is_some(), "--security-opt"),
        some(list(&host.group_add), "--group-add"),
        some(host.shm_size.is_some(), "--shm-size"),
        some(host.sysctls.as_ref().is_some_and(|all| !all.is_empty()), "--sysctl"),
        some(host.ulimits.as_ref().is_some_and(|all| !all.is_empty()), "--ulimit"),
        some(host.nano_cpus.is_some() || host.cpu_shares.is_some() || host.cpu_quota.is_some(), "--cpus"),
        some(host.cpuset_cpus.is_some() || host.cpuset_mems.is_some(), "--cpuset-cpus"),
        some(host.memory_swap.is_some(), "--memory-swap"),
        some(host.storage_opt.is_some(), "--storage-opt"),
        some(host.port_bindings.as_ref().is_some_and(|ports| !ports.is_empty()), "--publish"),
        some(endpoints.is_some_and(|endpoints| !endpoints.is_empty()), "--ip"),
    ]
    .into_iter()
    .flatten()
    .collect()
}
