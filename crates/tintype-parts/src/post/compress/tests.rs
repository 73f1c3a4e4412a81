use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use tintype_sdk::Keep;
use tintype_testkit::{FakeArtifact, Sandbox};

use super::method::{Algorithm, Method};
use crate::testing::{failure, found_in, post, tiny_disk};

#[test]
fn names_say_what_is_made() {
    use Algorithm::{Bgzf, Bzip2, Gzip, Lz4, Xz};
    for (output, format, expected) in [
        ("a.zip", "", Method::Zip),
        ("a.tar", "", Method::Tar(None)),
        ("a.tar.gz", "", Method::Tar(Some(Gzip))),
        ("a.gz", "", Method::Plain(Gzip)),
        (".gz", "", Method::Plain(Gzip)),
        ("tar.gz", "", Method::Plain(Gzip)),
        ("gz", "", Method::Tar(Some(Gzip))),
        ("a", "", Method::Tar(Some(Gzip))),
        ("a.bz2", "", Method::Tar(Some(Gzip))),
        ("a.tgz", "", Method::Tar(Some(Gzip))),
        ("a.GZ", "", Method::Tar(Some(Gzip))),
        ("a.gz~", "", Method::Plain(Gzip)),
        ("a.tar-v1.gz", "", Method::Tar(Some(Gzip))),
        ("a.gz{{.BuildName}}", "", Method::Plain(Gzip)),
        ("a.tar.lz4", "", Method::Tar(Some(Lz4))),
        ("a.bgzf", "", Method::Plain(Bgzf)),
        ("a.xz", "", Method::Plain(Xz)),
        ("x.tar.bzip2", "", Method::Tar(Some(Bzip2))),
        ("w.tar.zip", "", Method::Zip),
        ("w.zip.gz", "", Method::Plain(Gzip)),
        ("a.img", "tar.gz", Method::Tar(Some(Gzip))),
        ("{{.BuildName}}.gz", "zip", Method::Zip),
        ("c", "gz", Method::Plain(Gzip)),
        ("packer_{{.BuildName}}_{{.BuilderType}}", "", Method::Tar(Some(Gzip))),
    ] {
        assert_eq!(Method::of(output, format), expected, "{output} {format}");
    }
}

/// Bytes that compress somewhat, with runs and repeats at various distances; the same ones each time.
fn sample(len: usize) -> Vec<u8> {
    let mut state = 1u64;
    let mut bytes = Vec::with_capacity(len + 64);
    while bytes.len() < len {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        match state >> 60 {
            0..6 => bytes.extend_from_slice(&state.to_le_bytes()),
            6..12 => bytes.extend_from_slice(b"the quick brown fox jumps over the lazy dog\n"),
            _ => bytes.extend(std::iter::repeat_n((state >> 50) as u8, (state >> 40) as usize & 63)),
        }
    }
    bytes.truncate(len);
    bytes
}

fn noise(len: usize) -> Vec<u8> {
    let mut state = 7u64;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    })
    .take(len)
    .collect()
}

fn unpack(suffix: &str, packed: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    match suffix {
        // One member only, as simple readers expect it.
        "gz" => {
            let mut reader = flate2::bufread::GzDecoder::new(packed);
            reader.read_to_end(&mut out).unwrap();
            assert!(reader.into_inner().is_empty());
        }
        "bgzf" => {
            assert_eq!(&packed[12..16], b"BC\x02\x00");
            assert_eq!(&packed[packed.len() - 28..], &super::gzip::END);
            flate2::bufread::MultiGzDecoder::new(packed).read_to_end(&mut out).unwrap();
        }
        "lz4" => {
            lz4_flex::frame::FrameDecoder::new(packed).read_to_end(&mut out).unwrap();
        }
        "xz" => {
            liblzma::read::XzDecoder::new(packed).read_to_end(&mut out).unwrap();
        }
        _ => {
            bzip2::read::MultiBzDecoder::new(packed).read_to_end(&mut out).unwrap();
        }
    }
    out
}

