//! Locals and data sources get their values: each after those it needs. Asking a data source is [`data`](super::data)'s part.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cty::Value;
use diag::{Diagnostic, Diagnostics};
use hcl::walk::{Reference, body_references, references};
use tintype_sdk::{Catalog, Cx, PrepareCx};

use super::data::{self, DataBlock, DataMode};
use super::graph::{Graph, Knot};
use super::local::Local;
use super::scope::{Globals, Names};

/// How many locals, or data sources, may need each other in a row in sequential evaluation.
const MAX_CHAIN: usize = 10;

/// What is evaluated, and with what.
pub(crate) struct Evaluator<'a> {
    pub(crate) globals: &'a Globals,
    pub(crate) locals: &'a [Local],
    pub(crate) data: &'a [DataBlock],
    pub(crate) catalog: &'a dyn Catalog,
    pub(crate) mode: DataMode,
    pub(crate) prepare: &'a PrepareCx,
    pub(crate) cx: &'a Cx,
}

/// What came of it.
pub(crate) struct Evaluated {
    pub(crate) names: Names,
    /// The locals that have no value since something is wrong; they are unknown for all who use them.
    pub(crate) failed: BTreeSet<Arc<str>>,
    pub(crate) findings: Diagnostics,
}

/// A thing that can be needed.
#[derive(Clone, Copy)]
enum Node {
    Local(usize),
    Data(usize),
}

struct Run<'a> {
    on: &'a Evaluator<'a>,
    var: Value,
    locals: BTreeMap<Arc<str>, Value>,
    failed: BTreeSet<Arc<str>>,
    answers: data::Answers,
    /// A data source gave no answer: others may depend on the same circumstances, so none is asked any more.
    stopped: bool,
    findings: Diagnostics,
}

impl Evaluator<'_> {
    /// Evaluates everything. `sequential` is the older way: all data sources first, then all locals.
    pub(crate) async fn run(&self, var: Value, sequential: bool) -> Evaluated {
        let mut run = Run {
            on: self,
            var,
            locals: BTreeMap::new(),
            failed: BTreeSet::new(),
            answers: Vec::new(),
            stopped: false,
            findings: Diagnostics::new(),
        };
        if sequential {
            let data = self.chain(
                self.data.len(),
                Node::Data,
                "Max datasource recursion depth exceeded.",
                &mut run.findings,
            );
            run.all(data).await;
            let locals = self.chain(
                self.locals.len(),
                Node::Local,
                "Max local recursion depth exceeded.",
                &mut run.findings,
            );
            run.all(locals).await;
        } else {
            let order = self.order();
            let order = run.findings.take(order).unwrap_or_default();
            run.all(order).await;
        }
        run.finish()
    }

    fn references(&self, node: Node) -> Vec<Reference> {
        match node {
            Node::Local(at) => references(&self.locals[at].expr),
            Node::Data(at) => body_references(&self.data[at].body),
        }
    }

    fn name(&self, node: Node) -> String {
        match node {
            Node::Local(at) => format!("local.{}", self.locals[at].name),
            Node::Data(at) => format!("{}.{}", self.data[at].ty, self.data[at].name),
        }
    }

    /// What a reference stands for. None: nothing of ours; `Err`: something that is not declared.
    fn resolve(&self, reference: &Reference) -> Result<Vec<Node>, String> {
        let step = |at: usize| reference.steps.get(at).map(|step| step.text());
        match (&*reference.root, step(0), step(1)) {
            ("local", Some(name), _) => match self.locals.iter().position(|local| &*local.name == name) {
                Some(at) => Ok(vec![Node::Local(at)]),
                None => Err(format!("local.{name}")),
            },
            ("data", Some(ty), Some(name)) => {
                match self.data.iter().position(|block| &*block.ty == ty && &*block.name == name) {
                    Some(at) => Ok(vec![Node::Data(at)]),
                    None => Err(format!("data.{ty}.{name}")),
                }
            }
            ("data", Some(ty), None) => {
                let all = self.data.iter().enumerate().filter(|(_, block)| &*block.ty == ty);
                Ok(all.map(|(at, _)| Node::Data(at)).collect())
            }
            _ => Ok(Vec::new()),
        }
    }

    /// All nodes, each after those it needs.
    fn order(&self) -> Result<Vec<Node>, Diagnostics> {
        let count = self.locals.len();
        let node = |at: usize| if at < count { Node::Local(at) } else { Node::Data(at - count) };
        let index = |node: Node| match node {
            Node::Local(at) => at,
            Node::Data(at) => count + at,
        };
        let mut graph = Graph::new(count + self.data.len());
        let mut findings = Diagnostics::new();
        for user in (0..count + self.data.len()).map(node) {
            for reference in self.references(user) {
                match self.resolve(&reference) {
                    Ok(used) => used.into_iter().for_each(|used| graph.need(index(user), index(used))),
                    Err(missing) => findings.push(self.undeclared(user, &missing, &reference)),
                }
            }
        }
        match graph.order() {
            Ok(order) if !findings.has_errors() => Ok(order.into_iter().map(node).collect()),
            Ok(_) => Err(findings),
            Err(knots) => {
                findings.extend(knots.into_iter().map(|knot| self.knot(knot, &node)));
                Err(findings)
            }
        }
    }

    fn undeclared(&self, user: Node, missing: &str, reference: &Reference) -> Diagnostic {
        let finding = Diagnostic::error(GRAPH)
            .detail(format!("{} needs {missing}, which is not declared.", self.name(user)))
            .at(reference.span);
        let (kind, name) = missing.split_once('.').unwrap_or(("", missing));
        let known: Vec<String> = match kind {
            "local" => self.locals.iter().map(|local| local.name.to_string()).collect(),
            _ => self.data.iter().map(|block| format!("{}.{}", block.ty, block.name)).collect(),
        };
        match diag::did_you_mean(name, known.iter().map(String::as_str)) {
            Some(near) => finding.hint(format!("Did you mean \"{kind}.{near}\"?")),
            None => finding,
        }
    }

    fn knot(&self, knot: Knot, node: &dyn Fn(usize) -> Node) -> Diagnostic {
        let place = |at: usize| match node(at) {
            Node::Local(at) => self.locals[at].span,
            Node::Data(at) => self.data[at].span,
        };
        match knot {
            Knot::Cycle(members) => {
                let mut names: Vec<String> = members.iter().map(|&at| self.name(node(at))).collect();
                names.sort();
                Diagnostic::error(GRAPH)
                    .detail(format!(
                        "Cycle: {}. Each of them needs another one of them, so none can be the first.",
                        names.join(", ")
                    ))
                    .at(members.first().map(|&at| place(at)))
            }
            Knot::SelfReference(at) => Diagnostic::error(GRAPH)
                .detail(format!(
                    "Self reference: {}. Its value cannot depend on itself.",
                    self.name(node(at))
                ))
                .at(place(at)),
        }
    }

    /// The nodes of one kind, each after those of its kind it needs, as long as no chain is too long.
    fn chain(
        &self,
        count: usize,
        node: fn(usize) -> Node,
        title: &str,
        findings: &mut Diagnostics,
    ) -> Vec<Node> {
        let mut order = Vec::with_capacity(count);
        let mut done = vec![false; count];
        for at in 0..count {
            if let Err(at) = self.link(at, node, MAX_CHAIN, &mut done, &mut order) {
                findings.push(
                    Diagnostic::error(title)
                        .detail(format!(
                            "{} stands at the end of a chain of more than {MAX_CHAIN} that need each other, perhaps in a circle. \
                             Without -use-sequential-evaluation chains may be of any length.",
                            self.name(node(at))
                        ))
                        .at(match node(at) {
                            Node::Local(at) => self.locals[at].span,
                            Node::Data(at) => self.data[at].span,
                        }),
                );
                break;
            }
        }
        order.into_iter().map(node).collect()
    }

    fn link(
        &self,
        at: usize,
        node: fn(usize) -> Node,
        left: usize,
        done: &mut [bool],
        order: &mut Vec<usize>,
    ) -> Result<(), usize> {
        if done[at] {
            return Ok(());
        }
        if left == 0 {
            return Err(at);
        }
        for reference in self.references(node(at)) {
            for used in self.resolve(&reference).unwrap_or_default() {
                match (used, node(at)) {
                    (Node::Local(used), Node::Local(_)) | (Node::Data(used), Node::Data(_)) => {
                        self.link(used, node, left - 1, done, order)?;
                    }
                    _ => {}
                }
            }
        }
        if !done[at] {
            done[at] = true;
            order.push(at);
        }
        Ok(())
    }
}

