use std::sync::{Arc, Mutex};

use crate::{Event, EventKind, EventSink, Observer, Secrets, Target};

#[derive(Clone, Default)]
struct Keep(Arc<Mutex<Vec<Event>>>);

impl Observer for Keep {
    fn notice(&mut self, event: &Event) {
        self.0.lock().unwrap().push(event.clone());
    }
}

fn scrubbed(secret: &str, text: &str) -> String {
    let secrets = Secrets::default();
    secrets.add(secret);
    let mut text = text.to_string();
    secrets.scrub(&mut text);
    text
}

#[test]
fn every_form_of_a_secret_is_hidden() {
    let secret = "it's a \"p&ss\" \\ w0rd";
    for form in [
        secret.to_string(),
        r#"'it'"'"'s a "p&ss" \ w0rd'"#.into(),
        r"'it'\''s a".into(),
        "it's a \\\"p&ss\\\" \\\\ w0rd".into(),
        "it%27s%20a%20%22p%26ss%22%20%5C%20w0rd".into(),
        "it%27s+a+%22p%26ss%22+%5C+w0rd".into(),
    ] {
        if form.contains("w0rd") {
            assert!(!scrubbed(secret, &form).contains("w0rd"), "{form}");
        }
    }
}

#[test]
fn base64_is_hidden_wherever_it_begins() {
    use base64::Engine as _;
    for prefix in ["", "u:", "me:"] {
        let text = base64::engine::general_purpose::STANDARD.encode(format!("{prefix}hunter2-hunter2"));
        assert!(scrubbed("hunter2-hunter2", &text).contains("<sensitive>"), "{prefix}");
    }
}

#[test]
fn lines_and_line_ends() {
    assert_eq!(
        scrubbed("one\r\ntwo", "one\ntwo|one|two|one\r\ntwo"),
        "<sensitive>|<sensitive>|<sensitive>|<sensitive>"
    );
    assert_eq!(scrubbed("", "text"), "text");
}

#[test]
fn names_of_builds_hide_what_they_hold() {
    let (keep, secrets) = (Keep::default(), Secrets::default());
    secrets.add("hunter2");
    let sink = EventSink::new(secrets, vec![Box::new(keep.clone())]);
    let name: Arc<str> = "null.of-hunter2".into();
    sink.send(None, EventKind::RunStarted { builds: vec![name.clone(), "null.other".into()] });
    sink.send(Some(&Target::build(name)), EventKind::BuildStarted);
    let told = format!("{:?}", keep.0.lock().unwrap());
    assert!(!told.contains("hunter2") && told.matches("null.of-<sensitive>").count() == 2, "{told}");
}

#[test]
fn the_longest_secret_wins() {
    let secrets = Secrets::default();
    secrets.add("abc");
    secrets.add("abcdef");
    let mut text = "xabcdefx".to_string();
    secrets.scrub(&mut text);
    assert_eq!(text, "x<sensitive>x");
}

#[test]
fn events_are_numbered_and_clean() {
    let keep = Keep::default();
    let sink = EventSink::new(Secrets::default(), vec![Box::new(keep.clone())]);
    sink.send(None, EventKind::Say("open".into()));
    sink.secrets().add("hidden");
    sink.send(
        Some(&Target::build("null.a")),
        EventKind::Output { stream: crate::Stream::Stdout, line: b"a hidden \xff".to_vec() },
    );
    let events = keep.0.lock().unwrap();
    assert_eq!(events.iter().map(|event| event.seq).collect::<Vec<_>>(), [0, 1]);
    assert!(matches!(&events[1].kind, EventKind::Output { line, .. } if line == b"a <sensitive> \xff"));
}
