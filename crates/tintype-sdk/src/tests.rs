//! The context at work: programs, lines, undoing, things that outlive the process.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tintype_event::{Event, EventKind, EventSink, Observer, Secrets, Stream};

use crate::*;

#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<EventKind>>>);

impl Observer for Told {
    fn notice(&mut self, event: &Event) {
        self.0.lock().unwrap().push(event.kind.clone());
    }
}

impl Told {
    /// Output lines, with `!` before those of standard error.
    fn lines(&self) -> Vec<String> {
        let events = self.0.lock().unwrap();
        let text = |kind: &EventKind| match kind {
            EventKind::Output { stream, line } => {
                let mark = if *stream == Stream::Stderr { "!" } else { "" };
                Some(format!("{mark}{}", String::from_utf8_lossy(line)))
            }
            _ => None,
        };
        events.iter().filter_map(text).collect()
    }
}

fn context() -> (Cx, Told, Cancel) {
    let told = Told::default();
    let tmp = tempfile::tempdir().unwrap().keep();
    let world = World {
        env: Default::default(),
        cwd: tmp.clone(),
        home: Some(PathBuf::from("/home/me")),
        tmp: tmp.clone(),
        cache_dir: tmp.clone(),
        config_dir: tmp.clone(),
        state_dir: tmp,
        run_uuid: "run".into(),
        core_version: "1.16.0".into(),
    };
    let events = EventSink::new(Secrets::default(), vec![Box::new(told.clone())]);
    let cancel = Cancel::new();
    let cx = Cx::new(Arc::new(world), events, Arc::new(Nobody), Policy::default(), cancel.clone(), None);
    (cx, told, cancel)
}

fn lines_of(chunks: &[&[u8]]) -> Vec<String> {
    let mut cutter = Lines::default();
    let mut out = Vec::new();
    for chunk in chunks {
        cutter.push(chunk, |line| out.push(String::from_utf8_lossy(&line).into_owned()));
    }
    cutter.finish(|line| out.push(String::from_utf8_lossy(&line).into_owned()));
    out
}

#[test]
fn lines_end_where_people_see_them_end() {
    assert_eq!(lines_of(&[b"a\nb", b"c\n", b"last"]), ["a", "bc", "last"]);
    assert_eq!(lines_of(&[b"10%\r50%\r100%\r\n"]), ["100%"]);
    assert_eq!(lines_of(&[b"x  \t\n\n"]), ["x", ""]);
    assert_eq!(lines_of(&[]), Vec::<String>::new());
}

