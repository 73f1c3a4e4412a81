//! What names mean: variables and functions, scope in scope. Where they come from is the caller's part.

use std::collections::BTreeMap;
use std::sync::Arc;

use cty::Value;
use diag::did_you_mean;

use crate::function::{Function, FunctionTable};

/// Variables and functions by name. Cheap to clone; a child sees what its parent has.
///
/// A scope that has no variables at all, not even an empty set of them, is one where variables are not allowed; likewise with
/// functions. [`Scope::default`] allows neither: constants only.
#[derive(Clone, Debug, Default)]
pub struct Scope(Arc<Inner>);

#[derive(Clone, Debug, Default)]
struct Inner {
    parent: Option<Scope>,
    variables: Option<BTreeMap<Arc<str>, Value>>,
    functions: Option<FunctionTable>,
}

impl Scope {
    /// A scope with variables allowed, though none is there yet, and no functions.
    pub fn new() -> Self {
        Self::default().with_variables([])
    }

    /// A scope for constants: neither variables nor functions are allowed.
    pub fn constant() -> Self {
        Self::default()
    }

    /// A scope within this one.
    pub fn child(&self) -> Self {
        Scope(Arc::new(Inner { parent: Some(self.clone()), ..Inner::default() }))
    }

    /// The same with these variables added; they hide those of the same name.
    pub fn with_variables(mut self, variables: impl IntoIterator<Item = (Arc<str>, Value)>) -> Self {
        Arc::make_mut(&mut self.0).variables.get_or_insert_default().extend(variables);
        self
    }

    /// The same with this variable added.
    pub fn with_variable(self, name: impl Into<Arc<str>>, value: Value) -> Self {
        self.with_variables([(name.into(), value)])
    }

    /// The same with these functions. They hide all of the parent's, not only those of the same name.
    pub fn with_functions(mut self, functions: FunctionTable) -> Self {
        Arc::make_mut(&mut self.0).functions = Some(functions);
        self
    }

    /// Whether variables are allowed.
    pub fn has_variables(&self) -> bool {
        self.chain().any(|inner| inner.variables.is_some())
    }

    /// The variable of that name, of the nearest scope that has it.
    pub fn variable(&self, name: &str) -> Option<&Value> {
        self.chain().find_map(|inner| inner.variables.as_ref()?.get(name))
    }

    /// The names of all variables, nearest scope first.
    pub fn variable_names(&self) -> impl Iterator<Item = &str> {
        self.chain().flat_map(|inner| inner.variables.iter().flat_map(|map| map.keys())).map(|name| &**name)
    }

    /// The functions, if any are allowed.
    pub fn functions(&self) -> Option<&FunctionTable> {
        self.chain().find_map(|inner| inner.functions.as_ref())
    }

    /// The function of that name.
    pub fn function(&self, name: &str) -> Option<&Arc<Function>> {
        self.functions()?.get(name)
    }

    /// The variable whose name is nearest to `name`.
    pub(crate) fn near_variable(&self, name: &str) -> Option<&str> {
        did_you_mean(name, self.variable_names())
    }

    fn chain(&self) -> impl Iterator<Item = &Inner> {
        std::iter::successors(Some(&*self.0), |inner| inner.parent.as_ref().map(|parent| &*parent.0))
    }
}