const GRAPH: &str = "failed to prepare execution graph";

impl Run<'_> {
    async fn all(&mut self, order: Vec<Node>) {
        for node in order {
            match node {
                Node::Local(at) => self.local(at),
                Node::Data(at) => self.data(at).await,
            }
        }
    }

    fn names(&self) -> Names {
        let data = data::object(&self.answers);
        Names { var: self.var.clone(), local: self.locals.clone(), data: Some(data) }
    }

    fn local(&mut self, at: usize) {
        let local = &self.on.locals[at];
        let scope = self.on.globals.with(&self.names());
        let (value, findings) = local.expr.evaluate(&scope);
        let failed = findings.has_errors();
        self.findings.extend(findings);
        if failed {
            self.failed.insert(local.name.clone());
        }
        self.locals.insert(local.name.clone(), if failed { Value::dynamic() } else { value });
    }

    async fn data(&mut self, at: usize) {
        let block = &self.on.data[at];
        let answer = match self.on.catalog.data_source(&block.ty) {
            None => {
                self.findings.push(data::unknown_type(block, self.on.catalog));
                Value::dynamic()
            }
            Some(kind) => {
                let scope = self.on.globals.with(&self.names());
                let mode = if self.stopped { DataMode::Unknown } else { self.on.mode };
                let (prepare, cx) = (self.on.prepare, self.on.cx);
                let answer = data::ask(block, &*kind, &scope, mode, prepare, cx, &mut self.findings).await;
                self.stopped |= answer.failed;
                answer.value
            }
        };
        self.answers.push((block.ty.clone(), block.name.clone(), answer));
    }

    /// Whatever has no value by now is unknown: its mistake is reported, and shall not cause others.
    fn finish(mut self) -> Evaluated {
        for local in self.on.locals {
            if !self.locals.contains_key(&local.name) {
                self.locals.insert(local.name.clone(), Value::dynamic());
                self.failed.insert(local.name.clone());
            }
        }
        for block in self.on.data {
            if !self.answers.iter().any(|(ty, name, _)| *ty == block.ty && *name == block.name) {
                let answer = match self.on.catalog.data_source(&block.ty) {
                    Some(kind) => Value::unknown(kind.output()),
                    None => Value::dynamic(),
                };
                self.answers.push((block.ty.clone(), block.name.clone(), answer));
            }
        }
        self.findings.extend(data::inconsistent(&self.answers));
        let names = self.names();
        Evaluated { names, failed: self.failed, findings: self.findings }
    }
}
