//! Renders a tree. Every failure is told with the place and the words of the tree that were being worked on, as Go tells it.

use crate::error::position;
use crate::functions::Param;
use crate::quote::quote;
use crate::{
    Args, Branch, Command, Error, Expr, ExprKind, Functions, Node, NumberLiteral, Pipe, Tree, Value, builtin,
};

/// Templates that call templates deeper than this are taken for endless.
const MAX_DEPTH: usize = 100;
/// A template that takes more steps than this is taken for endless.
const MAX_STEPS: usize = 5_000_000;
/// More text than this cannot be meant, in bytes.
const MAX_OUTPUT: usize = 64 << 20;

pub(crate) fn render(tree: &Tree, functions: &Functions<'_>, data: &Value) -> Result<String, Error> {
    let mut run = Run {
        tree,
        functions,
        template: tree.name.clone(),
        variables: vec![("$".to_owned(), data.clone())],
        out: String::new(),
        depth: 0,
        steps: 0,
    };
    match run.nodes(&tree.root, data) {
        Ok(()) => Ok(run.out),
        Err(Stop::Error(error)) => Err(error),
        // The parser lets neither stand outside a range.
        Err(Stop::Break(offset) | Stop::Continue(offset)) => {
            Err(run.failed(offset, "break", "not inside a range"))
        }
    }
}

struct Run<'t> {
    tree: &'t Tree,
    functions: &'t Functions<'t>,
    /// Name of the template being rendered.
    template: String,
    variables: Vec<(String, Value)>,
    out: String,
    depth: usize,
    steps: usize,
}

/// Why rendering does not go on to the next node.
enum Stop {
    Error(Error),
    Break(usize),
    Continue(usize),
}

