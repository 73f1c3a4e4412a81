//! Logins for registries: those the user's docker client keeps, in its `config.json` or with a helper program. Logins given in a
//! template are in `login`.

use std::io::Cursor;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use tintype_sdk::{Cx, World};

use crate::client_files::{AuthEntry, ClientFiles};
use crate::reference::host_of;

/// Who we are to a registry.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct Credentials {
    /// The registry, as the Engine wants to be told.
    pub server: String,
    /// The user.
    pub username: String,
    /// The password.
    pub password: String,
    /// A token in place of both.
    pub identity_token: String,
    /// A token for the registry itself.
    pub registry_token: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials({} at {})", self.username, self.server)
    }
}

/// What was found for a registry.
#[derive(Clone, Default, Debug)]
pub(crate) struct Stored {
    /// The login, when there is one.
    pub credentials: Option<Credentials>,
    /// Why none could be read, when there may be one. Public images need none, so this is no failure by itself.
    pub problem: Option<String>,
}

/// Finds the kept login for a registry, as `Reference::registry_key` names it.
pub(crate) async fn stored(files: &ClientFiles, registry: &str, cx: &Cx) -> Stored {
    let config = &files.config;
    let helper = config
        .cred_helpers
        .iter()
        .find(|(server, _)| same(server, registry))
        .map(|(_, helper)| helper.as_str())
        .or_else(|| Some(config.creds_store.as_str()).filter(|helper| !helper.is_empty()));
    if let Some(helper) = helper {
        return match ask(helper, registry, cx).await {
            Ok(credentials) => Stored { credentials, problem: None },
            Err(problem) => Stored { credentials: None, problem: Some(problem) },
        };
    }
    let entry = config
        .auths
        .get(registry)
        .or_else(|| config.auths.iter().find(|(server, _)| same(server, registry)).map(|(_, entry)| entry));
    let credentials = entry.and_then(|entry| from_entry(registry, entry));
    if let Some(credentials) = &credentials {
        hide(credentials, cx);
    }
    Stored { credentials, problem: files.problem.clone() }
}

/// All registries that the settings know something about.
pub(crate) fn known_registries(files: &ClientFiles) -> impl Iterator<Item = &str> {
    files.config.auths.keys().chain(files.config.cred_helpers.keys()).map(String::as_str)
}

fn same(one: &str, other: &str) -> bool {
    host_of(one) == host_of(other)
}

fn hide(credentials: &Credentials, cx: &Cx) {
    for secret in [&credentials.password, &credentials.identity_token, &credentials.registry_token] {
        cx.secrets().add(secret);
    }
}

fn from_entry(registry: &str, entry: &AuthEntry) -> Option<Credentials> {
    let (mut username, mut password) = (entry.username.clone(), entry.password.clone());
    if let Ok(pair) = STANDARD.decode(entry.auth.trim())
        && let Ok(pair) = String::from_utf8(pair)
        && let Some((user, secret)) = pair.split_once(':')
    {
        username = user.to_owned();
        password = secret.trim_end_matches('\0').to_owned();
    }
    let found = Credentials {
        server: registry.to_owned(),
        username,
        password,
        identity_token: entry.identity_token.clone(),
        registry_token: entry.registry_token.clone(),
    };
    let empty =
        found.username.is_empty() && found.identity_token.is_empty() && found.registry_token.is_empty();
    (!empty).then_some(found)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct HelperAnswer {
    username: String,
    secret: String,
}

/// A program in the user's search path.
fn in_search_path(program: &str, world: &World) -> Option<PathBuf> {
    let name = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    let dirs = std::env::split_paths(world.env("PATH")?).collect::<Vec<_>>();
    dirs.into_iter().map(|dir| dir.join(&name)).find(|path| path.is_file())
}

/// Asks a helper program. Nothing when it knows no login for the registry.
async fn ask(helper: &str, registry: &str, cx: &Cx) -> Result<Option<Credentials>, String> {
    let program = format!("docker-credential-{helper}");
    let question = Cursor::new(registry.as_bytes().to_vec());
    let path = in_search_path(&program, cx.world()).unwrap_or_else(|| program.clone().into());
    let answer = cx.command(path).arg("get").stdin(Box::new(question)).gather().await;
    let (status, stdout, stderr) = answer.map_err(|error| error.to_string())?;
    if !status.success() {
        let said = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        // The words by which the helpers' protocol says that there is no login.
        if said.contains("credentials not found") {
            return Ok(None);
        }
        return Err(format!("{program} failed: {}", said.trim()));
    }
    let answer: HelperAnswer = serde_json::from_slice(&stdout)
        .map_err(|error| format!("{program} gave an answer that cannot be read: {error}"))?;
    let mut found = Credentials { server: registry.to_owned(), ..Credentials::default() };
    if answer.username == "<token>" {
        found.identity_token = answer.secret;
    } else {
        found.username = answer.username;
        found.password = answer.secret;
    }
    hide(&found, cx);
    Ok(Some(found))
}
