//! What names mean in which part of a template.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use cty::{Type, Value};
use hcl::{Function, FunctionTable, Scope};
use tintype_sdk::{BuildVars, World};

use super::functions;
use crate::os;

/// The scope of defaults of variables: constants, and the environment.
pub(crate) fn defaults(world: &Arc<World>) -> Scope {
    let world = world.clone();
    let env = Function::new("env", Type::String, move |args, _| {
        let name = args.first().and_then(Value::as_str).unwrap_or_default();
        Ok(Value::string(world.env(name).unwrap_or_default()))
    })
    .doc("The value of a variable of the environment; empty when it is not set. For defaults of input variables only.")
    .param("name", Type::String);
    Scope::constant().with_functions(FunctionTable::from_iter([env]))
}

/// The scope of rules for variables: the value is added for each. Files are looked for in the working directory.
pub(crate) fn validations(world: &Arc<World>) -> Scope {
    Scope::new().with_functions(functions::table(&world.cwd, world))
}

/// What is the same for all names of one template.
pub(crate) struct Globals {
    scope: Scope,
}

impl Globals {
    /// `root` is `path.root`, as the user typed it.
    pub(crate) fn new(root: &str, world: &Arc<World>) -> Self {
        let base = if root.is_empty() { world.cwd.clone() } else { world.cwd.join(Path::new(root)) };
        let cwd = os::slashes(&world.cwd.to_string_lossy());
        let path = object([("cwd", Value::string(cwd)), ("root", Value::string(root))]);
        let packer = object([
            ("version", Value::string(&world.core_version)),
            // Set by a registry that does not exist here; templates may name them all the same.
            ("iterationID", Value::unknown(Type::String)),
            ("versionFingerprint", Value::unknown(Type::String)),
        ]);
        // Which source a part belongs to is known in few places.
        let source = object([("type", Value::unknown(Type::String)), ("name", Value::unknown(Type::String))]);
        // A build knows nothing of itself before it runs, not even that it has attributes.
        let build = Value::unknown(Type::object::<&str>([]));
        let scope = Scope::new().with_functions(functions::table(&base, world)).with_variables([
            ("path".into(), path),
            ("packer".into(), packer),
            ("source".into(), source),
            ("build".into(), build),
        ]);
        Self { scope }
    }

    /// The scope of the template with these values.
    pub(crate) fn with(&self, names: &Names) -> Scope {
        let scope = self
            .scope
            .child()
            .with_variable("var", names.var.clone())
            .with_variable("local", Value::object(names.local.clone()));
        match &names.data {
            Some(data) => scope.with_variable("data", data.clone()),
            None => scope,
        }
    }
}

/// The values of a template, as far as they are known.
#[derive(Clone)]
pub(crate) struct Names {
    pub(crate) var: Value,
    pub(crate) local: BTreeMap<Arc<str>, Value>,
    /// The console has none.
    pub(crate) data: Option<Value>,
}

/// The scope of the body of a source.
pub(crate) fn in_source(scope: &Scope, ty: &str, name: &str) -> Scope {
    scope
        .child()
        .with_variable("source", object([("type", Value::string(ty)), ("name", Value::string(name))]))
}

/// The scope of the arguments that the language itself has in a provisioner or post-processor: of `build` only the name is known.
pub(crate) fn in_step(scope: &Scope, build_name: &str) -> Scope {
    scope.child().with_variable("build", object([("name", Value::string(build_name))]))
}

/// The scope of the body of a provisioner or post-processor, with what the build knows about itself. `scope` is that of the source.
pub(crate) fn in_build(scope: &Scope, build_name: &str, vars: &BuildVars) -> Scope {
    let mut build: BTreeMap<Arc<str>, Value> =
        vars.iter().map(|(name, value)| (name.as_str().into(), value.clone())).collect();
    build.insert("name".into(), Value::string(build_name));
    scope.child().with_variable("build", Value::object(build))
}

fn object<const N: usize>(attributes: [(&str, Value); N]) -> Value {
    Value::object(attributes.into_iter().map(|(name, value)| (name.into(), value)).collect())
}