#[test]
fn a_line_without_end_does_not_grow_for_ever() {
    let chunk = vec![b'x'; 1 << 16];
    let mut cutter = Lines::default();
    let mut longest = 0;
    for _ in 0..64 {
        cutter.push(&chunk, |line| longest = longest.max(line.len()));
    }
    assert!(longest > 0 && longest < 2 << 20, "{longest}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_program_shows_both_streams_and_its_code() {
    let (cx, told, _) = context();
    let status = cx.command("sh").args(["-c", "echo out; echo err >&2; exit 3"]).show().await.unwrap();
    assert_eq!(status, ExitStatus(3));
    let mut lines = told.lines();
    lines.sort();
    assert_eq!(lines, ["!err", "out"]);
}

#[cfg(unix)]
#[tokio::test]
async fn a_program_reads_its_input_and_knows_the_run() {
    let (cx, _, _) = context();
    let input: BoxRead = Box::new(std::io::Cursor::new(b"hello".to_vec()));
    let script = "cat; echo \" $PACKER_RUN_UUID\"";
    let (status, out, _) = cx.command("sh").args(["-c", script]).stdin(input).gather().await.unwrap();
    assert!(status.success());
    assert_eq!(out, b"hello run\n");
}

/// Whether a process group has a member that is more than a zombie.
#[cfg(target_os = "linux")]
fn lives(group: &str) -> bool {
    std::fs::read_dir("/proc").unwrap().flatten().any(|entry| {
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
        fields.get(2) == Some(&group) && fields.first() != Some(&"Z")
    })
}

/// Whether a process group has a member that is more than a zombie.
#[cfg(all(unix, not(target_os = "linux")))]
#[expect(clippy::disallowed_methods, reason = "the test asks the system, not the code that it tests")]
fn lives(group: &str) -> bool {
    let listed = std::process::Command::new("ps").args(["-A", "-o", "pgid=,stat="]).output().unwrap();
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let mut lines = listed.lines().map(|line| line.split_whitespace());
    lines.any(|mut fields| {
        fields.next() == Some(group) && fields.next().is_some_and(|state| !state.starts_with('Z'))
    })
}

#[cfg(unix)]
#[tokio::test]
async fn cancelling_ends_a_program_with_all_it_started() {
    let (cx, told, cancel) = context();
    let begun = Instant::now();
    let work = {
        let cx = cx.clone();
        tokio::spawn(
            async move { cx.command("sh").args(["-c", "echo $$; sleep 300 & sleep 300"]).show().await },
        )
    };
    while told.lines().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    cancel.cancel();
    assert!(work.await.unwrap().unwrap_err().is_cancelled());
    assert!(begun.elapsed() < Duration::from_secs(20));
    let group = told.lines()[0].clone();
    // The group's members become zombies or vanish a moment after the signal.
    for _ in 0..200 {
        if !lives(&group) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the process group {group} lives on");
}

#[tokio::test]
async fn a_missing_program_is_named_with_a_way_out() {
    let (cx, _, _) = context();
    let Err(error) = cx.command("no-such-program-here").start() else { panic!("it started") };
    assert_eq!(error.to_string(), "exec: \"no-such-program-here\": executable file not found in $PATH");
    assert_eq!(error.hints().len(), 1);
}

#[tokio::test]
async fn undoing_runs_last_first_and_goes_on_after_a_failure() {
    let (cx, told, _) = context();
    let order = Arc::new(Mutex::new(Vec::new()));
    for name in ["one", "two", "three"] {
        let order = order.clone();
        let _runs = cx.defer(Scope::Temp, When::Always, name, move |_| async move {
            order.lock().unwrap().push(name);
            if name == "two" { Err(Error::environment("stuck")) } else { Ok(()) }
        });
    }
    let only_on_failure = order.clone();
    let _never = cx.defer(Scope::Temp, When::OnFailure, "failure", move |_| async move {
        only_on_failure.lock().unwrap().push("failure");
        Ok(())
    });
    let taken_back = order.clone();
    cx.defer(Scope::Temp, When::Always, "taken back", move |_| async move {
        taken_back.lock().unwrap().push("taken back");
        Ok(())
    })
    .disarm();
    cx.unwind(Outcome::Done).await;
    assert_eq!(*order.lock().unwrap(), ["three", "two", "one"]);
    let failed = told.0.lock().unwrap().iter().any(
        |kind| matches!(kind, EventKind::CleanupFailed { what, error } if what == "two" && error == "stuck"),
    );
    assert!(failed);
}

/// A platform whose create call may fail after it has made the thing.
#[derive(Default)]
struct Platform {
    things: Mutex<Vec<String>>,
    /// Whether it removes beside other work.
    slow: bool,
}

struct PlatformReaper(Arc<Platform>);

#[async_trait]
impl Reaper for PlatformReaper {
    fn kind(&self) -> &'static str {
        "thing"
    }
    async fn find(&self, intent: &Intent, _: &Cx) -> Result<Found> {
        let there = self.0.things.lock().unwrap().contains(&intent.token);
        Ok(if there { Found::Is(intent.token.clone()) } else { Found::Not })
    }
    async fn reap(&self, _: &Intent, id: &str, _: &Cx) -> Result<Reaped> {
        let platform = self.0.clone();
        let id = id.to_owned();
        let remove = move || platform.things.lock().unwrap().retain(|thing| *thing != id);
        if !self.0.slow {
            remove();
            return Ok(Reaped::Gone);
        }
        Ok(Reaped::Going(Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(50)).await;
            remove();
            Ok(())
        })))
    }
}

#[tokio::test]
async fn nothing_is_left_whether_the_create_call_answers_or_not() {
    for answers in [true, false] {
        let (cx, _, _) = context();
        let platform = Arc::new(Platform::default());
        let make = platform.clone();
        let result = cx
            .create(
                Scope::Machine,
                Intent::new("thing", "a thing"),
                Arc::new(PlatformReaper(platform.clone())),
                move |intent| async move {
                    make.things.lock().unwrap().push(intent.token.clone());
                    if answers { Ok(intent.token) } else { Err(Error::environment("the answer was lost")) }
                },
            )
            .await;
        assert_eq!(result.is_ok(), answers);
        assert_eq!(platform.things.lock().unwrap().len(), usize::from(answers));
        cx.unwind(Outcome::Done).await;
        assert!(platform.things.lock().unwrap().is_empty());
    }
}

