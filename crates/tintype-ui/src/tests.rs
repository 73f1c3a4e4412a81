use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tintype_event::{ArtifactSummary, EventKind, EventSink, Observer, Secrets, Stream, Target};

use crate::{Human, HumanStyle, Json, Log, Machine, Out, spell};

#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn run() -> Vec<(Option<Target>, EventKind)> {
    let a = Some(Target::build("null.a"));
    let part = Some(Target::build("null.a").part("manifest"));
    let artifact = ArtifactSummary {
        builder_id: "packer.file".into(),
        id: "File".into(),
        text: "Stored file: a, b".into(),
        files: vec!["a, b".into()],
    };
    vec![
        (None, EventKind::RunStarted { builds: vec!["null.a".into(), "null.b".into()] }),
        (a.clone(), EventKind::Say("one\n\ntwo\n".into())),
        (a.clone(), EventKind::Output { stream: Stream::Stderr, line: b"oops".to_vec() }),
        (part, EventKind::Say("noted".into())),
        (
            a,
            EventKind::BuildFinished {
                duration: Duration::from_millis(1333),
                error: None,
                hints: Vec::new(),
            },
        ),
        (
            Some(Target::build("null.b")),
            EventKind::BuildFinished {
                duration: Duration::from_secs(1),
                error: Some("boom".into()),
                hints: vec!["Try again.".into()],
            },
        ),
        (
            None,
            EventKind::RunFinished {
                duration: Duration::from_secs(61),
                interrupted: false,
                errors: vec![("null.b".into(), "boom".into())],
                artifacts: vec![("null.a".into(), vec![Some(artifact), None])],
            },
        ),
    ]
}

fn rendered(make: impl FnOnce(Out) -> Box<dyn Observer>) -> String {
    let buffer = Buffer::default();
    let sink = EventSink::new(Secrets::default(), vec![make(Out::new(Box::new(buffer.clone())))]);
    for (target, kind) in run() {
        sink.send(target.as_ref(), kind);
    }
    let bytes = buffer.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn the_screen() {
    let text = rendered(|out| {
        Box::new(Human::new(
            out,
            HumanStyle { color: true, findings: false, header: true, timestamps: false, hints: true },
        ))
    });
    assert_eq!(
        text,
        "\x1b[1;32mnull.a: output will be in this color.\x1b[0m\n\
         \x1b[1;36mnull.b: output will be in this color.\x1b[0m\n\
         \n\
         \x1b[1;32m==> null.a: one\n==> null.a: \n==> null.a: two\n==> null.a:\x1b[0m\n\
         \x1b[1;31m==> null.a: oops\x1b[0m\n\
         \x1b[1;32m==> null.a (manifest): noted\x1b[0m\n\
         \x1b[1;32mBuild 'null.a' finished after 1 second 333 milliseconds.\x1b[0m\n\
         \x1b[1;31mBuild 'null.b' errored after 1 second: boom\x1b[0m\n    hint: Try again.\n\
         \n==> Wait completed after 1 minute 1 second\n\
         \n==> Some builds didn't complete successfully and had errors:\n\
         --> null.b: boom\n\
         \n==> Builds finished. The artifacts of successful builds are:\n\
         --> null.a: Stored file: a, b\n\
         --> null.a: <nothing>\n"
    );
}

#[test]
fn the_columns() {
    let text = rendered(|out| Box::new(Machine::new(out)));
    let without_time: Vec<&str> = text.lines().map(|line| line.split_once(',').unwrap().1).collect();
    assert_eq!(
        without_time,
        [
            r",ui,say,==> null.a: one\n==> null.a: \n==> null.a: two\n==> null.a:",
            ",ui,error,==> null.a: oops",
            ",ui,say,==> null.a (manifest): noted",
            ",ui,say,Build 'null.a' finished after 1 second 333 milliseconds.",
            ",ui,error,Build 'null.b' errored after 1 second: boom",
            r",ui,say,\n==> Wait completed after 1 minute 1 second",
            ",error-count,1",
            r",ui,error,\n==> Some builds didn't complete successfully and had errors:",
            "null.b,error,boom",
            ",ui,error,--> null.b: boom",
            r",ui,say,\n==> Builds finished. The artifacts of successful builds are:",
            "null.a,artifact-count,2",
            "null.a,artifact,0,builder-id,packer.file",
            "null.a,artifact,0,id,File",
            "null.a,artifact,0,string,Stored file: a%!(PACKER_COMMA) b",
            "null.a,artifact,0,files-count,1",
            "null.a,artifact,0,file,0,a%!(PACKER_COMMA) b",
            "null.a,artifact,0,end",
            ",ui,say,--> null.a: Stored file: a%!(PACKER_COMMA) b",
            "null.a,artifact,1,nil",
            "null.a,artifact,1,end",
            ",ui,say,--> null.a: <nothing>",
        ]
    );
}

#[test]
fn json_lines_keep_the_schema() {
    let schema: serde_json::Value = serde_json::from_str(crate::JSON_SCHEMA).unwrap();
    let known = schema["properties"].as_object().unwrap();
    let types = known["type"]["enum"].as_array().unwrap();
    let text = rendered(|out| Box::new(Json::new(out)));
    assert_eq!(text.lines().count(), run().len());
    for (index, line) in text.lines().enumerate() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["seq"], index);
        assert!(types.contains(&line["type"]), "{line}");
        for field in line.as_object().unwrap().keys() {
            assert!(known.contains_key(field), "{field} is not in the schema");
        }
    }
}

#[test]
fn the_log_repeats_the_screen_only_in_a_file() {
    let beside = rendered(|out| Box::new(Log::beside_screen(out)));
    assert!(beside.contains("run started") && !beside.contains("oops"), "{beside}");
    let complete = rendered(|out| Box::new(Log::complete(out)));
    assert!(complete.contains("ui error: [null.a] oops"), "{complete}");
}

#[test]
fn durations_have_two_units() {
    for (micros, expected) in [
        (0, ""),
        (1, "1 microsecond"),
        (4_102, "4 milliseconds 102 microseconds"),
        (60_000_000, "1 minute"),
        (3_600_000_005, "1 hour 5 microseconds"),
        (90_061_000_000, "1 day 1 hour"),
    ] {
        assert_eq!(spell(Duration::from_micros(micros)), expected);
    }
}
