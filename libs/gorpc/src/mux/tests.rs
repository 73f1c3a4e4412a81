use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

fn pair() -> (Mux, Mux) {
    let (near, far) = tokio::io::duplex(64 << 10);
    (Mux::new(near, Side::Connecting), Mux::new(far, Side::Listening))
}

#[tokio::test]
async fn streams_are_found_by_number_in_any_order() {
    let (near, far) = pair();
    let (first, second) = (far.announce(), far.announce());
    assert_eq!((first.id(), second.id()), (1, 2));
    let dial = |id| {
        let near = near.clone();
        async move { near.dial(id).await.expect("it is answered") }
    };
    let (mut b, mut a, from_second, from_first) =
        tokio::join!(dial(2), dial(1), async { second.accept().await.expect("it comes") }, async {
            first.accept().await.expect("it comes")
        });
    for (stream, mut other, text) in [(&mut a, from_first, "first"), (&mut b, from_second, "second")] {
        stream.write_all(text.as_bytes()).await.expect("written");
        stream.shutdown().await.expect("ended");
        let mut read = String::new();
        other.read_to_string(&mut read).await.expect("read");
        assert_eq!(read, text);
    }
}

#[tokio::test]
async fn both_sides_have_numbers_of_their_own() {
    let (near, far) = pair();
    let (here, there) = (near.announce(), far.announce());
    assert_eq!((here.id(), there.id()), (1, 1));
    let results = tokio::join!(near.dial(1), far.dial(1), here.accept(), there.accept());
    assert!(results.0.is_ok() && results.1.is_ok() && results.2.is_ok() && results.3.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_stream_may_come_before_somebody_waits() {
    let (near, far) = pair();
    let dialled = tokio::spawn(async move { near.dial(7).await.map(|_| ()) });
    tokio::time::sleep(PATIENCE / 2).await;
    assert!(far.expect(7).accept().await.is_ok());
    assert!(dialled.await.expect("no panic").is_ok());
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_ever() {
    let (near, far) = pair();
    let error = near.dial(9).await.err().map(|error| error.kind());
    assert!(matches!(error, Some(io::ErrorKind::TimedOut | io::ErrorKind::UnexpectedEof)), "{error:?}");
    let error = far.announce().accept().await.err().map(|error| error.kind());
    assert_eq!(error, Some(io::ErrorKind::TimedOut));
}

#[tokio::test]
async fn the_end_is_seen_on_the_other_side() {
    let (near, far) = pair();
    let expected = far.announce();
    drop(near);
    far.ended().await;
    assert!(expected.accept().await.is_err());
    assert!(far.dial(1).await.is_err());
}

#[tokio::test]
async fn much_data_goes_through_while_the_reader_is_slow() {
    let (near, far) = pair();
    let expected = far.announce();
    let sender = tokio::spawn(async move {
        let mut stream = near.dial(1).await.expect("it is answered");
        stream.write_all(&vec![5; 3 << 20]).await.expect("written");
        stream.shutdown().await.expect("ended");
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.expect("read");
        rest
    });
    let mut stream = expected.accept().await.expect("it comes");
    let mut all = Vec::new();
    stream.read_to_end(&mut all).await.expect("read");
    assert_eq!(all.len(), 3 << 20);
    stream.write_all(b"done").await.expect("written");
    stream.shutdown().await.expect("ended");
    stream.shutdown().await.expect("a second end is none");
    assert_eq!(sender.await.expect("no panic"), b"done");
}

#[tokio::test]
async fn garbage_ends_the_connection() {
    let (near, mut far) = tokio::io::duplex(1024);
    let mux = Mux::new(near, Side::Connecting);
    far.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.expect("written");
    mux.ended().await;
    assert!(mux.has_ended());
}
