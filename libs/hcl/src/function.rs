//! Functions as data: name, parameters, result, body, help. Which functions there are is for others to say; how a call is
//! checked before a body sees it is here, so that all behave alike.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use cty::{Type, Value};
use diag::{Diagnostics, Span, did_you_mean};

use crate::ast::Expr;
use crate::eval::{Frame, Scope, eval};

/// Why a function refuses its arguments.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FunctionError {
    /// The argument that is wrong, from 0; none when it is not one alone. An argument's error is titled
    /// "Invalid function argument", any other "Error in function call".
    pub argument: Option<usize>,
    /// What is wrong, as the end of a sentence: lower case, no full stop.
    pub message: String,
}

impl FunctionError {
    /// The call fails, through no single argument.
    pub fn call(message: impl Into<String>) -> Self {
        Self { argument: None, message: message.into() }
    }

    /// The argument at this index (from 0) is wrong.
    pub fn argument(index: usize, message: impl Into<String>) -> Self {
        Self { argument: Some(index), message: message.into() }
    }
}

impl From<String> for FunctionError {
    fn from(message: String) -> Self {
        Self::call(message)
    }
}

impl fmt::Display for FunctionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for FunctionError {}

/// Why a lazy function fails: as an ordinary one, or with findings of its own that are reported as they are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LazyError {
    /// As an ordinary function.
    Function(FunctionError),
    /// With these findings.
    Diagnostics(Diagnostics),
}

impl From<FunctionError> for LazyError {
    fn from(error: FunctionError) -> Self {
        LazyError::Function(error)
    }
}

impl From<Diagnostics> for LazyError {
    fn from(diagnostics: Diagnostics) -> Self {
        LazyError::Diagnostics(diagnostics)
    }
}

/// A parameter: what it takes, and what its function wants to see of null, unknown and marks.
#[derive(Clone, Debug)]
pub struct Param {
    /// Its name, for messages and help.
    pub name: &'static str,
    /// Arguments are converted to it. [`Type::Dynamic`] takes anything as it is.
    pub ty: Type,
    /// The body handles null. Otherwise null is refused.
    pub allow_null: bool,
    /// The body handles an argument that is unknown as a whole. Otherwise the result is unknown.
    pub allow_unknown: bool,
    /// The body handles an argument whose type is not known yet (also the bare `null`). Otherwise even the type of the result
    /// is unknown.
    pub allow_dynamic: bool,
    /// The body carries marks over by itself. Otherwise the result has all marks of the argument.
    pub allow_marked: bool,
}

impl Param {
    /// A parameter that takes known values of a type, not null.
    pub fn new(name: &'static str, ty: Type) -> Self {
        Self { name, ty, allow_null: false, allow_unknown: false, allow_dynamic: false, allow_marked: false }
    }

    /// The body handles null.
    pub fn allow_null(mut self) -> Self {
        self.allow_null = true;
        self
    }

    /// The body handles unknown arguments.
    pub fn allow_unknown(mut self) -> Self {
        self.allow_unknown = true;
        self
    }

    /// The body handles arguments of unknown type.
    pub fn allow_dynamic(mut self) -> Self {
        self.allow_dynamic = true;
        self
    }

    /// The body carries marks over by itself.
    pub fn allow_marked(mut self) -> Self {
        self.allow_marked = true;
        self
    }
}

type ResultType = Arc<dyn Fn(&[Value]) -> Result<Type, FunctionError> + Send + Sync>;
type ValueBody = Arc<dyn Fn(&[Value], &CallCx<'_>) -> Result<Value, FunctionError> + Send + Sync>;
type LazyFn = dyn Fn(&LazyCx<'_>) -> Result<Value, LazyError> + Send + Sync;

#[derive(Clone)]
enum Body {
    Values(ValueBody),
    Lazy(Arc<LazyFn>),
}

#[derive(Clone)]
enum Returns {
    Fixed(Type),
    Depends(ResultType),
}

/// A function. Made with [`Function::new`] or [`Function::lazy`] and the methods that follow.
#[derive(Clone)]
pub struct Function {
    name: &'static str,
    doc: &'static str,
    params: Vec<Param>,
    variadic: Option<Param>,
    returns: Returns,
    nullable: bool,
    examples: &'static [(&'static str, &'static str)],
    body: Body,
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Function")
            .field("name", &self.name)
            .field("params", &self.params)
            .finish_non_exhaustive()
    }
}

/// What a body may use besides its arguments.
pub struct CallCx<'a> {
    pub(crate) frame: Frame<'a>,
    pub(crate) span: Span,
}

impl<'a> CallCx<'a> {
    /// The whole call.
    pub fn span(&self) -> Span {
        self.span
    }

