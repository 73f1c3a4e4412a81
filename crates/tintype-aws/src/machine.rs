//! What a container or a machine in Amazon's cloud is told by its surroundings. Elsewhere nobody answers, so patience is short.

use std::time::Duration;

use serde_json::Value;
use tintype_sdk::World;

use crate::AccessKey;

/// How long the services of a machine may take to answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// The key of the role that this container or machine has.
pub(crate) async fn key(world: &World) -> Option<AccessKey> {
    let container = match world.env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
        Some(path) => Some(format!("http://169.254.170.2{path}")),
        None => world.env("AWS_CONTAINER_CREDENTIALS_FULL_URI").map(str::to_owned),
    };
    let text = match container {
        Some(url) => of_container(&url, world).await?,
        None => {
            let metadata = Metadata::open(world).await?;
            let roles = "/latest/meta-data/iam/security-credentials/";
            let list = metadata.get(roles).await?;
            metadata.get(&format!("{roles}{}", list.lines().next()?)).await?
        }
    };
    let answer: Value = serde_json::from_str(&text).ok()?;
    let take = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    Some(AccessKey { id: take("AccessKeyId"), secret: take("SecretAccessKey"), token: take("Token") })
}

/// The region that this machine stands in.
pub(crate) async fn region(world: &World) -> Option<String> {
    Metadata::open(world).await?.get("/latest/meta-data/placement/region").await
}

fn client() -> Option<reqwest::Client> {
    reqwest::Client::builder().timeout(PATIENCE).no_proxy().build().ok()
}

async fn of_container(url: &str, world: &World) -> Option<String> {
    let token = match world.env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
        Some(path) => std::fs::read_to_string(world.path(path)).ok().map(|token| token.trim().to_owned()),
        None => world.env("AWS_CONTAINER_AUTHORIZATION_TOKEN").map(str::to_owned),
    };
    let mut request = client()?.get(url);
    if let Some(token) = token {
        request = request.header("Authorization", token);
    }
    request.send().await.ok()?.error_for_status().ok()?.text().await.ok()
}

/// The service that tells a virtual machine about itself.
struct Metadata {
    client: reqwest::Client,
    base: String,
    token: String,
}

impl Metadata {
    async fn open(world: &World) -> Option<Self> {
        if world.env("AWS_EC2_METADATA_DISABLED") == Some("true") {
            return None;
        }
        let base = world.env("AWS_EC2_METADATA_SERVICE_ENDPOINT").unwrap_or("http://169.254.169.254");
        let base = base.trim_end_matches('/').to_owned();
        let client = client()?;
        let token = client
            .put(format!("{base}/latest/api/token"))
            .header("X-aws-ec2-metadata-token-ttl-seconds", "300");
        let token = token.send().await.ok()?.error_for_status().ok()?.text().await.ok()?;
        Some(Self { client, base, token })
    }

    async fn get(&self, path: &str) -> Option<String> {
        let request = self.client.get(format!("{}{path}", self.base));
        let answer = request.header("X-aws-ec2-metadata-token", &self.token).send().await.ok()?;
        answer.error_for_status().ok()?.text().await.ok()
    }
}
