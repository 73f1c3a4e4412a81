//! Logins for Amazon's registries: the one call that gives a password for twelve hours. Access keys and signatures are tintype-aws's.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tintype_aws::{AccessKey, Request, call, endpoint};
use tintype_sdk::{Cx, Error, Result};

use crate::login::LoginConfig;
use crate::reference::host_of;

/// Which of Amazon's registries, and where.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Registry {
    /// Name of the service in signatures.
    pub service: &'static str,
    /// The region.
    pub region: String,
    /// Where the service answers.
    pub url: String,
    /// The call's name.
    pub target: &'static str,
}

impl Registry {
    /// Finds out from a registry's host name.
    pub fn of(server: &str, public: bool) -> Option<Self> {
        let host = host_of(server);
        if public || host == "public.ecr.aws" {
            return Some(Self {
                service: "ecr-public",
                region: "us-east-1".into(),
                url: "https://api.ecr-public.us-east-1.amazonaws.com/".into(),
                target: "SpencerFrontendService.GetAuthorizationToken",
            });
        }
        // ACCOUNT.dkr.ecr.REGION.amazonaws.com, ecr-fips in place of ecr, other domains in other partitions.
        let (_, rest) = host.split_once(".dkr.")?;
        let (kind, rest) = rest.split_once('.')?;
        let (region, domain) = rest.split_once('.')?;
        let api = match kind {
            "ecr" => "api.ecr",
            "ecr-fips" => "ecr-fips",
            _ => return None,
        };
        Some(Self {
            service: "ecr",
            region: region.to_owned(),
            url: format!("https://{api}.{region}.{domain}/"),
            target: "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken",
        })
    }
}

/// Gets user and password.
pub(crate) async fn login(config: &LoginConfig, cx: &Cx) -> Result<(String, String)> {
    let server = &config.login_server;
    let registry = Registry::of(server, config.aws_force_use_public_ecr).ok_or_else(|| {
        Error::user(format!("login_server \"{server}\" is no Amazon ECR registry"))
            .hint("It looks like ACCOUNT.dkr.ecr.REGION.amazonaws.com, or public.ecr.aws.")
    })?;
    fetch(&registry, config, cx).await.map_err(|error| error.context("Error fetching ECR credentials"))
}

async fn fetch(registry: &Registry, config: &LoginConfig, cx: &Cx) -> Result<(String, String)> {
    let key = access_key(config, cx).await?;
    cx.secrets().add(&key.secret);
    cx.secrets().add(&key.token);
    let variable = registry.service.replace('-', "_").to_uppercase();
    let request = Request {
        url: &endpoint(&variable, &registry.url, cx.world()),
        service: registry.service,
        region: &registry.region,
        target: registry.target,
        body: "{}",
    };
    token(&call(&request, &key).await?).ok_or_else(|| Error::environment("the answer holds no token"))
}

/// The key that the options give, or the one that everything else on this host would use.
async fn access_key(config: &LoginConfig, cx: &Cx) -> Result<AccessKey> {
    let given = AccessKey {
        id: config.aws_access_key.clone(),
        secret: config.aws_secret_key.clone(),
        token: config.aws_token.clone(),
    };
    if given.is_whole() {
        return Ok(given);
    }
    AccessKey::find(&config.aws_profile, cx.world()).await.map_err(|error| {
        error.hint("Set aws_access_key and aws_secret_key, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or aws_profile.")
    })
}

/// Private registries answer with a list, the public one with a single object.
fn token(answer: &Value) -> Option<(String, String)> {
    let data = answer.get("authorizationData")?;
    let entry = data.get(0).unwrap_or(data);
    let text = STANDARD.decode(entry.get("authorizationToken")?.as_str()?).ok()?;
    let (user, password) = std::str::from_utf8(&text).ok()?.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}
