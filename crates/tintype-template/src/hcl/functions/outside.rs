//! Values that stand in services outside. How a service is asked is in `crate::outside`.

use std::sync::Arc;

use cty::{Mark, Type, Value};
use hcl::function::{CallCx, Param};
use hcl::{Function, FunctionError};
use tintype_sdk::World;

use super::args::{Result, text, value};
use crate::outside::{self, Outcome};

pub(super) fn functions(world: &Arc<World>) -> Vec<Function> {
    let function = |name: &'static str, ask: fn(&World, &[Value]) -> Result<Outcome>| {
        let world = Arc::clone(world);
        Function::new(name, Type::String, move |args, cx| answer(ask(&world, args)?, cx))
    };
    vec![
        function("vault", |world, args| Ok(outside::vault(world, text(args, 0)?, text(args, 1)?)))
            .doc(
                "The value of a key in a secret that HashiCorp Vault keeps, in either version of its key-value store. VAULT_ADDR says \
                 where Vault is, VAULT_TOKEN lets us in; the other variables of its client count too.",
            )
            .param("path", Type::String)
            .param("key", Type::String),
        function("consul_key", |world, args| Ok(outside::consul_key(world, text(args, 0)?)))
            .doc(
                "The value of a key in HashiCorp Consul's key-value store. CONSUL_HTTP_ADDR says where Consul is, CONSUL_HTTP_TOKEN \
                 lets us in; the other variables of its client count too.",
            )
            .param("key", Type::String),
        function("aws_secretsmanager", |world, args| {
            Ok(outside::secret(world, text(args, 0)?, value(args, 1)?.as_str()))
        })
        .doc(
            "A secret of AWS Secrets Manager that is text; or, if the secret is a JSON object, the value of a key in it. The key may be \
             null if there is only one. Access key and region come from the environment, a profile or the machine's role.",
        )
        .param("name", Type::String)
        .takes(Param::new("key", Type::String).allow_null()),
        function("aws_secretsmanager_raw", |world, args| Ok(outside::whole_secret(world, text(args, 0)?)))
            .doc(
                "The whole text of a secret of AWS Secrets Manager. Access key and region come from the environment, a profile or the \
                 machine's role.",
            )
            .param("name", Type::String),
    ]
}

/// What another service says today it may not say tomorrow, so the value is marked.
fn answer(outcome: Outcome, cx: &CallCx<'_>) -> Result<Value> {
    let text = outcome.map_err(FunctionError::call)?;
    Ok(Value::string(text).marked(Mark { name: "outside", span: Some(cx.span()) }))
}
