//! How a registry wants to be opened (`WWW-Authenticate`), and the key that does: a login as it is, or a token from a third party.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use serde::Deserialize;

use super::send::{self, Ask};
use super::{Client, Login};
use crate::{Error, Repository, Result};

/// Tokens are short texts; whoever sends more means no good.
const LONGEST_TOKEN: u64 = 1 << 20;

/// What the specification of tokens says a token is good for when it does not say so itself.
const SHORTEST_LIFE: Duration = Duration::from_secs(60);

/// What is sent to open a registry.
#[derive(Clone)]
pub(super) struct Key {
    pub(super) header: HeaderValue,
    /// When it stops to fit.
    until: Option<Instant>,
}

impl Key {
    fn new(text: &str, until: Option<Instant>) -> Option<Self> {
        let mut header = HeaderValue::from_str(text).ok()?;
        header.set_sensitive(true);
        Some(Self { header, until })
    }

    fn fits(&self) -> bool {
        self.until.is_none_or(|until| Instant::now() < until)
    }
}

/// What somebody wants to do in a repository.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Scope(pub(super) Vec<String>);

impl Scope {
    pub(super) fn pull(repository: &Repository) -> Self {
        Self(vec![format!("repository:{}:pull", repository.path())])
    }

    pub(super) fn push(repository: &Repository) -> Self {
        Self(vec![format!("repository:{}:pull,push", repository.path())])
    }

    /// Also to take blobs over from there.
    pub(super) fn and_pull(mut self, path: &str) -> Self {
        self.0.push(format!("repository:{path}:pull"));
        self
    }
}

/// One way that a registry offers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Challenge {
    pub(super) scheme: String,
    pub(super) parameters: Vec<(String, String)>,
}