    /// The functions that the caller sees.
    pub fn functions(&self) -> Option<&'a FunctionTable> {
        self.frame.scope.functions()
    }

    /// Evaluates an expression in a scope of its own, as a part of this evaluation: limits of depth and size count on.
    pub fn evaluate(&self, expr: &Expr, scope: &Scope) -> (Value, Diagnostics) {
        let mut diagnostics = Diagnostics::new();
        let value = eval(expr, &self.frame.in_scope(scope), &mut diagnostics);
        (value, diagnostics)
    }
}

/// The unevaluated arguments of a lazy function.
pub struct LazyCx<'a> {
    pub(crate) call: CallCx<'a>,
    pub(crate) args: Vec<LazyArg<'a>>,
}

/// An argument of a lazy function.
pub(crate) struct LazyArg<'a> {
    pub(crate) expr: &'a Expr,
    /// The argument came out of an expansion (`list...`): it is a value already, and the expression is that of the whole list.
    pub(crate) expanded: Option<Value>,
}

impl<'a> LazyCx<'a> {
    /// How many arguments there are.
    pub fn len(&self) -> usize {
        self.args.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.args.is_empty()
    }

    /// The expression of an argument (from 0). None past the last one, and for one that came out of an expansion.
    pub fn expr(&self, index: usize) -> Option<&'a Expr> {
        self.args.get(index).filter(|arg| arg.expanded.is_none()).map(|arg| arg.expr)
    }

    /// Evaluates an argument (from 0) where the call stands. Past the last one: an unknown value.
    pub fn evaluate(&self, index: usize) -> (Value, Diagnostics) {
        let mut diagnostics = Diagnostics::new();
        let value = match self.args.get(index) {
            None => Value::dynamic(),
            Some(LazyArg { expanded: Some(value), .. }) => value.clone(),
            Some(LazyArg { expr, .. }) => eval(expr, &self.call.frame, &mut diagnostics),
        };
        (value, diagnostics)
    }

    /// What a name means where the call stands.
    pub fn variable(&self, name: &str) -> Option<&Value> {
        self.call.frame.variable(name)
    }

    /// What any function may use.
    pub fn call(&self) -> &CallCx<'a> {
        &self.call
    }
}