type Walked = Result<(), Stop>;
type Evaluated = Result<Value, Error>;

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl<'t> Run<'t> {
    fn failed(&self, offset: usize, what: impl std::fmt::Display, message: impl std::fmt::Display) -> Error {
        let (line, column) = position(&self.tree.text, offset);
        let text = format!(
            "template: {}:{line}:{column}: executing {} at <{what}>: {message}",
            self.tree.name,
            quote(&self.template),
        );
        Error { text, offset }
    }

    fn at(&self, expr: &Expr, message: impl std::fmt::Display) -> Error {
        self.failed(expr.offset, expr, message)
    }

    fn nodes(&mut self, nodes: &'t [Node], dot: &Value) -> Walked {
        nodes.iter().try_for_each(|node| self.node(node, dot))
    }

    fn node(&mut self, node: &'t Node, dot: &Value) -> Walked {
        match node {
            Node::Text(offset, text) => self.write(*offset, node, text)?,
            Node::Action(pipe) => {
                let value = self.pipe(pipe, dot)?;
                if pipe.declared.is_empty() {
                    match &value {
                        Value::Text(text) => self.write(pipe.offset, node, text)?,
                        value => self.write(pipe.offset, node, &value.to_string())?,
                    }
                }
            }
            Node::If(branch) => return self.choose(branch, dot, false),
            Node::With(branch) => return self.choose(branch, dot, true),
            Node::Range(branch) => return self.range(branch, dot),
            Node::Template(offset, name, pipe) => self.template(*offset, node, name, pipe.as_ref(), dot)?,
            Node::Break(offset) => return Err(Stop::Break(*offset)),
            Node::Continue(offset) => return Err(Stop::Continue(*offset)),
        }
        Ok(())
    }

    fn write(&mut self, offset: usize, node: &Node, text: &str) -> Result<(), Error> {
        self.step(offset, node)?;
        if self.out.len() + text.len() > MAX_OUTPUT {
            return Err(self.failed(offset, node, "the result is too large"));
        }
        self.out.push_str(text);
        Ok(())
    }

    fn step(&mut self, offset: usize, node: &Node) -> Result<(), Error> {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return Err(self.failed(offset, node, "this takes too many steps"));
        }
        Ok(())
    }

    fn choose(&mut self, branch: &'t Branch, dot: &Value, with: bool) -> Walked {
        let visible = self.variables.len();
        let value = self.pipe(&branch.pipe, dot)?;
        let walked = if value.is_true() {
            self.nodes(&branch.body, if with { &value } else { dot })
        } else {
            branch.otherwise.as_ref().map_or(Ok(()), |nodes| self.nodes(nodes, dot))
        };
        self.variables.truncate(visible);
        walked
    }

    fn range(&mut self, branch: &'t Branch, dot: &Value) -> Walked {
        let visible = self.variables.len();
        // The variables belong to the single rounds.
        let value = self.commands(&branch.pipe, dot)?;
        let mut any = false;
        let mut round = |run: &mut Self, key: Value, value: Value| -> Result<bool, Stop> {
            any = true;
            run.step(branch.offset, &Node::Break(branch.offset))?;
            run.declare_round(branch, key, &value)?;
            let walked = run.nodes(&branch.body, &value);
            run.variables.truncate(visible);
            match walked {
                Ok(()) | Err(Stop::Continue(_)) => Ok(true),
                Err(Stop::Break(_)) => Ok(false),
                Err(error) => Err(error),
            }
        };
        match &value {
            Value::Nil => {}
            Value::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    if !round(self, Value::Int(index as i64), item.clone())? {
                        break;
                    }
                }
            }
            Value::Map(entries) => {
                for (key, item) in entries.iter() {
                    if !round(self, Value::from(key.as_str()), item.clone())? {
                        break;
                    }
                }
            }
            Value::Int(count) => {
                if branch.pipe.declared.len() > 1 {
                    let message = format!("can't use {count} to iterate over more than one variable");
                    return Err(self.failed(branch.pipe.offset, &branch.pipe, message).into());
                }
                for index in 0..*count {
                    if !round(self, Value::Int(index), Value::Int(index))? {
                        break;
                    }
                }
            }
            other => {
                let message = format!("range can't iterate over {other}");
                return Err(self.failed(branch.pipe.offset, &branch.pipe, message).into());
            }
        }
        self.variables.truncate(visible);
        match &branch.otherwise {
            Some(nodes) if !any => {
                let walked = self.nodes(nodes, dot);
                self.variables.truncate(visible);
                walked
            }
            _ => Ok(()),
        }
    }

    /// Sets the variables of one round: the last one is the element, one before it the key.
    fn declare_round(&mut self, branch: &Branch, key: Value, value: &Value) -> Result<(), Error> {
        let values = match branch.pipe.declared.len() {
            0 => return Ok(()),
            1 => vec![value.clone()],
            _ => vec![key, value.clone()],
        };
        for (name, value) in branch.pipe.declared.iter().zip(values) {
            self.set(&branch.pipe, name, value)?;
        }
        Ok(())
    }

    fn set(&mut self, pipe: &Pipe, name: &str, value: Value) -> Result<(), Error> {
        if !pipe.assigns {
            self.variables.push((name.to_owned(), value));
            return Ok(());
        }
        match self.variables.iter_mut().rev().find(|(known, _)| known == name) {
            Some((_, slot)) => {
                *slot = value;
                Ok(())
            }
            None => Err(self.failed(pipe.offset, pipe, format!("undefined variable: {name}"))),
        }
    }

    fn template(
        &mut self,
        offset: usize,
        node: &Node,
        name: &str,
        pipe: Option<&'t Pipe>,
        dot: &Value,
    ) -> Result<(), Error> {
        let tree = self.tree;
        // A template may call the one around it by the whole's name, too.
        let root = (name == tree.name).then_some(&tree.root);
        let Some(nodes) = tree.defines.get(name).or(root) else {
            return Err(self.failed(offset, node, format!("template {} not defined", quote(name))));
        };
        if self.depth >= MAX_DEPTH {
            let message = format!("exceeded maximum template depth ({MAX_DEPTH})");
            return Err(self.failed(offset, node, message));
        }
        let data = pipe.map_or(Ok(Value::Nil), |pipe| self.pipe(pipe, dot))?;
        let outer_variables = std::mem::replace(&mut self.variables, vec![("$".to_owned(), data.clone())]);
        let outer_name = std::mem::replace(&mut self.template, name.to_owned());
        self.depth += 1;
        let walked = self.nodes(nodes, &data);
        self.depth -= 1;
        self.template = outer_name;
        self.variables = outer_variables;
        match walked {
            Err(Stop::Error(error)) => Err(error),
            _ => Ok(()),
        }
    }

    fn pipe(&mut self, pipe: &'t Pipe, dot: &Value) -> Evaluated {
        let value = self.commands(pipe, dot)?;
        for name in &pipe.declared {
            self.set(pipe, name, value.clone())?;
        }
        Ok(value)
    }

    fn commands(&mut self, pipe: &'t Pipe, dot: &Value) -> Evaluated {
        let mut last = None;
        for command in &pipe.commands {
            last = Some(self.command(command, dot, last)?);
        }
        Ok(last.unwrap_or_default())
    }

    fn command(&mut self, command: &'t Command, dot: &Value, last: Option<Value>) -> Evaluated {
        let Some((first, args)) = command.args.split_first() else { return Ok(Value::Nil) };
        match &first.kind {
            ExprKind::Identifier(name) => return self.call(command, first, name, args, dot, last),
            // `f.x`: the field of what the function gives for these arguments.
            ExprKind::Chain(inner, fields) => {
                if let ExprKind::Identifier(name) = &inner.kind {
                    let value = self.call(command, inner, name, args, dot, last)?;
                    return self.fields(first, value, fields);
                }
            }
            _ => {}
        }
        if !args.is_empty() || last.is_some() {
            let message = match &first.kind {
                ExprKind::Field(names) | ExprKind::Variable(_, names) => match names.last() {
                    Some(name) => format!("{name} is not a method but has arguments"),
                    None => format!("can't give argument to non-function {first}"),
                },
                _ => format!("can't give argument to non-function {first}"),
            };
            return Err(self.at(first, message));
        }
        if first.kind == ExprKind::Nil {
            return Err(self.at(first, "nil is not a command"));
        }
        self.word(first, dot)
    }

    /// The value of one word.
    fn word(&mut self, expr: &'t Expr, dot: &Value) -> Evaluated {
        match &expr.kind {
            ExprKind::Dot => Ok(dot.clone()),
            ExprKind::Nil => Ok(Value::Nil),
            ExprKind::Bool(yes) => Ok(Value::Bool(*yes)),
            ExprKind::Text(_, text) => Ok(Value::from(text.as_str())),
            ExprKind::Number(written, value) => match value {
                NumberLiteral::Int(value) => Ok(Value::Int(*value)),
                NumberLiteral::Float(value) => Ok(Value::Float(*value)),
                NumberLiteral::Overflow => Err(self.at(expr, format!("{written} overflows int"))),
            },
            ExprKind::Field(names) => self.fields(expr, dot.clone(), names),
            ExprKind::Variable(name, names) => {
                let found = self.variables.iter().rev().find(|(known, _)| known == name);
                match found.map(|(_, value)| value.clone()) {
                    Some(value) => self.fields(expr, value, names),
                    None => Err(self.at(expr, format!("undefined variable: {name}"))),
                }
            }
            ExprKind::Identifier(name) => {
                let whole = Command { offset: expr.offset, args: vec![expr.clone()] };
                self.call(&whole, expr, name, &[], dot, None)
            }
            ExprKind::Pipe(pipe) => self.pipe(pipe, dot),
            ExprKind::Chain(inner, names) => {
                if inner.kind == ExprKind::Nil {
                    return Err(self.at(expr, format!("indirection through explicit nil in {expr}")));
                }
                let value = self.word(inner, dot)?;
                self.fields(expr, value, names)
            }
        }
    }

    fn fields(&self, expr: &Expr, mut value: Value, names: &[String]) -> Evaluated {
        let mut in_map = false;
        for name in names {
            let holder = if in_map { "interface {}" } else { value.type_name() };
            in_map = matches!(value, Value::Map(_));
            value = match &value {
                // What is not there has no fields that are there.
                Value::Nil => return Ok(Value::Nil),
                Value::Map(entries) => entries.get(name).cloned().unwrap_or_default(),
                Value::Record(_, entries) if entries.contains_key(name) => {
                    entries.get(name).cloned().unwrap_or_default()
                }
                _ => {
                    let message = format!("can't evaluate field {name} in type {holder}");
                    return Err(self.at(expr, message));
                }
            };
        }
        Ok(value)
    }

    fn call(
        &mut self,
        command: &Command,
        function: &Expr,
        name: &str,
        words: &'t [Expr],
        dot: &Value,
        last: Option<Value>,
    ) -> Evaluated {
        let given = words.len() + usize::from(last.is_some());
        if let Some(known) = self.functions.get(name) {
            let (least, open) = (known.params.len(), known.rest.is_some());
            self.count(function, name, given, least, if open { None } else { Some(least) })?;
            let param = |index: usize| known.params.get(index).copied().or(known.rest).unwrap_or(Param::Any);
            let mut args = Vec::with_capacity(given);
            for (index, word) in words.iter().enumerate() {
                let value = self.word(word, dot)?;
                args.push(self.fit(word, value, param(index))?);
            }
            if let Some(value) = last {
                args.push(self.fit(function, value, param(words.len()))?);
            }
            return self.result(command, name, (known.call)(Args(&args)));
        }
        if name == "and" || name == "or" {
            self.count(function, name, given, 1, None)?;
            let mut value = Value::Nil;
            for word in words {
                value = self.word(word, dot)?;
                if value.is_true() == (name == "or") {
                    return Ok(value);
                }
            }
            return Ok(last.unwrap_or(value));
        }
        let Some(known) = builtin::get(name) else {
            return Err(self.at(function, format!("{} is not a defined function", quote(name))));
        };
        self.count(function, name, given, known.least, known.most)?;
        let mut args = words.iter().map(|word| self.word(word, dot)).collect::<Result<Vec<_>, _>>()?;
        args.extend(last);
        self.result(command, name, (known.call)(&args))
    }

    /// What a function gave. Text that keeps growing from call to call is stopped as output is.
    fn result(&self, command: &Command, name: &str, value: Result<Value, String>) -> Evaluated {
        let value = match value {
            Ok(Value::Text(text)) if text.len() > MAX_OUTPUT => Err("the result is too large".to_owned()),
            value => value,
        };
        value.map_err(|error| self.failed(command.offset, command, format!("error calling {name}: {error}")))
    }

    fn count(
        &self,
        function: &Expr,
        name: &str,
        given: usize,
        least: usize,
        most: Option<usize>,
    ) -> Result<(), Error> {
        let want = match most {
            Some(most) if given < least || given > most => format!("want {most}"),
            None if given < least => format!("want at least {least}"),
            _ => return Ok(()),
        };
        Err(self.at(function, format!("wrong number of args for {name}: {want} got {given}")))
    }

    /// An argument of the kind that a function asks for.
    fn fit(&self, word: &Expr, value: Value, param: Param) -> Evaluated {
        let wanted = match param {
            Param::Any => return Ok(value),
            Param::Text if matches!(value, Value::Text(_)) => return Ok(value),
            Param::Int if matches!(value, Value::Int(_)) => return Ok(value),
            Param::Text => "string",
            Param::Int => "int",
        };
        let message = match (&word.kind, &value) {
            (ExprKind::Nil, _) => format!("cannot assign nil to {wanted}"),
            (ExprKind::Number(..) | ExprKind::Bool(_), _) if wanted == "string" => {
                format!("expected string; found {word}")
            }
            (ExprKind::Text(..) | ExprKind::Bool(_), _) if wanted == "int" => {
                format!("expected integer; found {word}")
            }
            // A constant with a whole value is a whole number.
            (ExprKind::Number(_, NumberLiteral::Float(float)), _) if float.fract() == 0.0 => {
                return Ok(Value::Int(*float as i64));
            }
            (ExprKind::Number(..), _) => format!("expected integer; found {word}"),
            (_, Value::Nil) => format!("invalid value; expected {wanted}"),
            (_, other) => format!("wrong type for value; expected {wanted}; got {}", other.type_name()),
        };
        Err(self.at(word, message))
    }
}