impl Challenge {
    fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl Client {
    /// The key that fitted before.
    pub(super) fn known_key(&self, host: &str, scope: &Scope) -> Option<Key> {
        let keys = self.keys.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        keys.get(&(host.to_owned(), scope.0.join(" "))).filter(|key| key.fits()).cloned()
    }

    /// Finds a key for a lock that the registry has shown.
    pub(super) async fn key(&self, repository: &Repository, scope: &Scope, lock: &HeaderMap) -> Result<Key> {
        self.find_key(repository, scope, lock).await.map_err(|error| match error {
            Error::Denied { .. } => self.unknown_login(repository).unwrap_or(error),
            other => other,
        })
    }

    /// The reason why the login for a registry could not be found out, if there was one.
    pub(super) fn unknown_login(&self, repository: &Repository) -> Option<Error> {
        let unknown = self.unknown.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let why = unknown.get(repository.host())?.clone();
        Some(Error::Login { host: repository.registry().to_owned(), why })
    }

    async fn find_key(&self, repository: &Repository, scope: &Scope, lock: &HeaderMap) -> Result<Key> {
        let host = repository.host();
        let challenges: Vec<Challenge> = lock
            .get_all(WWW_AUTHENTICATE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(challenges)
            .collect();
        let find = |scheme: &str| challenges.iter().find(|one| one.scheme.eq_ignore_ascii_case(scheme));
        let login = match self.logins.login(repository.login_key()).await {
            Ok(login) => login,
            Err(error) => {
                let why = match error {
                    Error::Login { why, .. } => why,
                    other => other.to_string(),
                };
                let mut unknown = self.unknown.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                unknown.insert(host.to_owned(), why);
                None
            }
        };
        let unusable = |why: &str| Error::Denied {
            host: host.to_owned(),
            what: repository.to_string(),
            why: why.to_owned(),
        };
        let key = if let Some(Login::Registry(token)) = &login {
            Key::new(&format!("Bearer {token}"), None)
        } else if let Some(bearer) = find("bearer") {
            Some(self.token(repository, scope, bearer, login.as_ref()).await?)
        } else if find("basic").is_some() {
            match &login {
                Some(Login::Password { user, password }) => Key::new(&basic(user, password), None),
                Some(_) => return Err(unusable("it wants a user and a password, and there is only a token")),
                None => return Err(unusable("it wants a login, and there is none")),
            }
        } else {
            return Err(unusable("it wants a login in a way that it does not name"));
        };
        let key = key.ok_or_else(|| unusable("the login has characters that cannot be sent"))?;
        let mut keys = self.keys.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        keys.insert((host.to_owned(), scope.0.join(" ")), key.clone());
        Ok(key)
    }

    async fn token(
        &self,
        repository: &Repository,
        scope: &Scope,
        challenge: &Challenge,
        login: Option<&Login>,
    ) -> Result<Key> {
        let host = repository.host();
        let nonsense = |why: String| Error::Nonsense {
            host: host.to_owned(),
            what: format!("a token for {repository}"),
            why,
        };
        let realm =
            challenge.get("realm").ok_or_else(|| nonsense("it names nobody who gives tokens".to_owned()))?;
        let mut url: Url =
            realm.parse().map_err(|_| nonsense(format!("{realm:?} gives tokens, which is no address")))?;
        // The login goes there: never without encryption, unless the registry itself has none.
        if url.scheme() != "https" && !(url.scheme() == "http" && self.is_plain(host)) {
            return Err(nonsense(format!("{url} gives tokens, without encryption")));
        }
        let service = challenge.get("service").unwrap_or_default();
        let place = url.host_str().unwrap_or(host).to_owned();
        let mut scopes = scope.0.clone();
        if let Some(more) = challenge.get("scope") {
            scopes.extend(
                more.split(' ').filter(|more| !more.is_empty() && !covers(&scope.0, more)).map(str::to_owned),
            );
        }
        let what = format!("a token for {repository}");
        let ask = Ask { host: &place, what: &what, upload: None, retry: &send::quietly };
        let answer = if let Some(Login::Identity(token)) = login {
            let mut form = form_urlencoded::Serializer::default();
            form.add("grant_type", "refresh_token")
                .add("service", service)
                .add("client_id", CLIENT)
                .add("refresh_token", token)
                .add("scope", &scopes.join(" "));
            let form = form.finish();
            self.patiently(&ask, &mut || {
                let post = self.http.post(url.clone()).body(form.clone());
                Ok(post.header("content-type", "application/x-www-form-urlencoded"))
            })
            .await?
        } else {
            {
                let mut query = url.query_pairs_mut();
                query.append_pair("service", service).append_pair("client_id", CLIENT);
                for scope in &scopes {
                    query.append_pair("scope", scope);
                }
                if let Some(Login::Password { user, .. }) = login {
                    query.append_pair("account", user);
                }
            }
            self.patiently(&ask, &mut || {
                let get = self.http.get(url.clone());
                Ok(match login {
                    Some(Login::Password { user, password }) => get.basic_auth(user, Some(password)),
                    _ => get,
                })
            })
            .await?
        };
        if !answer.status().is_success() {
            return Err(send::refusal(&place, &what, answer, self.options.patience).await);
        }
        let body = self.body(&ask, answer, LONGEST_TOKEN).await?;
        /// Some say `token`, some `access_token`, some both.
        #[derive(Deserialize)]
        struct Token {
            #[serde(default)]
            token: Option<String>,
            #[serde(default)]
            access_token: Option<String>,
            #[serde(default)]
            expires_in: Option<u64>,
        }
        let token: Token =
            serde_json::from_slice(&body).map_err(|_| nonsense("what it sends is no token".to_owned()))?;
        let life = token.expires_in.map_or(SHORTEST_LIFE, |seconds| Duration::from_secs(seconds.min(86_400)));
        // A token that is about to expire is of no use to a request that has yet to travel.
        let until = Instant::now() + life.mul_f32(0.8);
        let text = token.token.or(token.access_token).filter(|text| !text.is_empty());
        let text = text.ok_or_else(|| nonsense("the token is empty".to_owned()))?;
        Key::new(&format!("Bearer {text}"), Some(until))
            .ok_or_else(|| nonsense("the token has characters that cannot be sent".to_owned()))
    }
}

/// As whom tokens are asked for; shown in the registry's records.
const CLIENT: &str = "oci";

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// Whether what the registry asks for is among what is asked for anyway.
fn covers(scopes: &[String], wanted: &str) -> bool {
    let split = |scope: &str| {
        let (name, actions) = scope.rsplit_once(':').unwrap_or((scope, ""));
        (name.to_owned(), actions.split(',').map(str::to_owned).collect::<Vec<_>>())
    };
    let (name, actions) = split(wanted);
    scopes
        .iter()
        .map(|scope| split(scope))
        .any(|(own, has)| own == name && actions.iter().all(|action| has.contains(action)))
}

/// Reads a `WWW-Authenticate` header, which may hold several challenges, their parameters separated by the same commas.
pub(super) fn challenges(text: &str) -> Vec<Challenge> {
    let mut found: Vec<Challenge> = Vec::new();
    let mut rest = text.trim_start_matches([' ', ',', '\t']);
    while !rest.is_empty() {
        let end = rest.find([' ', '=', ',', '\t']).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        let behind = behind.trim_start_matches([' ', '\t']);
        if let Some(value) = behind.strip_prefix('=') {
            let (value, behind) = parameter(value.trim_start_matches([' ', '\t']));
            if let Some(challenge) = found.last_mut() {
                challenge.parameters.push((word.to_ascii_lowercase(), value));
            }
            rest = behind;
        } else {
            found.push(Challenge { scheme: word.to_owned(), parameters: Vec::new() });
            rest = behind;
        }
        rest = rest.trim_start_matches([' ', ',', '\t']);
    }
    found
}

/// A value, in quotes or bare, and what follows it.
fn parameter(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
        let (value, rest) = text.split_at(end);
        return (value.to_owned(), rest);
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (value, quoted.get(at + 1..).unwrap_or_default()),
            '\\' => value.extend(characters.next().map(|(_, character)| character)),
            _ => value.push(character),
        }
    }
    (value, "")
}

/// Forms, as browsers send them.
mod form_urlencoded {
    /// Collects the fields of a form.
    #[derive(Default)]
    pub(super) struct Serializer(String);

    impl Serializer {
        pub(super) fn add(&mut self, name: &str, value: &str) -> &mut Self {
            if !self.0.is_empty() {
                self.0.push('&');
            }
            self.0.push_str(name);
            self.0.push('=');
            for byte in value.bytes() {
                if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                    self.0.push(char::from(byte));
                } else {
                    self.0.push_str(&format!("%{byte:02X}"));
                }
            }
            self
        }

        pub(super) fn finish(self) -> String {
            self.0
        }
    }
}
