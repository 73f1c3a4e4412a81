//! Logins given in a template: the options, shared by the builder and `docker-push`, and what becomes of them. Getting a login from
//! Amazon is in `ecr`.

use tintype_schema::{At, Check, Config};
use tintype_sdk::{Cx, Result};

use crate::auth::Credentials;
use crate::driver::Driver;
use crate::ecr;
use crate::reference::{HUB_KEY, host_of};

/// How to log in to the registry.
#[derive(Config, Clone, Debug, Default)]
#[config(retired("login_email"))]
pub struct LoginConfig {
    /// Whether to log in to the registry first, and out again afterwards.
    #[config(key = "no")]
    pub login: bool,
    /// The registry to log in to. Docker Hub when not set.
    #[config(key = "no")]
    pub login_server: String,
    /// The user.
    #[config(key = "no")]
    pub login_username: String,
    /// The password.
    #[config(sensitive, key = "no")]
    pub login_password: String,
    /// Whether to get the login from Amazon ECR. `login_server` names the registry.
    #[config(key = "no")]
    pub ecr_login: bool,
    /// The Amazon access key for `ecr_login`. When not set it comes from the environment, a profile, or the machine's role.
    #[config(key = "no")]
    pub aws_access_key: String,
    /// The secret of the access key.
    #[config(sensitive, key = "no")]
    pub aws_secret_key: String,
    /// The token of a temporary access key.
    #[config(sensitive, key = "no")]
    pub aws_token: String,
    /// The profile in the AWS credentials file.
    #[config(key = "no")]
    pub aws_profile: String,
    /// Whether `login_server` is a public ECR registry, whatever its name.
    #[config(key = "no")]
    pub aws_force_use_public_ecr: bool,
}

impl Check for LoginConfig {
    fn check(&self, at: &mut At<'_>) {
        if self.ecr_login && self.login_server.is_empty() {
            at.error("ecr_login", "ECR login requires login server to be provided.")
                .hint("Set login_server, such as 123456789012.dkr.ecr.eu-central-1.amazonaws.com.");
        }
    }
}

impl LoginConfig {
    /// Logs in, if that was asked for, and tells so. What it gives must be handed to `log_out`.
    pub(crate) async fn log_in(&self, driver: &dyn Driver, cx: &Cx) -> Result<Option<Credentials>> {
        if !self.login && !self.ecr_login {
            return Ok(None);
        }
        let server = self.login_server.as_str();
        let (username, password) = if self.ecr_login {
            cx.say("Fetching ECR credentials...");
            cx.wait(ecr::login(self, cx)).await??
        } else {
            (self.login_username.clone(), self.login_password.clone())
        };
        cx.secrets().add(&password);
        cx.say("Logging in...");
        let server = match host_of(server) {
            "" | "docker.io" | "index.docker.io" | "registry-1.docker.io" => HUB_KEY,
            host => host,
        };
        let credentials =
            Credentials { server: server.to_owned(), username, password, ..Credentials::default() };
        driver.log_in(&credentials, cx).await?;
        Ok(Some(credentials))
    }

    /// Logs out again and tells so.
    pub(crate) async fn log_out(&self, credentials: Option<&Credentials>, driver: &dyn Driver, cx: &Cx) {
        let Some(credentials) = credentials else { return };
        cx.say("Logging out...");
        if let Err(error) = driver.log_out(credentials, cx).await {
            cx.error(format!("Error logging out: {error}"));
        }
    }
}

impl Credentials {
    /// Whether they are meant for this registry.
    pub(crate) fn are_for(&self, registry_key: &str) -> bool {
        host_of(&self.server) == host_of(registry_key)
    }
}
