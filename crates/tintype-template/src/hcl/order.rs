//! In which order locals and data sources get their values, and what is wrong when there is none.

use std::collections::{BTreeMap, BTreeSet};

use diag::{Diagnostic, Diagnostics, Span, did_you_mean};
use hcl::walk::{Reference, body_references, references};

use super::data::DataBlock;
use super::graph::{Graph, Knot};
use super::local::Local;

/// For so many names that nobody has the nearest one is looked for: where there are thousands, something else is wrong, and it would take
/// a while.
const ADVICE: usize = 100;

/// How many locals, or data sources, may need each other in a row in sequential evaluation.
const MAX_CHAIN: usize = 10;

const NO_ORDER: &str = "failed to prepare execution graph";

/// A thing that can be needed, by its place among its kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Node {
    Local(usize),
    Data(usize),
}

/// Locals and data sources, with what they need.
pub(crate) struct Needs<'a> {
    locals: &'a [Local],
    data: &'a [DataBlock],
    local_places: BTreeMap<&'a str, usize>,
    data_places: BTreeMap<&'a str, BTreeMap<&'a str, usize>>,
}

impl<'a> Needs<'a> {
    pub(crate) fn new(locals: &'a [Local], data: &'a [DataBlock]) -> Self {
        let local_places = locals.iter().enumerate().map(|(at, local)| (&*local.name, at)).collect();
        let mut data_places: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        for (at, block) in data.iter().enumerate() {
            data_places.entry(&*block.ty).or_default().insert(&*block.name, at);
        }
        Self { locals, data, local_places, data_places }
    }

