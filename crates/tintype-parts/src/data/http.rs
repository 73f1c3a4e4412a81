//! Data source `http`: what a web server answers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use cty::{Type, Value};
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Client, Method, Response, Url};
use tintype_schema::{At, Check, Config};
use tintype_sdk::{Cx, Error, PrepareCx, ReadWith, Result, root_cause};

/// Asks a web server and gives its answer: `body` as text, `url`, and in `request_headers` (an old name that stays) the headers of the
/// answer. An answer other than 2xx is an error. Redirects are followed.
#[derive(Config)]
#[config(name = "http")]
pub(crate) struct HttpConfig {
    /// Address, beginning with `http://` or `https://`.
    url: String,
    /// Method of the request.
    #[config(default = "GET", values("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"))]
    method: String,
    /// Headers of the request.
    request_headers: BTreeMap<String, String>,
    /// Body of the request.
    request_body: String,
}

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"];
/// How long a server may take to be reached.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a server may be silent in the middle of an answer.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(120);
/// An answer becomes a value in a template: this is far beyond what makes sense there.
const LONGEST: usize = 64 << 20;

impl Check for HttpConfig {
    fn check(&self, at: &mut At<'_>) {
        if self.url.is_empty() {
            at.error("url", "url must be specified");
        }
        if !self.method.is_empty() && !METHODS.contains(&self.method.as_str()) {
            at.error("method", format!("method {:?} is not known", self.method))
                .hint(format!("Use one of {}.", METHODS.join(", ")));
        }
        for (name, value) in &self.request_headers {
            if HeaderName::try_from(name).is_err() || HeaderValue::try_from(value).is_err() {
                at.error(&format!("request_headers.{name}"), format!("header {name:?} cannot be sent"));
            }
        }
    }
}

/// A prepared `http`.
pub(crate) struct HttpSource(HttpConfig);

impl ReadWith for HttpSource {
    type Config = HttpConfig;

    fn output() -> Type {
        Type::object([
            ("url", Type::String),
            ("body", Type::String),
            ("request_headers", Type::map(Type::String)),
        ])
    }

    fn prepare(config: HttpConfig, _: &PrepareCx, _: &mut At<'_>) -> Self {
        Self(config)
    }

    async fn read(&self, cx: &Cx) -> Result<Value> {
        let response = cx.wait(self.ask()).await??;
        let status = response.status();
        if !status.is_success() {
            return Err(Error::user(format!("HTTP request error. Response code: {}", status.as_u16()))
                .hint(format!("{} answered {status}.", self.0.url)));
        }
        let headers = headers(&response);
        let body = cx.wait(self.body(response)).await??;
        Ok(Value::object(
            [
                ("url".into(), Value::string(&self.0.url)),
                ("body".into(), Value::string(body)),
                ("request_headers".into(), Value::map(Type::String, headers)),
            ]
            .into(),
        ))
    }
}

impl HttpSource {
    async fn ask(&self) -> Result<Response> {
        let url: Url = self.0.url.parse().map_err(|error| self.failed(format!("{error}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(self.failed(format!("addresses that begin with {}: cannot be asked", url.scheme())));
        }
        let client = Client::builder()
            .user_agent(concat!("tintype/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(SILENCE_TIMEOUT)
            .build()
            .map_err(|error| self.unanswered(&error))?;
        let method = if self.0.method.is_empty() { "GET" } else { &self.0.method };
        let method = Method::from_bytes(method.as_bytes()).map_err(|error| self.failed(error.to_string()))?;
        let mut request = client.request(method, url);
        for (name, value) in &self.0.request_headers {
            request = request.header(name, value);
        }
        if !self.0.request_body.is_empty() {
            request = request.body(self.0.request_body.clone());
        }
        request.send().await.map_err(|error| self.unanswered(&error))
    }

    async fn body(&self, mut response: Response) -> Result<String> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.unanswered(&error))? {
            if body.len() + chunk.len() > LONGEST {
                return Err(self.failed(format!("the answer is longer than {} MiB", LONGEST >> 20)));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(String::from_utf8_lossy(&body).into_owned())
    }

    fn failed(&self, why: String) -> Error {
        Error::environment(format!("cannot fetch {}: {why}", self.0.url))
    }

    fn unanswered(&self, error: &reqwest::Error) -> Error {
        if error.is_timeout() {
            let limit = if error.is_connect() { CONNECT_TIMEOUT } else { SILENCE_TIMEOUT };
            return self.failed(format!("no answer within {} s", limit.as_secs()));
        }
        self.failed(root_cause(error))
    }
}

/// The headers of an answer, named as `Content-Type` is, several values of one name with commas between them.
fn headers(response: &Response) -> BTreeMap<Arc<str>, Value> {
    let mut joined: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in response.headers() {
        let value = String::from_utf8_lossy(value.as_bytes());
        joined
            .entry(canonical(name.as_str()))
            .and_modify(|values| {
                values.push_str(", ");
                values.push_str(&value);
            })
            .or_insert_with(|| value.to_string());
    }
    joined.into_iter().map(|(name, value)| (name.into(), Value::string(value))).collect()
}

fn canonical(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters.map(|letter| letter.to_ascii_lowercase())).collect::<String>()
    });
    words.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests;
