//! What each of the client's options means to the Engine. How values such as sizes and ports are written is in `values`.

use std::collections::HashMap;

use bollard::models::{
    ContainerCreateBody, DeviceRequest, EndpointIpamConfig, EndpointSettings, HealthConfig, HostConfig,
    HostConfigCgroupnsModeEnum, HostConfigIsolationEnum, HostConfigLogConfig, NetworkingConfig,
};
use tintype_sdk::World;

use super::values::{
    device, expose, key_value, lines_of, nano_cpus, nanoseconds, number, publish, restart_policy,
    security_option, size, ulimit, variable, volume,
};
use super::{PullPolicy, Refused, RunArgs, mount};

/// Adds to a list that is perhaps not there yet.
fn push<T>(list: &mut Option<Vec<T>>, item: T) {
    list.get_or_insert_default().push(item);
}

fn put(map: &mut Option<HashMap<String, String>>, (key, value): (String, String)) {
    map.get_or_insert_default().insert(key, value);
}

/// Applies one option.
pub(super) fn apply(
    run: &mut RunArgs,
    name: &'static str,
    value: &str,
    world: &World,
) -> Result<(), Refused> {
    match name {
        "name" => run.name = Some(value.to_owned()),
        "platform" => run.platform = value.to_owned(),
        "cidfile" => run.id_file = Some(value.to_owned()),
        "pull" => {
            run.pull = match value {
                "always" => PullPolicy::Always,
                "missing" | "" => PullPolicy::Missing,
                "never" => PullPolicy::Never,
                other => {
                    return Err(Refused::wrong(format!(
                        "invalid pull option: '{other}': must be one of \"always\", \"missing\" or \"never\""
                    )));
                }
            }
        }
        // These are about the client itself, which does not exist here: the container always runs in the background.
        "attach" | "detach" | "detach-keys" | "disable-content-trust" | "quiet" | "sig-proxy" => {}
        "add-host" | "blkio-weight" | "cap-add" | "cap-drop" | "cgroup-parent" | "cgroupns"
        | "cpu-period" | "cpu-quota" | "cpu-rt-period" | "cpu-rt-runtime" | "cpu-shares" | "cpus"
        | "cpuset-cpus" | "cpuset-mems" | "device" | "device-cgroup-rule" | "gpus" | "memory"
        | "memory-reservation" | "memory-swap" | "memory-swappiness" | "oom-kill-disable"
        | "oom-score-adj" | "pids-limit" | "shm-size" | "ulimit" => {
            resources(run.body.host_config.get_or_insert_default(), name, value)?;
        }
        "dns" | "dns-opt" | "dns-option" | "dns-search" | "expose" | "ip" | "ip6" | "link"
        | "link-local-ip" | "mac-address" | "net" | "network" | "net-alias" | "network-alias" | "publish"
        | "publish-all" => {
            network(&mut run.body, name, value)?;
        }
        "volume" => {
            let (bind, nameless) = volume(value, world)?;
            if let Some(bind) = bind {
                push(&mut run.body.host_config.get_or_insert_default().binds, bind);
            }
            if let Some(path) = nameless {
                push(&mut run.body.volumes, path);
            }
        }
        "mount" => {
            push(&mut run.body.host_config.get_or_insert_default().mounts, mount::parse(value, world)?)
        }
        _ if name.starts_with("health-") || name == "no-healthcheck" => health(&mut run.body, name, value)?,
        _ => container(&mut run.body, name, value, world)?,
    }
    Ok(())
}

/// What follows from several options together.
pub(super) fn finish(run: &mut RunArgs) {
    if let Some(ports) = run.body.host_config.as_ref().and_then(|host| host.port_bindings.as_ref()) {
        let mut published: Vec<String> = ports.keys().cloned().collect();
        published.sort();
        for port in published {
            let exposed = run.body.exposed_ports.get_or_insert_default();
            if !exposed.contains(&port) {
                exposed.push(port);
            }
        }
    }
    // Addresses and further names of the network were kept under no name until the network's was known.
    let network = run.body.host_config.as_ref().and_then(|host| host.network_mode.clone());
    if let Some(endpoints) =
        run.body.networking_config.as_mut().and_then(|config| config.endpoints_config.as_mut())
        && let Some(settings) = endpoints.remove("")
    {
        endpoints.insert(network.unwrap_or_else(|| "default".into()), settings);
    }
}