    /// What a node refers to.
    pub(crate) fn references(&self, node: Node) -> Vec<Reference> {
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

    fn place(&self, node: Node) -> Span {
        match node {
            Node::Local(at) => self.locals[at].span,
            Node::Data(at) => self.data[at].span,
        }
    }

    /// What a reference stands for; none of ours may be meant. On failure: what is not declared.
    fn resolve(&self, reference: &Reference) -> Result<Vec<Node>, String> {
        let step = |at: usize| reference.steps.get(at).map(|step| step.text());
        match (&*reference.root, step(0), step(1)) {
            ("local", Some(name), _) => match self.local_places.get(name) {
                Some(&at) => Ok(vec![Node::Local(at)]),
                None => Err(format!("local.{name}")),
            },
            ("data", Some(ty), Some(name)) => {
                match self.data_places.get(ty).and_then(|names| names.get(name)) {
                    Some(&at) => Ok(vec![Node::Data(at)]),
                    None => Err(format!("data.{ty}.{name}")),
                }
            }
            ("data", Some(ty), None) => Ok(self
                .data_places
                .get(ty)
                .into_iter()
                .flat_map(BTreeMap::values)
                .map(|&at| Node::Data(at))
                .collect()),
            _ => Ok(Vec::new()),
        }
    }

    /// The nodes that can have a value, each after those it needs; and those that cannot, of which the findings tell.
    pub(crate) fn by_graph(&self, findings: &mut Diagnostics) -> (Vec<Node>, Vec<Node>) {
        let locals = self.locals.len();
        let count = locals + self.data.len();
        let node = |at: usize| if at < locals { Node::Local(at) } else { Node::Data(at - locals) };
        let index = |node: Node| match node {
            Node::Local(at) => at,
            Node::Data(at) => locals + at,
        };
        let mut graph = Graph::new(count);
        let mut bad = BTreeSet::new();
        for user in 0..count {
            for reference in self.references(node(user)) {
                match self.resolve(&reference) {
                    Ok(used) => used.into_iter().for_each(|used| graph.need(user, index(used))),
                    Err(missing) => {
                        bad.insert(user);
                        let advise = findings.len() < ADVICE;
                        findings.push(self.undeclared(node(user), &missing, &reference, advise));
                    }
                }
            }
        }
        let (order, knots) = graph.order();
        for knot in &knots {
            let finding = match knot {
                Knot::Cycle(members) => {
                    bad.extend(members);
                    self.cycle(&members.iter().map(|&at| node(at)).collect::<Vec<_>>())
                }
                Knot::SelfReference(at) => {
                    bad.insert(*at);
                    self.self_reference(node(*at))
                }
            };
            findings.push(finding);
        }
        let order = order.into_iter().filter(|at| !bad.contains(at)).map(node).collect();
        (order, bad.into_iter().map(node).collect())
    }

    fn undeclared(&self, user: Node, missing: &str, reference: &Reference, advise: bool) -> Diagnostic {
        let finding = Diagnostic::error(NO_ORDER)
            .detail(format!("{} needs {missing}, which is not declared.", self.name(user)))
            .at(reference.span);
        if !advise {
            return finding;
        }
        let (kind, name) = missing.split_once('.').unwrap_or(("", missing));
        let data: Vec<String>;
        let near = if kind == "local" {
            did_you_mean(name, self.locals.iter().map(|local| &*local.name))
        } else {
            data = self.data.iter().map(|block| format!("{}.{}", block.ty, block.name)).collect();
            did_you_mean(name, data.iter().map(String::as_str))
        };
        match near {
            Some(near) => finding.hint(format!("Did you mean \"{kind}.{near}\"?")),
            None => finding,
        }
    }

    fn cycle(&self, members: &[Node]) -> Diagnostic {
        let mut names: Vec<String> = members.iter().map(|&node| self.name(node)).collect();
        names.sort();
        let names = names.join(", ");
        Diagnostic::error(NO_ORDER)
            .detail(format!(
                "Cycle: {names}. Each of them needs another one of them, so none can be the first."
            ))
            .at(members.first().map(|&node| self.place(node)))
    }

    fn self_reference(&self, node: Node) -> Diagnostic {
        Diagnostic::error(NO_ORDER)
            .detail(format!("Self reference: {}. Its value cannot depend on itself.", self.name(node)))
            .at(self.place(node))
    }

    /// All data sources, each after the data sources it needs: the first half of sequential evaluation. A chain that is too long, perhaps
    /// endless, is a finding, and ends the order.
    pub(crate) fn data_by_chains(&self, findings: &mut Diagnostics) -> Vec<Node> {
        let nodes = (0..self.data.len()).map(Node::Data);
        self.by_chains(nodes, "Max datasource recursion depth exceeded.", findings)
    }

    /// All locals, each after the locals it needs: the second half.
    pub(crate) fn locals_by_chains(&self, findings: &mut Diagnostics) -> Vec<Node> {
        let nodes = (0..self.locals.len()).map(Node::Local);
        self.by_chains(nodes, "Max local recursion depth exceeded.", findings)
    }

    fn by_chains(
        &self,
        nodes: impl Iterator<Item = Node>,
        title: &str,
        findings: &mut Diagnostics,
    ) -> Vec<Node> {
        let mut order = Order::default();
        for node in nodes {
            if let Err(end) = self.chain(node, MAX_CHAIN, &mut order) {
                findings.push(
                    Diagnostic::error(title)
                        .detail(format!(
                            "{} stands at the end of a chain of more than {MAX_CHAIN} that need each other, perhaps in a circle.",
                            self.name(end)
                        ))
                        .hint("Without -use-sequential-evaluation chains may be of any length, and circles are named.")
                        .at(self.place(end)),
                );
                break;
            }
        }
        order.nodes
    }

    /// Puts a node behind those of its kind that it needs. On failure: where the chain became too long.
    fn chain(&self, node: Node, left: usize, order: &mut Order) -> Result<(), Node> {
        if order.has(node) {
            return Ok(());
        }
        if left == 0 {
            return Err(node);
        }
        for reference in self.references(node) {
            for used in self.resolve(&reference).unwrap_or_default() {
                if matches!((used, node), (Node::Local(_), Node::Local(_)) | (Node::Data(_), Node::Data(_))) {
                    self.chain(used, left - 1, order)?;
                }
            }
        }
        order.push(node);
        Ok(())
    }
}

/// Nodes of one kind in a row, each once.
#[derive(Default)]
struct Order {
    nodes: Vec<Node>,
    known: BTreeSet<usize>,
}

impl Order {
    fn has(&self, node: Node) -> bool {
        let (Node::Local(at) | Node::Data(at)) = node;
        self.known.contains(&at)
    }

    fn push(&mut self, node: Node) {
        let (Node::Local(at) | Node::Data(at)) = node;
        if self.known.insert(at) {
            self.nodes.push(node);
        }
    }
}
