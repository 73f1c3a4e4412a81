//! Locals and data sources get their values. In which order is [`order`](super::order)'s part, asking a data source
//! [`data`](super::data)'s.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cty::Value;
use diag::Diagnostics;
use tintype_sdk::{Catalog, Cx, PrepareCx};

use super::data::{self, Answers, DataBlock, DataMode};
use super::local::Local;
use super::order::{Needs, Node};
use super::scope::{Globals, Names};

/// What is evaluated, and with what.
pub(crate) struct Evaluator<'a> {
    pub(crate) globals: &'a Globals,
    pub(crate) locals: &'a [Local],
    pub(crate) data: &'a [DataBlock],
    pub(crate) catalog: &'a dyn Catalog,
    pub(crate) mode: DataMode,
    pub(crate) prepare: &'a PrepareCx,
    pub(crate) cx: &'a Cx,
    /// The older way: all data sources first, then all locals.
    pub(crate) sequential: bool,
}

/// What came of it.
pub(crate) struct Evaluated {
    pub(crate) names: Names,
    /// The locals that have no value since something is wrong; they are unknown for all who use them.
    pub(crate) failed: BTreeSet<Arc<str>>,
    pub(crate) findings: Diagnostics,
}

struct Run<'a> {
    on: &'a Evaluator<'a>,
    needs: Needs<'a>,
    var: Value,
    locals: BTreeMap<Arc<str>, Value>,
    failed: BTreeSet<Arc<str>>,
    answers: Answers,
    /// The template is wrong, or a data source gave no answer and others may depend on the same circumstances: none is asked any more.
    stopped: bool,
    findings: Diagnostics,
}

impl Evaluator<'_> {
    /// Evaluates everything. What cannot be evaluated is unknown, so that all mistakes are found, and none causes others.
    pub(crate) async fn run(&self, var: Value) -> Evaluated {
        let mut run = Run {
            on: self,
            needs: Needs::new(self.locals, self.data),
            var,
            locals: BTreeMap::new(),
            failed: BTreeSet::new(),
            answers: Answers::new(),
            stopped: false,
            findings: Diagnostics::new(),
        };
        if self.sequential {
            let data = run.needs.data_by_chains(&mut run.findings);
            run.all(data).await;
            let locals = run.needs.locals_by_chains(&mut run.findings);
            run.all(locals).await;
        } else {
            let (order, knotted) = run.needs.by_graph(&mut run.findings);
            run.stopped = run.findings.has_errors();
            run.give_up(knotted);
            run.all(order).await;
        }
        run.finish()
    }
}

impl Run<'_> {
    async fn all(&mut self, order: Vec<Node>) {
        for node in order {
            match node {
                Node::Local(at) => self.local(at),
                Node::Data(at) => self.data(at).await,
            }
        }
    }

    /// The names that a node may use.
    fn names(&self, node: Node) -> Names {
        let references = self.needs.references(node);
        let mut locals = references.iter().filter(|reference| &*reference.root == "local");
        // Most nodes name the locals they use. To hand each of them all locals would take a while where there are thousands.
        let local = if self.on.sequential || locals.clone().any(|reference| reference.steps.is_empty()) {
            self.locals.clone()
        } else {
            let mut used = BTreeMap::new();
            while let Some(step) = locals.next().and_then(|reference| reference.steps.first()) {
                used.extend(
                    self.locals.get_key_value(step.text()).map(|(name, value)| (name.clone(), value.clone())),
                );
            }
            used
        };
        Names { var: self.var.clone(), local, data: Some(data::object(&self.answers)) }
    }

    fn local(&mut self, at: usize) {
        let local = &self.on.locals[at];
        let scope = self.on.globals.with(&self.names(Node::Local(at)));
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
        let Some(kind) = self.on.catalog.data_source(&block.ty) else {
            self.give_up([Node::Data(at)]);
            return;
        };
        let scope = self.on.globals.with(&self.names(Node::Data(at)));
        let mode = if self.stopped { DataMode::Unknown } else { self.on.mode };
        let (prepare, cx) = (self.on.prepare, self.on.cx);
        let answer = data::ask(block, &*kind, &scope, mode, prepare, cx, &mut self.findings).await;
        self.stopped |= answer.failed;
        self.answers.push((block.ty.clone(), block.name.clone(), answer.value));
    }

    /// Makes nodes unknown that can have no value.
    fn give_up(&mut self, nodes: impl IntoIterator<Item = Node>) {
        for node in nodes {
            match node {
                Node::Local(at) => {
                    let name = &self.on.locals[at].name;
                    self.locals.insert(name.clone(), Value::dynamic());
                    self.failed.insert(name.clone());
                }
                Node::Data(at) => {
                    let block = &self.on.data[at];
                    let answer = match self.on.catalog.data_source(&block.ty) {
                        Some(kind) => Value::unknown(kind.output()),
                        None => {
                            self.findings.push(data::unknown_type(block, self.on.catalog));
                            Value::dynamic()
                        }
                    };
                    self.answers.push((block.ty.clone(), block.name.clone(), answer));
                }
            }
        }
    }

    fn finish(mut self) -> Evaluated {
        // An order that ended early left some out.
        let locals =
            self.on.locals.iter().enumerate().filter(|(_, local)| !self.locals.contains_key(&local.name));
        let mut left: Vec<Node> = locals.map(|(at, _)| Node::Local(at)).collect();
        let asked: BTreeSet<(&str, &str)> =
            self.answers.iter().map(|(ty, name, _)| (&**ty, &**name)).collect();
        let data =
            self.on.data.iter().enumerate().filter(|(_, block)| !asked.contains(&(&*block.ty, &*block.name)));
        left.extend(data.map(|(at, _)| Node::Data(at)));
        self.give_up(left);
        self.findings.extend(data::inconsistent(&self.answers));
        let names = Names { var: self.var, local: self.locals, data: Some(data::object(&self.answers)) };
        Evaluated { names, failed: self.failed, findings: self.findings }
    }
}