fn container(
    body: &mut ContainerCreateBody,
    name: &'static str,
    value: &str,
    world: &World,
) -> Result<(), Refused> {
    let text = || Some(value.to_owned());
    let yes = || Some(value == "true");
    match name {
        "domainname" => body.domainname = text(),
        // An empty one takes away the image's; the Engine reads that from a list with one empty word.
        "entrypoint" => body.entrypoint = Some(vec![value.to_owned()]),
        "env" => push(&mut body.env, variable(value, world)),
        "env-file" => {
            // What is said directly counts more, wherever it stands.
            let lines = lines_of(value, world)?.into_iter().map(|line| variable(&line, world));
            body.env.get_or_insert_default().splice(0..0, lines);
        }
        "hostname" => body.hostname = text(),
        "interactive" => body.open_stdin = yes(),
        "label" => put(&mut body.labels, key_value(value)),
        "label-file" => {
            for line in lines_of(value, world)? {
                let (key, value) = key_value(&line);
                body.labels.get_or_insert_default().entry(key).or_insert(value);
            }
        }
        "stop-signal" => body.stop_signal = text(),
        "stop-timeout" => body.stop_timeout = Some(number(name, value)?),
        "tty" => body.tty = yes(),
        "user" => body.user = text(),
        "workdir" => body.working_dir = text(),
        _ => host(body.host_config.get_or_insert_default(), name, value, world)?,
    }
    Ok(())
}

fn host(host: &mut HostConfig, name: &'static str, value: &str, world: &World) -> Result<(), Refused> {
    let text = || Some(value.to_owned());
    let yes = || Some(value == "true");
    match name {
        "annotation" => put(&mut host.annotations, key_value(value)),
        "group-add" => push(&mut host.group_add, value.to_owned()),
        "init" => host.init = yes(),
        "ipc" => host.ipc_mode = text(),
        "isolation" => {
            host.isolation = Some(match value {
                "process" => HostConfigIsolationEnum::PROCESS,
                "hyperv" => HostConfigIsolationEnum::HYPERV,
                "default" | "" => HostConfigIsolationEnum::DEFAULT,
                _ => return Err(Refused::Unknown(format!("--isolation {value}"))),
            });
        }
        "log-driver" => host.log_config.get_or_insert_with(HostConfigLogConfig::default).typ = text(),
        "log-opt" => put(
            &mut host.log_config.get_or_insert_with(HostConfigLogConfig::default).config,
            key_value(value),
        ),
        "pid" => host.pid_mode = text(),
        "privileged" => host.privileged = yes(),
        "read-only" => host.readonly_rootfs = yes(),
        "restart" => host.restart_policy = Some(restart_policy(value)?),
        "rm" => host.auto_remove = yes(),
        "runtime" => host.runtime = text(),
        "security-opt" if value == "systempaths=unconfined" => {
            host.masked_paths = Some(Vec::new());
            host.readonly_paths = Some(Vec::new());
        }
        "security-opt" => push(&mut host.security_opt, security_option(value, world)?),
        "storage-opt" => put(&mut host.storage_opt, key_value(value)),
        "sysctl" => put(&mut host.sysctls, key_value(value)),
        "tmpfs" => {
            let (path, options) = value.split_once(':').unwrap_or((value, ""));
            put(&mut host.tmpfs, (path.to_owned(), options.to_owned()));
        }
        "userns" => host.userns_mode = text(),
        "uts" => host.uts_mode = text(),
        "volume-driver" => host.volume_driver = text(),
        "volumes-from" => push(&mut host.volumes_from, value.to_owned()),
        other => return Err(Refused::Unknown(format!("--{other}"))),
    }
    Ok(())
}

fn resources(host: &mut HostConfig, name: &'static str, value: &str) -> Result<(), Refused> {
    let text = || Some(value.to_owned());
    match name {
        "add-host" => push(&mut host.extra_hosts, value.replacen('=', ":", 1)),
        "blkio-weight" => host.blkio_weight = Some(number(name, value)?),
        "cap-add" => push(&mut host.cap_add, value.to_owned()),
        "cap-drop" => push(&mut host.cap_drop, value.to_owned()),
        "cgroup-parent" => host.cgroup_parent = text(),
        "cgroupns" => {
            host.cgroupns_mode = Some(match value {
                "host" => HostConfigCgroupnsModeEnum::HOST,
                "private" => HostConfigCgroupnsModeEnum::PRIVATE,
                "" => HostConfigCgroupnsModeEnum::EMPTY,
                _ => return Err(Refused::wrong("--cgroupns: invalid CGROUP mode")),
            });
        }
        "cpu-period" => host.cpu_period = Some(number(name, value)?),
        "cpu-quota" => host.cpu_quota = Some(number(name, value)?),
        "cpu-rt-period" => host.cpu_realtime_period = Some(number(name, value)?),
        "cpu-rt-runtime" => host.cpu_realtime_runtime = Some(number(name, value)?),
        "cpu-shares" => host.cpu_shares = Some(number(name, value)?),
        "cpus" => host.nano_cpus = Some(nano_cpus(value)?),
        "cpuset-cpus" => host.cpuset_cpus = text(),
        "cpuset-mems" => host.cpuset_mems = text(),
        "device" => push(&mut host.devices, device(value)?),
        "device-cgroup-rule" => push(&mut host.device_cgroup_rules, value.to_owned()),
        "gpus" => push(&mut host.device_requests, gpus(value)?),
        "memory" => host.memory = Some(size(name, value)?),
        "memory-reservation" => host.memory_reservation = Some(size(name, value)?),
        "memory-swap" => host.memory_swap = Some(if value == "-1" { -1 } else { size(name, value)? }),
        "memory-swappiness" => host.memory_swappiness = Some(number(name, value)?),
        "oom-kill-disable" => host.oom_kill_disable = Some(value == "true"),
        "oom-score-adj" => host.oom_score_adj = Some(number(name, value)?),
        "pids-limit" => host.pids_limit = Some(number(name, value)?),
        "shm-size" => host.shm_size = Some(size(name, value)?),
        "ulimit" => push(&mut host.ulimits, ulimit(value)?),
        other => return Err(Refused::Unknown(format!("--{other}"))),
    }
    Ok(())
}

