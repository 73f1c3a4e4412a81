use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::{Mux, Side, Value, msgpack};

struct Echo {
    said: Mutex<Vec<String>>,
}

#[async_trait]
impl Service for Echo {
    fn at_once(&self, call: &Call) -> Option<Answer> {
        (call.method == "Say").then(|| {
            self.said.lock().expect("no panic").push(call.text()?);
            Ok(Value::Nil)
        })
    }

    async fn answer(&self, call: Call) -> Answer {
        match (&*call.service, &*call.method) {
            ("Ui.with.dots", "Double") => Ok(Value::Int(call.number()? * 2)),
            ("Ui", "Slow") => {
                tokio::time::sleep(Duration::from_millis(50)).await;
                Ok(Value::str("slow"))
            }
            ("Ui", "Panic") => panic!("on purpose"),
            ("Ui", "Fail") => Err("it\nfailed".into()),
            ("Ui", _) => Err(call.no_method()),
            _ => Err(call.no_service()),
        }
    }
}

fn pair() -> (Mux, Mux) {
    let (near, far) = tokio::io::duplex(64 << 10);
    (Mux::new(near, Side::Connecting), Mux::new(far, Side::Listening))
}

async fn echo() -> (Client, Arc<Echo>, (Mux, Mux)) {
    let (near, far) = pair();
    let service = Arc::new(Echo { said: Mutex::default() });
    let expected = far.expect(0);
    let served = service.clone();
    tokio::spawn(async move {
        let stream = expected.accept().await.expect("the stream comes");
        let (mut left, _) = serve(stream, served).await;
        while left.join_next().await.is_some() {}
    });
    let client = Client::new(near.dial(0).await.expect("it is answered"));
    (client, service, (near, far))
}

fn number(answer: Result<bytes::Bytes, CallError>) -> Option<i64> {
    msgpack::decode(&answer.ok()?).ok()?.as_i64()
}

#[tokio::test]
async fn answers_come_in_any_order() {
    let (client, _, _held) = echo().await;
    let slow = client.clone();
    let slow = tokio::spawn(async move { slow.call("Ui.Slow", &Value::Nil).await });
    tokio::task::yield_now().await;
    assert_eq!(number(client.call("Ui.with.dots.Double", &Value::Int(21)).await), Some(42));
    assert!(!slow.is_finished());
    let answer = slow.await.expect("no panic").expect("an answer");
    assert_eq!(msgpack::decode(&answer), Ok(Value::str("slow")));
}

#[tokio::test]
async fn refusals_are_told_in_their_words() {
    let (client, _, _held) = echo().await;
    for (method, words) in [
        ("Ui.Fail", "it\nfailed"),
        ("Ui.Panic", "internal error: the call panicked"),
        ("Ui.Nothing", "rpc: can't find method Ui.Nothing"),
        ("Nobody.Knows", "rpc: can't find service Nobody.Knows"),
        ("nodot", "rpc: service/method request ill-formed: nodot"),
        ("Ui.Say", "Ui.Say: the argument is no text"),
    ] {
        let answer = client.call(method, &Value::Int(1)).await;
        assert_eq!(answer, Err(CallError::Refused(words.into())), "{method}");
    }
}

#[tokio::test]
async fn calls_that_are_answered_at_once_keep_their_order() {
    let (client, service, _held) = echo().await;
    let calls = (0..1000).map(|number| {
        let client = client.clone();
        async move { client.call("Ui.Say", &Value::from(number.to_string())).await }
    });
    futures::future::join_all(calls).await;
    let said = service.said.lock().expect("no panic").clone();
    assert_eq!(said, (0..1000).map(|number| number.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_end_of_the_connection_ends_calls() {
    let (client, _, (near, far)) = echo().await;
    let call = tokio::spawn({
        let client = client.clone();
        async move { client.call("Ui.Slow", &Value::Nil).await }
    });
    tokio::task::yield_now().await;
    drop(far);
    near.ended().await;
    assert!(matches!(call.await.expect("no panic"), Err(CallError::Lost(_))));
    assert!(matches!(client.call("Ui.Slow", &Value::Nil).await, Err(CallError::Lost(_))));
}

#[tokio::test]
async fn garbage_ends_the_client_with_a_reason() {
    let (near, far) = pair();
    let expected = far.expect(0);
    tokio::spawn(async move {
        let mut stream = expected.accept().await.expect("the stream comes");
        stream.write_all(&[0x83, 0xc1]).await.expect("written");
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await
    });
    let client = Client::new(near.dial(0).await.expect("it is answered"));
    let answer = client.call("Ui.Say", &Value::Nil).await;
    assert_eq!(answer, Err(CallError::Lost("a byte begins no value".into())));
}