#[tokio::test]
async fn plain_compressors_give_back_what_went_in() {
    for suffix in ["gz", "bgzf", "lz4", "xz", "bzip2"] {
        // Around the borders of each one's blocks.
        for content in [
            Vec::new(),
            b"x".to_vec(),
            sample(65_279),
            sample(65_281),
            sample(512 << 10),
            sample((512 << 10) + 1),
            sample(900_000),
            noise(1_100_000),
            vec![0; 5 << 20],
        ] {
            for level in [0, 1, 12] {
                if level > 0 && (suffix == "xz" || content.len() > 100_000) {
                    continue;
                }
                let sandbox = Sandbox::new();
                sandbox.write("f", &content);
                let json = format!(r#"{{"output": "o.{suffix}", "compression_level": {level}}}"#);
                let result = post(&sandbox, "compress", &json, &["f"]).await;
                assert_eq!(failure(result), "");
                let packed = sandbox.read(&format!("o.{suffix}")).unwrap();
                assert!(unpack(suffix, &packed) == content, "{suffix} {} {level}", content.len());
            }
        }
    }
}

#[tokio::test]
async fn tar_archives() {
    let long = format!("{}.txt", "n".repeat(150));
    for suffix in ["tar", "tar.gz", "tar.xz", "tar.lz4", "tar.bgzf", "tar.bzip2", "other"] {
        let sandbox = Sandbox::new();
        sandbox.write("d/a.txt", "hello\n");
        sandbox.write("b", sample(70_000));
        sandbox.write(&long, "");
        let json = format!(r#"{{"output": "o.{suffix}"}}"#);
        post(&sandbox, "compress", &json, &["d/a.txt", "b", &long]).await.unwrap();
        let packed = sandbox.read(&format!("o.{suffix}")).unwrap();
        let bytes = match suffix.strip_prefix("tar.") {
            Some(inner) => unpack(inner, &packed),
            None if suffix == "tar" => packed,
            None => unpack("gz", &packed),
        };
        let mut archive = tar::Archive::new(bytes.as_slice());
        let mut names = Vec::new();
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            assert_eq!(entry.header().mode().unwrap() & !0o777, 0);
            assert!(entry.header().as_gnu().is_some());
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            names.push((entry.path().unwrap().display().to_string(), content.len()));
        }
        assert_eq!(names, [("a.txt".to_string(), 6), ("b".to_string(), 70_000), (long.clone(), 0)]);
    }
}

#[tokio::test]
async fn zip_archives() {
    let sandbox = Sandbox::new();
    sandbox.write("d/a.txt", "hello\n");
    sandbox.write("\u{e9}", sample(1_200_000));
    sandbox.write("empty", "");
    post(&sandbox, "compress", r#"{"output": "o.zip"}"#, &["d/a.txt", "\u{e9}", "empty"]).await.unwrap();
    let bytes = sandbox.read("o.zip").unwrap();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&bytes)).unwrap();
    for (index, name, content) in
        [(0, "d/a.txt", b"hello\n".to_vec()), (1, "\u{e9}", sample(1_200_000)), (2, "empty", vec![])]
    {
        let mut entry = archive.by_index(index).unwrap();
        assert_eq!(
            (entry.name().unwrap().as_ref(), entry.compression()),
            (name, zip::CompressionMethod::Deflated)
        );
        assert!(entry.unix_mode().is_some());
        let mut out = Vec::new();
        entry.read_to_end(&mut out).unwrap();
        assert!(out == content);
    }
    // Front to back, without the directory at the end.
    let mut stream = bytes.as_slice();
    assert_eq!(&stream[..4], b"PK\x03\x04");
    stream = &stream[stream.len() - 22..];
    assert_eq!(&stream[..4], b"PK\x05\x06");
}

#[test]
fn entries_beyond_four_gigabytes_have_longer_fields() {
    let entry = super::zip::Entry { name: "big".into(), size: 5 << 30, mode: 0o644, mtime: 1_700_000_000 };
    let mut writer = super::zip::ZipWriter::new(Vec::new(), flate2::Compression::fast(), 1);
    writer.add(entry, |to| to.write_all(b"in truth it is short")).unwrap();
    let bytes = writer.finish().unwrap();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    let mut entry = archive.by_index(0).unwrap();
    entry.read_to_string(&mut text).unwrap();
    assert_eq!(text, "in truth it is short");
    assert_eq!(entry.last_modified().unwrap().year(), 2023);
}