/// `all` or a number; the longer forms are the client program's.
fn gpus(value: &str) -> Result<DeviceRequest, Refused> {
    let count = match value {
        "all" => -1,
        value => value.parse().map_err(|_| Refused::Unknown(format!("--gpus {value}")))?,
    };
    Ok(DeviceRequest {
        count: Some(count),
        capabilities: Some(vec![vec!["gpu".into()]]),
        ..DeviceRequest::default()
    })
}

fn network(body: &mut ContainerCreateBody, name: &'static str, value: &str) -> Result<(), Refused> {
    let text = || Some(value.to_owned());
    match name {
        "expose" => {
            for port in expose(value)? {
                push(&mut body.exposed_ports, port);
            }
        }
        "net" | "network" => {
            if value.contains('=') {
                return Err(Refused::Unknown(format!("--network {value}")));
            }
            let host = body.host_config.get_or_insert_default();
            if host.network_mode.is_none() {
                host.network_mode = text();
            } else {
                endpoint(body, value);
            }
        }
        "net-alias" | "network-alias" => push(&mut endpoint(body, "").aliases, value.to_owned()),
        "mac-address" => endpoint(body, "").mac_address = text(),
        "ip" => addresses(endpoint(body, "")).ipv4_address = text(),
        "ip6" => addresses(endpoint(body, "")).ipv6_address = text(),
        "link-local-ip" => push(&mut addresses(endpoint(body, "")).link_local_ips, value.to_owned()),
        _ => {
            let host = body.host_config.get_or_insert_default();
            match name {
                "dns" => push(&mut host.dns, value.to_owned()),
                "dns-opt" | "dns-option" => push(&mut host.dns_options, value.to_owned()),
                "dns-search" => push(&mut host.dns_search, value.to_owned()),
                "link" => push(&mut host.links, value.to_owned()),
                "publish-all" => host.publish_all_ports = Some(value == "true"),
                _ => {
                    for (port, binding) in publish(value)? {
                        host.port_bindings
                            .get_or_insert_default()
                            .entry(port)
                            .or_default()
                            .get_or_insert_default()
                            .push(binding);
                    }
                }
            }
        }
    }
    Ok(())
}

/// The settings of a network; under no name those of the first one.
fn endpoint<'a>(body: &'a mut ContainerCreateBody, network: &str) -> &'a mut EndpointSettings {
    let config = body.networking_config.get_or_insert_with(NetworkingConfig::default);
    config.endpoints_config.get_or_insert_default().entry(network.to_owned()).or_default()
}

fn addresses(endpoint: &mut EndpointSettings) -> &mut EndpointIpamConfig {
    endpoint.ipam_config.get_or_insert_with(EndpointIpamConfig::default)
}

fn health(body: &mut ContainerCreateBody, name: &'static str, value: &str) -> Result<(), Refused> {
    let health = body.healthcheck.get_or_insert_with(HealthConfig::default);
    match name {
        "no-healthcheck" if value == "true" => health.test = Some(vec!["NONE".into()]),
        "health-cmd" => health.test = Some(vec!["CMD-SHELL".into(), value.to_owned()]),
        "health-interval" => health.interval = Some(nanoseconds(name, value)?),
        "health-timeout" => health.timeout = Some(nanoseconds(name, value)?),
        "health-start-period" => health.start_period = Some(nanoseconds(name, value)?),
        "health-start-interval" => health.start_interval = Some(nanoseconds(name, value)?),
        "health-retries" => health.retries = Some(number(name, value)?),
        _ => {}
    }
    Ok(())
}
