//! Plugins that do not do what plugins do. The process is a shell script; the connection is the test's own end of a socket.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use gorpc::{Answer, Call, Client, Mux, Service, Side, Value, serve};
use tintype_testkit::{FakeHook, Sandbox, options};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

use super::*;

/// A plugin whose process is this script; `$SOCKET` is where the test waits.
fn plugin(sandbox: &Sandbox, script: &str) -> (Launch, UnixListener) {
    let socket = sandbox.path("socket");
    let text = format!("#!/bin/sh\nSOCKET='{}'\n{script}\n", socket.display());
    let binary: PathBuf = sandbox.write("packer-plugin-bad", text);
    std::fs::set_permissions(&binary, std::fs::Permissions::from_mode(0o755)).expect("ours");
    let launch = Launch {
        binary,
        wire: Wire::Protobuf,
        world: sandbox.world().clone(),
        events: EventSink::silent(),
        guard: None,
    };
    (launch, UnixListener::bind(socket).expect("a socket"))
}

/// One that can be reached, and goes on for as long as it is let.
const REACHABLE: &str = "echo \"5|0|unix|$SOCKET\"; exec sleep 600";

async fn asked(launch: &Launch) -> String {
    match ask_spec(launch, Category::Builder, "x").await {
        Ok(spec) => format!("{spec:?}"),
        Err(error) => error.to_string(),
    }
}

fn check(said: &str, parts: &[&str]) {
    for part in parts {
        assert!(said.contains(part), "no {part:?} in: {said}");
    }
}

#[tokio::test]
async fn processes_that_cannot_be_reached() {
    for (script, parts) in [
        ("exit 3", &["packer-plugin-bad", "ended before it could be reached", "exit status 3"][..]),
        ("echo 'no good' >&2; exit 1", &["exit status 1", "no good"]),
        ("echo hello; exec sleep 600", &["packer-plugin-bad", "\"hello\""]),
        ("echo \"5|unix|$SOCKET\"; exec sleep 600", &["before version 1.7"]),
        ("echo \"5|1|unix|$SOCKET\"; exec sleep 600", &["version 5.1"]),
        ("echo '5|0|unix|/nowhere/at/all'; exec sleep 600", &["could not be reached"]),
        ("kill -9 $$", &["a signal ended it"]),
        ("head -c 1000000 /dev/zero; exec sleep 600", &["packer-plugin-bad"]),
    ] {
        let sandbox = Sandbox::new();
        let (launch, _listener) = plugin(&sandbox, script);
        check(&asked(&launch).await, parts);
    }
    let sandbox = Sandbox::new();
    let (mut launch, _listener) = plugin(&sandbox, "");
    launch.binary = sandbox.path("gone");
    check(&asked(&launch).await, &["Plugin gone"]);
}

#[tokio::test]
async fn connections_of_another_language() {
    for bytes in [&b"HTTP/1.1 200 OK\r\n\r\n"[..], &[0; 64], &[0xff; 64], &[]] {
        let sandbox = Sandbox::new();
        let (launch, listener) = plugin(&sandbox, REACHABLE);
        let talk = async {
            let (mut stream, _) = listener.accept().await.expect("it connects");
            stream.write_all(bytes).await.expect("written");
            stream.shutdown().await.expect("ended");
            let mut rest = Vec::new();
            // Until it has had enough.
            let _ = stream.read_to_end(&mut rest).await;
        };
        let (said, ()) = tokio::join!(asked(&launch), talk);
        check(&said, &["packer-plugin-bad ended before it could be called", "was still running"]);
    }
}

/// Answers every call with the same bytes.
async fn answer_with(stream: UnixStream, bytes: &[u8]) {
    let mux = Mux::new(stream, Side::Listening);
    let mut main = mux.expect(0).accept().await.expect("it calls");
    let mut call = [0; 16];
    main.read_exact(&mut call).await.expect("a call");
    main.write_all(bytes).await.expect("written");
    // The host may be quicker.
    let _ = main.shutdown().await;
    mux.ended().await;
}

#[tokio::test]
async fn answers_that_make_no_sense() {
    let header = b"\x83\xadServiceMethod\xa1x\xa3Seq\x00\xa5Error\xa0";
    for (body, parts) in [
        (&b"\x05"[..], &["ConfigSpec", "cannot be understood"][..]),
        (b"\x81\xaaConfigSpec\xc4\x03\xff\xff\xff", &["ConfigSpec", "cannot be understood"]),
        (b"\x81\xaaConfigSpec\x07", &["ConfigSpec", "cannot be understood"]),
        (b"\xc6\xff\xff\xff\xff", &["longer than 64 MiB"]),
        (b"\xc1", &["begins no value"]),
        (&[0x91; 5000], &["nested too deep"]),
        (b"", &["packer-plugin-bad"]),
    ] {
        let sandbox = Sandbox::new();
        let (launch, listener) = plugin(&sandbox, REACHABLE);
        let bytes = [header, body].concat();
        let talk = async {
            let (stream, _) = listener.accept().await.expect("it connects");
            answer_with(stream, &bytes).await;
        };
        let (said, ()) = tokio::join!(asked(&launch), talk);
        check(&said, parts);
    }
    let sandbox = Sandbox::new();
    let (launch, listener) = plugin(&sandbox, REACHABLE);
    let talk = async {
        let (stream, _) = listener.accept().await.expect("it connects");
        answer_with(stream, b"\x83\xadServiceMethod\xa1x\xa3Seq\x09\xa5Error\xa0\xc0").await;
    };
    let (said, ()) = tokio::join!(asked(&launch), talk);
    check(&said, &["cannot be understood", "question 9"]);
}

