//! Files on their way into a container and out of it.

use std::io::Cursor;

use tintype_sdk::{FileMeta, Machine, RemoteCommand, Result};
use tintype_testkit::FakeHook;
use tokio::io::AsyncReadExt;

use super::engine::{IMAGE, build, in_container, sandbox};

/// What a command writes.
async fn output(machine: &Machine, command: &str) -> Result<String> {
    let (_, stdout, stderr) =
        machine.comm().start(RemoteCommand::new(command)).await?.gather(1 << 20).await?;
    Ok(String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn files_in_and_out() {
    let Some(sandbox) = sandbox().await else { return };
    sandbox.write("d/x", "1");
    sandbox.write("d/s/y", "2");
    let (dir, out) = (sandbox.path("d"), sandbox.path("out"));
    std::fs::create_dir(&out).expect("made");
    in_container(&sandbox, "", move |machine, _| {
        let (dir, out) = (dir.clone(), out.clone());
        async move {
            let comm = machine.comm();
            let meta = FileMeta { size: None, mode: Some(0o640), mtime: Some(86_400) };
            comm.upload("/tmp/a", Box::new(Cursor::new("hello")), meta, &|_| ()).await?;
            assert_eq!(
                output(&machine, "stat -c '%a %u:%g %Y %s' /tmp/a; cat /tmp/a").await?,
                "640 0:0 86400 5\nhello"
            );
            assert_eq!(output(&machine, "mkdir /one /two; ln -s /two /link").await?, "");
            let slash = std::path::PathBuf::from(format!("{}/", dir.display()));
            comm.upload_dir("/one", &slash, &|_| ()).await?;
            comm.upload_dir("/link", &dir, &|_| ()).await?;
            comm.upload_dir("/three", &dir, &|_| ()).await?;
            assert_eq!(
                output(&machine, "find /one /two /three -type f | sort | xargs echo").await?,
                "/one/s/y /one/x /three/s/y /three/x /two/d/s/y /two/d/x\n"
            );
            let mut content = Cursor::new(Vec::new());
            output(&machine, "ln -s a /tmp/l1; ln -s /tmp/l1 /tmp/l2").await?;
            comm.download("/tmp/l2", &mut content, &|_| ()).await?;
            assert_eq!(content.into_inner(), b"hello");
            assert!(comm.download("/tmp", &mut tokio::io::sink(), &|_| ()).await.is_err());
            assert!(comm.download("/nowhere", &mut tokio::io::sink(), &|_| ()).await.is_err());
            assert!(
                comm.upload("/no/where/a", Box::new(Cursor::new("x")), FileMeta::default(), &|_| ())
                    .await
                    .is_err()
            );
            comm.download_dir("/link/d", &out, &|_| ()).await?;
            comm.download_dir("/one/*", &out, &|_| ()).await?;
            Ok(())
        }
    })
    .await
    .expect("it builds");
    assert_eq!(sandbox.names("out"), ["d", "s", "x"]);
    assert_eq!(sandbox.text("out/d/s/y").as_deref(), Some("2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_have_streams_and_a_status() {
    let Some(sandbox) = sandbox().await else { return };
    in_container(&sandbox, "", |machine, _| async move {
        let comm = machine.comm();
        let stdin = Box::new(Cursor::new(vec![b'x'; 3 << 20]));
        let command = RemoteCommand { command: "wc -c".into(), stdin: Some(stdin) };
        let (status, stdout, _) = comm.start(command).await?.gather(100).await?;
        assert_eq!((status.0, stdout), (0, b"3145728\n".to_vec()));
        // A command that nobody waits for does not hold up others.
        let long = comm.start(RemoteCommand::new("yes")).await?;
        assert_eq!(
            output(&machine, "for i in 1 2 3; do echo o$i; echo e$i >&2; sleep 0.01; done").await?,
            "o1\no2\no3\ne1\ne2\ne3\n"
        );
        drop(long);
        assert_eq!(output(&machine, "printf a; printf b >&2").await?, "ab");
        for (command, status) in
            [("exit 3", 3), ("exec false", 1), ("(", 2), ("nosuch", 127), ("set -e; false; true", 1)]
        {
            assert_eq!(
                comm.start(RemoteCommand::new(command)).await?.gather(1000).await?.0.0,
                status,
                "{command}"
            );
        }
        // What a command leaves running does not hold up its end.
        assert_eq!(output(&machine, "sleep 30 & echo started").await?, "started\n");
        assert_eq!(output(&machine, "cat").await?, "");
        // These go to a shell that is there.
        assert_eq!(output(&machine, "mkdir /q").await?, "");
        assert_eq!(output(&machine, "rm -f ").await?, "");
        let (status, _, stderr) =
            comm.start(RemoteCommand::new("chmod 0755 /none")).await?.gather(100).await?;
        assert_eq!(
            (status.0, String::from_utf8_lossy(&stderr).as_ref()),
            (1, "chmod: cannot access '/none': No such file or directory\n")
        );
        assert_eq!(comm.start(RemoteCommand::new("kill -9 $$")).await?.gather(10).await?.0.0, 137);
        assert!(output(&machine, "for p in /proc/[0-9]*; do kill -9 ${p#/proc/}; done").await.is_ok());
        assert_eq!(output(&machine, "mkdir /q/r && ls /q").await?, "r\n");
        Ok(())
    })
    .await
    .expect("it builds");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_arrives_whole() {
    let Some(sandbox) = sandbox().await else { return };
    let size: u64 = 300 << 20;
    in_container(&sandbox, "", move |machine, _| async move {
        let counted = std::sync::atomic::AtomicU64::new(0);
        let from = Box::new(tokio::io::repeat(7).take(size));
        let meta = FileMeta { size: Some(size), ..FileMeta::default() };
        let count = |more| {
            counted.fetch_add(more, std::sync::atomic::Ordering::Relaxed);
        };
        machine.comm().upload("/big", from, meta, &count).await?;
        assert_eq!(counted.into_inner(), size);
        assert_eq!(
            output(&machine, "stat -c '%s %a' /big; tr -d '\\007' </big | wc -c").await?,
            format!("{size} 600\n0\n")
        );
        Ok(())
    })
    .await
    .expect("it builds");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_where_archives_do_not_reach() {
    let Some(sandbox) = sandbox().await else { return };
    sandbox.write("d/x", "1");
    let (dir, out) = (sandbox.path("d"), sandbox.path("out"));
    std::fs::create_dir(&out).expect("made");
    in_container(&sandbox, r#", "tmpfs": ["/tmp", "/mem:size=10m"]"#, move |machine, _| {
        let (dir, out) = (dir.clone(), out.clone());
        async move {
            let comm = machine.comm();
            let meta = FileMeta { size: None, mode: Some(0o640), mtime: None };
            comm.upload("/tmp/a b", Box::new(Cursor::new("hello")), meta, &|_| ()).await?;
            assert_eq!(output(&machine, "stat -c '%a %u:%g %s' '/tmp/a b'").await?, "640 0:0 5\n");
            comm.upload_dir("/mem", &dir, &|_| ()).await?;
            assert_eq!(output(&machine, "cat /mem/d/x").await?, "1");
            let mut content = Cursor::new(Vec::new());
            comm.download("/mem/d/x", &mut content, &|_| ()).await?;
            assert_eq!(content.into_inner(), b"1");
            assert!(comm.download("/mem/none", &mut tokio::io::sink(), &|_| ()).await.is_err());
            comm.download_dir("/mem/d", &out, &|_| ()).await
        }
    })
    .await
    .expect("it builds");
    assert_eq!(sandbox.text("out/d/x").as_deref(), Some("1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_become_the_images_users() {
    let Some(sandbox) = sandbox().await else { return };
    sandbox.write("d/x", "1");
    let json =
        format!(r#"{{"image": "{IMAGE}", "pull": false, "commit": true, "changes": ["USER nobody:adm"]}}"#);
    let made = build(&sandbox, &json, std::sync::Arc::new(FakeHook::nothing()))
        .await
        .expect("it builds")
        .expect("an artifact");
    for (fix, file, dir) in
        [("true", "nobody adm 600", "nobody adm"), ("false", "root root 600", "root root")]
    {
        let path = sandbox.path("d");
        let hook = FakeHook::new(move |machine, _| {
            let path = path.clone();
            async move {
                let comm = machine.comm();
                comm.upload("/tmp/a", Box::new(Cursor::new("x")), FileMeta::default(), &|_| ()).await?;
                assert_eq!(output(&machine, "stat -c '%U %G %a' /tmp/a").await?, format!("{file}\n"));
                comm.upload_dir("/tmp", &path, &|_| ()).await?;
                assert_eq!(output(&machine, "stat -c '%U %G' /tmp/d/x").await?, format!("{dir}\n"));
                Ok(())
            }
        });
        let json = format!(
            r#"{{"image": "{}", "pull": false, "discard": true, "fix_upload_owner": {fix}}}"#,
            made.id()
        );
        build(&sandbox, &json, std::sync::Arc::new(hook)).await.expect("it builds");
    }
    // Somebody whom no list names: the container itself must say who it is.
    let json = format!(
        r#"{{"image": "{}", "pull": false, "discard": true, "exec_user": "root", "changes": []}}"#,
        made.id()
    );
    let hook = FakeHook::new(|machine, _| async move {
        let comm = machine.comm();
        output(&machine, "sed -i s/^nobody/somebody/ /etc/passwd").await?;
        let refused = comm.upload("/tmp/a", Box::new(Cursor::new("x")), FileMeta::default(), &|_| ()).await;
        let text = refused.expect_err("there is no such user any more").to_string();
        assert!(text.starts_with("The owner of /tmp/a could not be changed to nobody:adm: "), "{text}");
        Ok(())
    });
    build(&sandbox, &json, std::sync::Arc::new(hook)).await.expect("it builds");
    made.destroy(&sandbox.cx()).await.expect("gone");
}