#[tokio::test]
async fn nothing_new_is_made_after_the_word_to_stop() {
    let (cx, _, cancel) = context();
    cancel.cancel();
    let platform = Arc::new(Platform::default());
    let make = platform.clone();
    let result = cx
        .create(
            Scope::Machine,
            Intent::new("thing", "a thing"),
            Arc::new(PlatformReaper(platform.clone())),
            move |intent| async move {
                make.things.lock().unwrap().push(intent.token.clone());
                Ok(intent.token)
            },
        )
        .await;
    assert!(result.unwrap_err().is_cancelled());
    assert!(platform.things.lock().unwrap().is_empty());
}

#[test]
fn temporary_files_are_private_numbered_and_gone() {
    let (cx, _, _) = context();
    let file = cx.temp_file("packer-shell", ".sh").unwrap();
    let path = file.path().to_path_buf();
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let number = name.strip_prefix("packer-shell").and_then(|rest| rest.strip_suffix(".sh")).unwrap();
    assert!(number.chars().all(|c| c.is_ascii_digit()), "{name}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    drop(file);
    assert!(!path.exists());
}

#[test]
fn paths_as_users_type_them() {
    let (cx, _, _) = context();
    let world = cx.world();
    assert_eq!(world.path("~/x"), PathBuf::from("/home/me/x"));
    assert_eq!(world.path("~you/x"), world.cwd.join("~you/x"));
    assert_eq!(world.path("a"), world.cwd.join("a"));
}

#[tokio::test]
async fn work_beside_the_build_is_waited_for() {
    let (cx, told, _) = context();
    let done = Arc::new(Mutex::new(false));
    let mark = done.clone();
    cx.background("slow", async move {
        tokio::time::sleep(Duration::from_millis(20)).await;
        *mark.lock().unwrap() = true;
        Ok(())
    });
    cx.background("bad", async { Err(Error::environment("no")) });
    cx.finish_background().await;
    assert!(*done.lock().unwrap());
    assert!(
        told.0
            .lock()
            .unwrap()
            .iter()
            .any(|kind| matches!(kind, EventKind::CleanupFailed { what, .. } if what == "bad"))
    );
}

#[tokio::test]
async fn a_create_call_that_nobody_waits_for_any_more_is_undone_too() {
    let (cx, _, _) = context();
    let platform = Arc::new(Platform::default());
    let make = platform.clone();
    let creating = cx.create(
        Scope::Machine,
        Intent::new("thing", "a thing"),
        Arc::new(PlatformReaper(platform.clone())),
        move |intent| async move {
            tokio::time::sleep(Duration::from_millis(50)).await;
            make.things.lock().unwrap().push(intent.token.clone());
            Ok(intent.token)
        },
    );
    assert!(tokio::time::timeout(Duration::from_millis(5), creating).await.is_err());
    assert!(platform.things.lock().unwrap().is_empty());
    cx.unwind(Outcome::Failed(Error::cancelled())).await;
    assert!(platform.things.lock().unwrap().is_empty());
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(platform.things.lock().unwrap().is_empty());
}

#[tokio::test]
async fn what_is_removed_beside_the_build_is_gone_when_it_is_gone() {
    let (cx, told, _) = context();
    let platform = Arc::new(Platform { slow: true, ..Platform::default() });
    let make = platform.clone();
    let reaper = Arc::new(PlatformReaper(platform.clone()));
    let making =
        cx.create(Scope::Machine, Intent::new("thing", "a thing"), reaper, move |intent| async move {
            make.things.lock().unwrap().push(intent.token.clone());
            Ok(intent.token)
        });
    let id = making.await.unwrap();
    let gone = || {
        told.0
            .lock()
            .unwrap()
            .iter()
            .any(|kind| matches!(kind, EventKind::ResourceGone { id: it, .. } if *it == id))
    };
    cx.unwind(Outcome::Done).await;
    assert!(!gone() && !platform.things.lock().unwrap().is_empty());
    cx.finish_background().await;
    assert!(gone() && platform.things.lock().unwrap().is_empty());
}
