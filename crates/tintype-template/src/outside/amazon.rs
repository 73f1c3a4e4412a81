//! Secrets of Amazon's Secrets Manager, in their current version.

use serde_json::{Map, Value, json};
use tintype_aws::{AccessKey, Request, call, endpoint, region};
use tintype_sdk::World;

use super::Outcome;
use super::http::waiting;
use super::vault::keys;

/// A secret that is text; or, of one that is a JSON object, the value of a key, which may be left out if there is only one.
pub(crate) fn secret(world: &World, name: &str, key: Option<&str>) -> Outcome {
    let text = whole_secret(world, name)?;
    let Ok(data) = serde_json::from_str::<Map<String, Value>>(&text) else { return Ok(text) };
    let (key, value) = match key.filter(|key| !key.is_empty()) {
        Some(key) => (key, data.get(key)),
        None if data.len() == 1 => data.iter().next().map_or((name, None), |(key, value)| (key, Some(value))),
        None => {
            return Err(format!(
                "the secret {name:?} has several values, so a key is needed: one of {}",
                keys(&data)
            ));
        }
    };
    match value {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Number(number)) => Ok(without_decimals(number)),
        Some(_) => Err(format!(
            "the value of {key:?} in the secret {name:?} is neither text nor a number; aws_secretsmanager_raw gives the whole secret"
        )),
        None => {
            let advice = match diag::did_you_mean(key, data.keys().map(String::as_str)) {
                Some(near) => format!("did you mean {near:?}?"),
                None => format!("its keys are {}", keys(&data)),
            };
            Err(format!("the secret {name:?} has no key {key:?}; {advice}"))
        }
    }
}

/// Numbers have always been whole here, whatever the secret says.
fn without_decimals(number: &serde_json::Number) -> String {
    number.as_f64().map_or_else(|| number.to_string(), |number| format!("{number:.0}"))
}

/// All of a secret, as it is.
pub(crate) fn whole_secret(world: &World, name: &str) -> Outcome {
    let answer = waiting(async {
        let plain = |error: tintype_sdk::Error| {
            error.hints().iter().fold(error.to_string(), |text, hint| format!("{text}; {hint}"))
        };
        let region = region("", world)
            .await
            .ok_or("no region of Amazon's is known: set AWS_REGION, or a region in the profile")?;
        let key = AccessKey::find("", world).await.map_err(plain)?;
        let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        let url = endpoint("SECRETS_MANAGER", &format!("https://secretsmanager.{region}.{domain}"), world);
        let body = json!({ "SecretId": name, "VersionStage": "AWSCURRENT" }).to_string();
        let request = Request {
            url: &url,
            service: "secretsmanager",
            region: &region,
            target: "secretsmanager.GetSecretValue",
            body: &body,
        };
        call(&request, &key).await.map_err(plain)
    });
    let answer = answer.map_err(|error| format!("the secret {name:?} cannot be read: {error}"))?;
    match answer.get("SecretString").and_then(Value::as_str) {
        Some(text) => Ok(text.to_owned()),
        None => Err(format!("the secret {name:?} holds bytes and no text; store it as text, in base64 say")),
    }
}
