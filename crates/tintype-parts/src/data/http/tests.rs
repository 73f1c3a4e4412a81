use tintype_testkit::Sandbox;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::testing::{failure, found_in, read};

/// Serves one answer and gives the request.
async fn serve(answer: &'static str) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/x?y=1", listener.local_addr().unwrap());
    let request = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 4096];
        let mut len = 0;
        while !String::from_utf8_lossy(&request[..len]).contains("\r\n\r\n") {
            len += stream.read(&mut request[len..]).await.unwrap();
        }
        stream.write_all(answer.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        String::from_utf8_lossy(&request[..len]).into_owned()
    });
    (url, request)
}

#[tokio::test]
async fn options() {
    for (json, expected) in [
        (r#"{"url": "http://x"}"#, vec![]),
        ("{}", vec!["url must be specified"]),
        (r#"{"url": "http://x", "method": "STEAL"}"#, vec![r#"method "STEAL" is not known"#]),
        (r#"{"url": "http://x", "request_headers": {"a b": "c"}}"#, vec![r#"header "a b" cannot be sent"#]),
    ] {
        assert_eq!(found_in(&Sandbox::new(), "data", "http", json).await, expected, "{json}");
    }
}

#[tokio::test]
async fn an_answer() {
    let (url, request) = serve(
        "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nx-a: 1\r\nX-A: 2\r\ncontent-length: 6\r\n\r\nhello\n",
    )
    .await;
    let json = format!(
        r#"{{"url": "{url}", "method": "POST", "request_headers": {{"X-Mine": "v"}}, "request_body": "b"}}"#
    );
    let answer = read(&Sandbox::new(), "http", &json).await.unwrap();
    let text = |name: &str| answer.get_attr(name).unwrap().as_str().unwrap().to_string();
    assert_eq!((text("body").as_str(), text("url")), ("hello\n", url));
    let headers = answer.get_attr("request_headers").unwrap().entries().unwrap();
    assert_eq!(headers["Content-Type"].as_str().unwrap(), "text/plain");
    assert_eq!(headers["X-A"].as_str().unwrap(), "1, 2");
    let request = request.await.unwrap().to_lowercase();
    assert!(request.starts_with("post /x?y=1 http/1.1\r\n") && request.contains("x-mine: v"), "{request}");
}

#[tokio::test]
async fn failures() {
    let (url, _request) = serve("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n").await;
    let result = read(&Sandbox::new(), "http", &format!(r#"{{"url": "{url}"}}"#)).await;
    assert_eq!(failure(result), "HTTP request error. Response code: 404");
    for (url, why) in [
        ("http://127.0.0.1:1/none", "connection refused"),
        ("ftp://x/y", "addresses that begin with ftp: cannot be asked"),
        ("nothing", "relative URL without a base"),
    ] {
        let error = failure(read(&Sandbox::new(), "http", &format!(r#"{{"url": "{url}"}}"#)).await);
        assert_eq!(error, format!("cannot fetch {url}: {why}"));
    }
}

#[tokio::test]
async fn told_to_stop() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let sandbox = Sandbox::new();
    let json = format!(r#"{{"url": "http://{}/"}}"#, listener.local_addr().unwrap());
    let work = read(&sandbox, "http", &json);
    let (result, _held) = tokio::join!(work, async {
        let held = listener.accept().await.unwrap();
        sandbox.cancel().cancel();
        held
    });
    assert!(result.unwrap_err().is_cancelled());
}

#[tokio::test]
async fn null() {
    let answer = read(&Sandbox::new(), "null", r#"{"input": "hello"}"#).await.unwrap();
    assert_eq!(answer.get_attr("output").unwrap().as_str(), Some("hello"));
    assert_eq!(found_in(&Sandbox::new(), "data", "null", "{}").await, ["input must be specified"]);
}