#[tokio::test]
async fn what_is_said_and_made() {
    let cores = std::thread::available_parallelism().unwrap().get();
    let using = |name: &str, target: &str| match cores {
        1 => format!("Using {name} compression with 1 core for {target}"),
        cores => format!("Using {name} compression with {cores} cores for {target}"),
    };
    for (output, expected) in [
        ("o.gz", vec![using("pgzip", "o.gz"), "Archiving f with pgzip".into()]),
        ("o.tar", vec!["Tarring o.tar with no compression".into()]),
        ("o.tar.lz4", vec![using("lz4", "o.tar.lz4"), "Tarring o.tar.lz4 with lz4".into()]),
        ("o.zip", vec!["Zipping o.zip".into()]),
        (
            "o.xz",
            vec![
                "Using xz compression with 1 core for o.xz (library does not support MT)".into(),
                "Archiving f with xz".into(),
            ],
        ),
        ("", vec![using("pgzip", "packer_test_null"), "Tarring packer_test_null with pgzip".into()]),
    ] {
        let sandbox = Sandbox::new();
        sandbox.write("f", "x");
        let done = post(&sandbox, "compress", &format!(r#"{{"output": "{output}"}}"#), &["f"]).await.unwrap();
        let target = if output.is_empty() { "packer_test_null" } else { output };
        let mut expected = expected;
        expected.push(format!("Archive {target} completed"));
        assert_eq!(sandbox.lines(), expected);
        assert_eq!(done.keep, Keep::Default(false));
        let artifact = done.artifact.unwrap();
        assert_eq!(artifact.describe(), format!("compressed artifacts in: {target}"));
        assert_eq!(
            (artifact.builder_id(), artifact.files()),
            ("packer.post-processor.compress", vec![target.into()])
        );
        assert_eq!(sandbox.names(""), if target < "f" { vec![target, "f"] } else { vec!["f", target] });
    }
}

#[tokio::test]
async fn failures_leave_what_was_there() {
    let sandbox = Sandbox::new();
    sandbox.write("f", "x");
    sandbox.write("g", "y");
    sandbox.write("o.gz", "old");
    for (json, files, why) in [
        (
            r#"{"output": "o.gz"}"#,
            vec!["f", "g"],
            "Can only have 1 input file when not using tar/zip. Found 2 files: [f g]",
        ),
        (r#"{"output": "o.gz"}"#, vec!["gone"], "cannot read gone: no such file or directory"),
        (r#"{"output": "o.gz", "format": "zip"}"#, vec!["f", "."], "cannot read .: is a directory"),
        (r#"{"output": "o.gz"}"#, vec!["o.gz"], "output and input are the same file, o.gz"),
    ] {
        assert_eq!(failure(post(&sandbox, "compress", json, &files).await), why);
        assert_eq!(
            (sandbox.text("o.gz").unwrap().as_str(), sandbox.names("")),
            ("old", vec!["f".into(), "g".into(), "o.gz".to_string()])
        );
    }
    let found = found_in(&sandbox, "post-processor", "compress", r#"{"compression_level": -2}"#).await;
    assert_eq!(found, ["compression_level must be from -1 to 9"]);

    let Some(_disk) = tiny_disk(&sandbox) else { return };
    sandbox.write("big", noise(300_000));
    sandbox.write("tiny/o.gz", "old");
    for method in ["", "zip", "xz", "tar", "lz4"] {
        let json = format!(r#"{{"output": "tiny/o.gz", "format": "{method}"}}"#);
        let result = post(&sandbox, "compress", &json, &["big"]).await;
        assert_eq!(failure(result), "cannot write tiny/o.gz: no space left on device", "{method}");
        assert_eq!(
            (sandbox.text("tiny/o.gz").unwrap().as_str(), sandbox.names("tiny")),
            ("old", vec!["o.gz".to_string()])
        );
    }
}

#[tokio::test]
async fn told_to_stop() {
    let sandbox = Sandbox::new();
    sandbox.write("big", sample(8 << 20));
    let mut registry = tintype_sdk::Registry::new();
    crate::register(&mut registry);
    let kind = tintype_sdk::Catalog::post_processor(&registry, "compress").unwrap();
    let options = tintype_testkit::options(r#"{"output": "o.xz"}"#);
    let prepared = kind.prepare(&options, &sandbox.prepare_cx()).await.unwrap();
    let cx = sandbox.cx();
    let begin = std::time::Instant::now();
    let work = prepared.component.post_process(Arc::new(FakeArtifact::with_files(&["big"])), &cx);
    let (result, ()) = tokio::join!(work, async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        sandbox.cancel().cancel();
    });
    assert!(result.err().unwrap().is_cancelled());
    assert!(begin.elapsed() < Duration::from_secs(2));
    assert_eq!(sandbox.names(""), ["big"]);
}