impl Function {
    /// A function of values. `returns` is the type of its result, as far as it is the same for all arguments.
    pub fn new(
        name: &'static str,
        returns: Type,
        body: impl Fn(&[Value], &CallCx<'_>) -> Result<Value, FunctionError> + Send + Sync + 'static,
    ) -> Self {
        Self::with_body(name, returns, Body::Values(Arc::new(body)))
    }

    /// A function that is handed its arguments unevaluated. Their number is checked, nothing else: types, null, unknown values
    /// and marks are up to the body.
    pub fn lazy(
        name: &'static str,
        body: impl Fn(&LazyCx<'_>) -> Result<Value, LazyError> + Send + Sync + 'static,
    ) -> Self {
        Self::with_body(name, Type::Dynamic, Body::Lazy(Arc::new(body)))
    }

    fn with_body(name: &'static str, returns: Type, body: Body) -> Self {
        let returns = Returns::Fixed(returns);
        Self {
            name,
            doc: "",
            params: Vec::new(),
            variadic: None,
            returns,
            nullable: false,
            examples: &[],
            body,
        }
    }

    /// What it does, a sentence or two.
    pub fn doc(mut self, doc: &'static str) -> Self {
        self.doc = doc;
        self
    }

    /// Adds a parameter of a type, without special wishes.
    pub fn param(self, name: &'static str, ty: Type) -> Self {
        self.takes(Param::new(name, ty))
    }

    /// Adds a parameter.
    pub fn takes(mut self, param: Param) -> Self {
        self.params.push(param);
        self
    }

    /// Takes any number of further arguments.
    pub fn variadic(mut self, param: Param) -> Self {
        self.variadic = Some(param);
        self
    }

    /// Works out the type of the result from the arguments, which may be unknown. What it refuses, the call refuses.
    pub fn returns(
        mut self,
        returns: impl Fn(&[Value]) -> Result<Type, FunctionError> + Send + Sync + 'static,
    ) -> Self {
        self.returns = Returns::Depends(Arc::new(returns));
        self
    }

    /// The result may be null. Otherwise an unknown result is known not to be null.
    pub fn may_return_null(mut self) -> Self {
        self.nullable = true;
        self
    }

    /// Calls with their results, as the console prints them.
    pub fn examples(mut self, examples: &'static [(&'static str, &'static str)]) -> Self {
        self.examples = examples;
        self
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What it does.
    pub fn description(&self) -> &'static str {
        self.doc
    }

    /// Its parameters, without the variadic one.
    pub fn params(&self) -> &[Param] {
        &self.params
    }

    /// What any number of further arguments is taken as.
    pub fn variadic_param(&self) -> Option<&Param> {
        self.variadic.as_ref()
    }

    /// The type of its result, where that is the same for all arguments.
    pub fn result(&self) -> Option<&Type> {
        match &self.returns {
            Returns::Fixed(ty) => Some(ty),
            Returns::Depends(_) => None,
        }
    }

    /// Calls with their results, as the console prints them.
    pub fn help(&self) -> &'static [(&'static str, &'static str)] {
        self.examples
    }

    /// Name, parameters and types: `substr(text string, offset number, length number)`.
    pub fn signature(&self) -> String {
        let shown = |param: &Param, dots: &str| match &param.ty {
            Type::Dynamic => format!("{}{dots}", param.name),
            ty => format!("{}{dots} {ty}", param.name),
        };
        let fixed = self.params.iter().map(|param| shown(param, ""));
        let all: Vec<String> = fixed.chain(self.variadic.iter().map(|param| shown(param, "..."))).collect();
        format!("{}({})", self.name, all.join(", "))
    }

    /// The parameter that takes the argument at this index.
    pub(crate) fn param_at(&self, index: usize) -> Option<&Param> {
        self.params.get(index).or(self.variadic.as_ref())
    }

    /// The body that wants its arguments unevaluated, if this is such a function.
    pub(crate) fn lazy_body(&self) -> Option<&LazyFn> {
        match &self.body {
            Body::Lazy(body) => Some(&**body),
            Body::Values(_) => None,
        }
    }

    /// Converts an argument to the type of its parameter and refuses a null that is not welcome. On failure: why.
    pub(crate) fn accept(&self, index: usize, value: &Value) -> Result<Value, String> {
        let Some(param) = self.param_at(index) else { return Ok(value.clone()) };
        let value = cty::convert(value, &param.ty).map_err(|error| error.to_string())?;
        if value.is_null() && !param.allow_null {
            return Err("it must not be null".into());
        }
        Ok(value)
    }

    /// Calls the function with arguments that were [accepted](Self::accept).
    pub(crate) fn call(&self, args: &[Value], cx: &CallCx<'_>) -> Result<Value, FunctionError> {
        let Body::Values(body) = &self.body else {
            return Err(FunctionError::call("this function needs expressions, not values"));
        };
        let mut marks = cty::Marks::default();
        let (mut unknown, mut dynamic) = (false, false);
        for (arg, param) in args.iter().enumerate().filter_map(|(i, arg)| Some((arg, self.param_at(i)?))) {
            unknown |= !param.allow_unknown && !arg.is_known();
            dynamic |= !param.allow_dynamic && arg.ty().is_dynamic();
            if !param.allow_marked {
                marks = marks.union(&arg.deep_marks());
            }
        }
        if dynamic {
            return Ok(Value::dynamic().with_marks(&marks));
        }
        let ty = match &self.returns {
            Returns::Fixed(ty) => ty.clone(),
            Returns::Depends(returns) => returns(args)?,
        };
        let value = if unknown { self.unknown_result(ty) } else { body(args, cx)? };
        Ok(value.with_marks(&marks))
    }

    fn unknown_result(&self, ty: Type) -> Value {
        if self.nullable || ty.is_dynamic() { Value::unknown(ty) } else { Value::unknown_not_null(ty) }
    }
}

/// Functions by name. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct FunctionTable(Arc<BTreeMap<&'static str, Arc<Function>>>);

impl FunctionTable {
    /// An empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a function; one of the same name is replaced.
    pub fn insert(&mut self, function: Function) {
        Arc::make_mut(&mut self.0).insert(function.name, Arc::new(function));
    }

    /// The same without the function of that name.
    pub fn without(&self, name: &str) -> Self {
        let mut rest = self.clone();
        Arc::make_mut(&mut rest.0).remove(name);
        rest
    }

    /// The function of that name.
    pub fn get(&self, name: &str) -> Option<&Arc<Function>> {
        self.0.get(name)
    }

    /// All functions, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Function>> {
        self.0.values()
    }

    /// The name that comes nearest to `name`.
    pub fn near(&self, name: &str) -> Option<&'static str> {
        did_you_mean(name, self.0.keys().copied())
            .and_then(|near| self.0.get_key_value(near))
            .map(|(name, _)| *name)
    }
}

impl FromIterator<Function> for FunctionTable {
    fn from_iter<I: IntoIterator<Item = Function>>(functions: I) -> Self {
        Self(Arc::new(functions.into_iter().map(|function| (function.name, Arc::new(function))).collect()))
    }
}

impl Extend<Function> for FunctionTable {
    fn extend<I: IntoIterator<Item = Function>>(&mut self, functions: I) {
        for function in functions {
            self.insert(function);
        }
    }
}

#[cfg(test)]
mod tests;
