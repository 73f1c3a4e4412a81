//! The tasks themselves. Inside of a machine `/` is the machine's, and nothing there is trusted.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use oci::layer::{
    Compression, Devices, Form, LayerWriter, Limits, Marks, Note, Owners, Taking, Unpack, compare, merge,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::super::files::Kind;
use super::super::volumes::Volumes;
use super::{ChangesArgs, UnpackArgs};
use crate::Result;

mod mounts;
mod pack;

type Answer = Result<Vec<u8>, String>;

fn read<T: DeserializeOwned>(args: &[u8]) -> Result<T, String> {
    serde_json::from_slice(args).map_err(|error| error.to_string())
}

fn answer(value: &impl Serialize) -> Answer {
    serde_json::to_vec(value).map_err(|error| error.to_string())
}

fn shown(path: &Path) -> impl FnOnce(std::io::Error) -> String {
    move |error| format!("{}: {}", path.display(), tintype_sdk::os_text(&error))
}

/// What was left out of a tree is no mistake, and an image that has such things is used all the same.
fn unheard(_: Note) {}

pub(super) fn unpack(args: &[u8], _: &mut (dyn Read + Send), _: &mut dyn Write) -> Answer {
    let args: UnpackArgs = read(args)?;
    let blob = File::open(&args.blob).map_err(shown(&args.blob))?;
    let marks = if args.trusted { Marks::Trusted } else { Marks::User };
    let devices = if args.by_root { Devices::Make } else { Devices::Skip };
    let mut unpack = Unpack {
        form: Form::Overlay(marks),
        owners: match args.owners {
            super::Owners::Keep => Owners::Keep,
            super::Owners::Ours => Owners::Ours,
        },
        devices,
        limits: Limits::default(),
        note: &mut unheard,
    };
    let unpacked = unpack.blob(blob, &args.layer, Some(&args.diff_id), &args.into);
    unpacked.map_err(|error| error.to_string())?;
    answer(&())
}

pub(super) fn remove(args: &[u8], _: &mut (dyn Read + Send), _: &mut dyn Write) -> Answer {
    let tree: PathBuf = read(args)?;
    match std::fs::remove_dir_all(&tree) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(shown(&tree)(error)),
        _ => answer(&()),
    }
}

/// Writes what upper directories have changed, the oldest first.
pub(in super::super) fn changes<W: Write>(
    uppers: &[PathBuf],
    volumes: &Volumes,
    writer: &mut LayerWriter<W>,
) -> Result<()> {
    let uppers: Vec<&Path> = uppers.iter().map(PathBuf::as_path).collect();
    let mut taking = Taking { owners: None, skip: &|path| volumes.hide(path), note: &mut unheard };
    Ok(merge(&uppers, writer, &mut taking)?)
}

pub(super) fn write_changes(args: &[u8], _: &mut (dyn Read + Send), output: &mut dyn Write) -> Answer {
    let args: ChangesArgs = read(args)?;
    let mut writer =
        LayerWriter::new(output, Compression::None, args.youngest).map_err(|error| error.to_string())?;
    changes(&args.uppers, &args.volumes, &mut writer).map_err(|error| error.to_string())?;
    writer.finish().map_err(|error| error.to_string())?;
    answer(&())
}

pub(super) fn kind(args: &[u8], _: &mut (dyn Read + Send), _: &mut dyn Write) -> Answer {
    let path: PathBuf = read(args)?;
    let kind = match std::fs::metadata(Path::new("/").join(path)) {
        Ok(meta) if meta.is_dir() => Some(Kind::Directory),
        Ok(_) => Some(Kind::Other),
        Err(_) => None,
    };
    answer(&kind)
}

pub(super) fn put(args: &[u8], input: &mut (dyn Read + Send), _: &mut dyn Write) -> Answer {
    let dir: String = read(args)?;
    let mut unpack = Unpack {
        form: Form::Plain,
        owners: Owners::Keep,
        devices: Devices::Make,
        // It comes from whoever builds the image.
        limits: Limits::NONE,
        note: &mut unheard,
    };
    let unpacked = unpack.archive_below(input, Path::new("/"), dir.as_bytes());
    unpacked.map_err(|error| error.to_string())?;
    answer(&())
}

pub(super) fn get(args: &[u8], _: &mut (dyn Read + Send), output: &mut dyn Write) -> Answer {
    let path: String = read(args)?;
    pack::pack(&path, output)?;
    answer(&())
}

pub(super) fn export(_: &[u8], _: &mut (dyn Read + Send), output: &mut dyn Write) -> Answer {
    let mounts = mounts::points()?;
    let mut taking = Taking { owners: None, skip: &|path| mounts.hide(path), note: &mut unheard };
    let mut writer = LayerWriter::new(output, Compression::None, None).map_err(|error| error.to_string())?;
    compare(None, Path::new("/"), &mut writer, &mut taking).map_err(|error| error.to_string())?;
    writer.finish().map_err(|error| error.to_string())?;
    answer(&())
}
