//! What containers do where there can be no machine: files go in and out, and become layers.

use std::time::Duration;

use oci::tarball::Kind as Tar;
use tintype_oci::{Grain, Kind};

use crate::bed::{Bed, say};
use crate::cases::{archive, committed, halves, layer, listed, removed_while_it_takes, shell};

/// The cases whose names contain one of these words, or all.
pub async fn all(bed: &Bed, words: &[String]) {
    let wanted = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));
    if wanted("files") {
        files(bed).await;
        say("files alone");
    }
    if wanted("under_way") {
        under_way(bed).await;
        say("under way alone");
    }
    if wanted("volumes") {
        volumes(bed).await;
        say("volumes alone");
    }
    if wanted("steps") {
        steps(bed).await;
        say("steps alone");
    }
}

async fn files(bed: &Bed) {
    let container = bed.container("still-files").await;
    let error = container.exec(shell("true")).await.map(drop).expect_err("no machine");
    let error = tintype_sdk::Error::from(error);
    assert!(error.to_string().starts_with("No command can be run in the container"), "{error}");
    assert!(!error.hints().is_empty());
    for (path, kind) in [
        ("/etc", Some(Kind::Directory)),
        ("/data/", Some(Kind::Directory)),
        ("/etc/passwd", Some(Kind::Other)),
        ("/data/old/../old/one", Some(Kind::Other)),
        ("/etc/passwd/x", None),
        ("/none", None),
    ] {
        assert_eq!(container.kind_of(path).await.expect("an answer"), kind, "{path}");
    }
    let tar = archive(&[
        ("a", Tar::Directory, b""),
        ("a/.wh.b", Tar::File, b"no mark"),
        ("a/c", Tar::Symlink(b"/etc".to_vec()), b""),
        ("a/c/by-link", Tar::File, b"into etc"),
        ("old/one", Tar::File, b"other"),
        ("deep/er/file", Tar::File, b"made on the way"),
    ]);
    container.put("/data/", tar.as_slice()).await.expect("it is taken");
    let get = async |path: &str| {
        let chunks = container.get(path).await.map_err(|error| error.to_string())?;
        let mut names = listed(chunks).await?;
        names.sort();
        Ok::<_, String>(names)
    };
    assert_eq!(get("/data").await, Ok(vec!["data->var/lib".to_owned()]));
    let all = "lib/ lib/a/ lib/a/.wh.b=no mark lib/a/c->/etc lib/deep/ lib/deep/er/ lib/deep/er/file=made on the way lib/old/ \
               lib/old/one=other lib/old/two=2";
    assert_eq!(get("/var/lib").await.map(|names| names.join(" ")), Ok(all.to_owned()));
    assert_eq!(get("/etc/by-link").await, Ok(vec!["by-link=into etc".to_owned()]));
    assert!(get("/none").await.expect_err("nothing").contains("none"));
    for (dir, tar) in [
        ("/none", tar.as_slice()),
        ("/etc/passwd", &tar),
        ("/tmp", b"this is no archive at all"),
        ("/tmp", &tar[..700]),
    ] {
        container.put(dir, tar).await.expect_err("no such directory, or no archive");
    }
    assert_eq!(
        container.kind_of("/tmp/a").await.expect("an answer"),
        None,
        "of what has failed nothing is there"
    );
    let large = vec![b'y'; 20_000_000];
    container.put("/tmp", archive(&[("large", Tar::File, &large)]).as_slice()).await.expect("it is taken");
    let export = listed(container.export().await.expect("a stream")).await.expect("everything");
    for name in ["etc/group=root:x:0:", "var/lib/old/one=other", "etc/by-link=into etc", "bin->usr/bin"] {
        assert!(export.iter().any(|other| other == name), "{name} of {export:?}");
    }
    let image = committed(bed, &container, Grain::One).await;
    let mut names = layer(bed, &image, 1);
    names.sort();
    let all = "etc/by-link tmp/large var/lib/a/ var/lib/a/.wh.b var/lib/a/c var/lib/deep/ var/lib/deep/er/ var/lib/deep/er/file var/lib/old/one";
    assert_eq!(names.join(" "), all);
}

async fn under_way(bed: &Bed) {
    let container = bed.container("still-under-way").await;
    let (from, send) = halves(b"in time");
    let late = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        send().await;
    };
    let (put, (), layers) = tokio::join!(container.put("/etc", from), late, container.layers(Grain::One));
    put.expect("it is taken");
    assert_eq!(layers.expect("layers").first().map(|layer| layer.entries), Some(1));
    // One that never comes is given up, and is nobody's affair any more when the container goes.
    removed_while_it_takes(&container).await;
}

async fn volumes(bed: &Bed) {
    let container = bed.with_volumes("still-volumes", &["/srv", "/fresh"]).await;
    let tar = archive(&[
        ("srv/new", Tar::File, b"1"),
        ("fresh/x", Tar::File, b"2"),
        ("fresher", Tar::File, b"3"),
        ("etc/kept", Tar::File, b"4"),
    ]);
    container.put("/", tar.as_slice()).await.expect("it is taken");
    let found = listed(container.get("/srv/new").await.expect("a stream")).await.expect("a file");
    assert_eq!(found, ["new=1"]);
    // Directories of the host are not seen; nothing that is meant for them gets into the image.
    let tar = archive(&[("x", Tar::File, b"1")]);
    let error = container.put("/usr/lib", tar.as_slice()).await.expect_err("not mounted").to_string();
    assert!(error.contains("/usr/lib is in a directory of this host, which cannot be mounted"), "{error}");
    let error = container.get("//usr").await.map(drop).expect_err("not mounted").to_string();
    assert!(error.contains("cannot be mounted"), "{error}");
    let image = committed(bed, &container, Grain::One).await;
    assert_eq!(layer(bed, &image, 1), ["fresh/", "fresher", "etc/kept"]);
}

async fn steps(bed: &Bed) {
    for (grain, id, expected) in [
        (Grain::One, "still-one", vec!["etc/second etc/both"]),
        (Grain::Step, "still-each", vec!["etc/second", "etc/both"]),
    ] {
        let container = bed.container(id).await;
        let put = async |entries: &[(&str, Tar, &[u8])]| {
            container.put("/etc", archive(entries).as_slice()).await.expect("it is taken");
        };
        put(&[("both", Tar::File, b"1"), ("second", Tar::File, b"1")]).await;
        container.end_step().await.expect("a step");
        container.end_step().await.expect("one without anything in it");
        put(&[("both", Tar::File, b"2")]).await;
        let image = committed(bed, &container, grain).await;
        let layers: Vec<String> = (1..image.image.manifest.layers.len())
            .map(|number| layer(bed, &image, number).join(" "))
            .collect();
        assert_eq!(layers, expected, "{grain:?}");
        // What was taken from two layers, again.
        let next = bed.of(&image, &format!("{id}-next")).await;
        let both = listed(next.get("/etc/both").await.expect("a stream")).await.expect("a file");
        assert_eq!(both, ["both=2"]);
        next.remove().await.expect("it goes");
    }
    let container = bed.container("still-nothing").await;
    assert!(container.layers(Grain::One).await.expect("layers").is_empty());
    container.remove().await.expect("it goes");
}
