//! `--mount type=bind,source=…,target=…`: mounts in the client's long form.

use bollard::models::{
    Mount, MountBindOptions, MountBindOptionsPropagationEnum, MountTmpfsOptions, MountType,
    MountVolumeOptions, MountVolumeOptionsDriverConfig,
};
use tintype_sdk::World;

use super::Refused;
use super::values::{key_value, resolve_host_path, size};

/// Reads one mount.
pub(super) fn parse(text: &str, world: &World) -> Result<Mount, Refused> {
    let mut mount = Mount { typ: Some(MountType::VOLUME), ..Mount::default() };
    for field in csv(text) {
        let (key, value) =
            field.split_once('=').map_or((field.as_str(), None), |(key, value)| (key, Some(value)));
        one(&mut mount, &key.to_lowercase(), value, text)?;
    }
    if mount.target.is_none() {
        return Err(Refused::wrong(format!(
            "invalid argument \"{text}\" for \"--mount\" flag: target is required"
        )));
    }
    if mount.typ == Some(MountType::BIND) {
        mount.source = mount.source.map(|source| resolve_host_path(&source, world));
    }
    Ok(mount)
}

fn one(mount: &mut Mount, key: &str, value: Option<&str>, whole: &str) -> Result<(), Refused> {
    let text = value.unwrap_or_default();
    let some = || Some(text.to_owned());
    match key {
        "type" => {
            mount.typ = Some(match text.to_lowercase().as_str() {
                "bind" => MountType::BIND,
                "volume" => MountType::VOLUME,
                "tmpfs" => MountType::TMPFS,
                "npipe" => MountType::NPIPE,
                _ => return Err(Refused::Unknown(format!("--mount {whole}"))),
            });
        }
        "source" | "src" => mount.source = some(),
        "target" | "dst" | "destination" => mount.target = some(),
        "readonly" | "ro" => mount.read_only = Some(yes(value)),
        "consistency" => mount.consistency = some(),
        "bind-propagation" => {
            use MountBindOptionsPropagationEnum as P;
            let propagation = match text {
                "private" => P::PRIVATE,
                "rprivate" => P::RPRIVATE,
                "shared" => P::SHARED,
                "rshared" => P::RSHARED,
                "slave" => P::SLAVE,
                "rslave" => P::RSLAVE,
                _ => return Err(Refused::wrong(format!("invalid bind-propagation in --mount {whole}"))),
            };
            mount.bind_options.get_or_insert_with(MountBindOptions::default).propagation = Some(propagation);
        }
        "volume-nocopy" => volume(mount).no_copy = Some(yes(value)),
        "volume-subpath" => volume(mount).subpath = some(),
        "volume-label" => {
            let (key, value) = key_value(text);
            volume(mount).labels.get_or_insert_default().insert(key, value);
        }
        "volume-driver" => driver(mount).name = some(),
        "volume-opt" => {
            let (key, value) = key_value(text);
            driver(mount).options.get_or_insert_default().insert(key, value);
        }
        "tmpfs-size" => tmpfs(mount).size_bytes = Some(size("mount", text)?),
        "tmpfs-mode" => {
            let mode = i64::from_str_radix(text, 8)
                .map_err(|_| Refused::wrong(format!("invalid tmpfs-mode in --mount {whole}")))?;
            tmpfs(mount).mode = Some(mode);
        }
        _ => return Err(Refused::Unknown(format!("--mount {whole}"))),
    }
    Ok(())
}

fn yes(value: Option<&str>) -> bool {
    !matches!(value, Some("false" | "0"))
}

fn volume(mount: &mut Mount) -> &mut MountVolumeOptions {
    mount.volume_options.get_or_insert_with(MountVolumeOptions::default)
}

fn driver(mount: &mut Mount) -> &mut MountVolumeOptionsDriverConfig {
    volume(mount).driver_config.get_or_insert_with(MountVolumeOptionsDriverConfig::default)
}

fn tmpfs(mount: &mut Mount) -> &mut MountTmpfsOptions {
    mount.tmpfs_options.get_or_insert_with(MountTmpfsOptions::default)
}

/// Fields between commas; double quotes keep a comma inside.
fn csv(text: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            c => {
                if let Some(field) = fields.last_mut() {
                    field.push(c);
                }
            }
        }
    }
    fields
}