/// A builder that says it made something, and does this when it runs.
struct Odd {
    mux: Mux,
    made: i64,
    lines: usize,
}

#[async_trait]
impl Service for Odd {
    fn at_once(&self, _: &Call) -> Option<Answer> {
        None
    }

    async fn answer(&self, call: Call) -> Answer {
        if call.method != "Run" {
            return Ok(Value::Nil);
        }
        let id = u32::try_from(call.number()?).map_err(|_| "no stream")?;
        let host = Client::new(self.mux.dial(id).await.map_err(|error| error.to_string())?);
        // None of these may do harm.
        for (method, argument) in [
            ("Ui.Say", Value::Map(Vec::new())),
            ("Ui.Machine", Value::Int(1)),
            ("Uix.Add", Value::Int(1)),
            ("Hook.Run", Value::Nil),
            ("Communicator.Start", Value::Nil),
            ("Nobody.Knows", Value::Nil),
        ] {
            assert!(host.call(method, &argument).await.is_err(), "{method}");
        }
        let lines = (0..self.lines).map(|line| {
            let host = host.clone();
            async move { host.call("Ui.Say", &Value::from(format!("line {line}"))).await }
        });
        for answer in futures::future::join_all(lines).await {
            answer.map_err(|error| error.to_string())?;
        }
        Ok(Value::Int(self.made))
    }
}

async fn odd(stream: UnixStream, made: i64, lines: usize) {
    let mux = Mux::new(stream, Side::Listening);
    let main = mux.expect(0).accept().await.expect("it calls");
    let service = Arc::new(Odd { mux: mux.clone(), made, lines });
    let (mut calls, _) = serve(main, service).await;
    while calls.join_next().await.is_some() {}
}

async fn run_odd(sandbox: &Sandbox, made: i64, lines: usize) -> Result<bool> {
    let (launch, listener) = plugin(sandbox, REACHABLE);
    let spec = SpecBytes { wire: Wire::Protobuf, config: vec![0x0a, 0x00], output: None };
    let kind = builder(&launch, "x", &spec)?;
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("it connects");
        odd(stream, made, lines).await;
    });
    let Ok(prepared) = kind.prepare(&options("{}"), &sandbox.prepare_cx()).await else { panic!("refused") };
    let cx = sandbox.build_cx(Arc::new(FakeHook::nothing()));
    prepared.component.run(&cx).await.map(|made| made.is_some())
}

#[tokio::test]
async fn builders_that_say_what_is_not_so() {
    let sandbox = Sandbox::new();
    assert_eq!(run_odd(&sandbox, 0, 2000).await.ok(), Some(false));
    let lines: Vec<String> = (0..2000).map(|line| format!("line {line}")).collect();
    assert_eq!(sandbox.lines(), lines);
    let sandbox = Sandbox::new();
    let error = run_odd(&sandbox, -5, 0).await.expect_err("no stream has that number");
    check(&error.to_string(), &["packer-plugin-bad", "Builder.Run", "cannot be understood"]);
}

#[tokio::test]
async fn a_plugin_that_dies_at_work_is_named_with_its_last_words() {
    let sandbox = Sandbox::new();
    let script =
        "echo \"5|0|unix|$SOCKET\"; read go <go; echo 'panic: on purpose' >&2; echo more >&2; exit 2";
    let go = sandbox.path("go");
    let made = tintype_sdk::Cx::command(&sandbox.cx(), "mkfifo").arg(&go).gather().await;
    assert!(made.is_ok_and(|(status, ..)| status.success()));
    let (launch, listener) = plugin(&sandbox, script);
    let spec = SpecBytes { wire: Wire::Protobuf, config: vec![0x0a, 0x00], output: None };
    let kind = builder(&launch, "x", &spec).expect("an empty spec");
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("it connects");
        let mux = Mux::new(stream, Side::Listening);
        let main = mux.expect(0).accept().await.expect("it calls");
        struct Prepares;
        #[async_trait]
        impl Service for Prepares {
            fn at_once(&self, _: &Call) -> Option<Answer> {
                None
            }
            async fn answer(&self, call: Call) -> Answer {
                match &*call.method {
                    "Prepare" => Ok(Value::Nil),
                    _ => std::future::pending().await,
                }
            }
        }
        tokio::select! {
            _ = serve(main, Arc::new(Prepares)) => {}
            () = tokio::time::sleep(Duration::from_millis(300)) => {}
        }
        std::fs::write(go, "now\n").expect("it reads");
    });
    let Ok(prepared) = kind.prepare(&options("{}"), &sandbox.prepare_cx()).await else { panic!("refused") };
    let cx = sandbox.build_cx(Arc::new(FakeHook::nothing()));
    let begun = Instant::now();
    let error = prepared.component.run(&cx).await.err().expect("it died");
    check(
        &error.to_string(),
        &["packer-plugin-bad ended unexpectedly", "exit status 2", "panic: on purpose"],
    );
    assert!(begun.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn the_guard_ends_what_is_left_at_work() {
    let sandbox = Sandbox::new();
    let sleep = || sandbox.cx().command("sleep").arg("600").serve().expect("it starts");
    let (mut left, mut done) = (sleep(), sleep());
    let (left_id, done_id) = (left.id().expect("it runs"), done.id().expect("it runs"));
    guard(format!("+{left_id}\n+{done_id}\n-{done_id}\n+nonsense\n\n+0\n+1\n").as_bytes());
    assert_eq!(left.ended().await.expect("it ended").0, -1);
    let waited = tokio::time::timeout(Duration::from_millis(50), done.ended()).await;
    assert!(waited.is_err(), "it goes on");
}
