//! Data sources: their declaration, and asking one.

use std::collections::BTreeMap;
use std::sync::Arc;

use cty::Value;
use diag::{Diagnostic, Diagnostics, Span};
use hcl::{AnyBody, ContentBlock, Scope};
use tintype_sdk::{Catalog, Category, Cx, DataSourceKind, PrepareCx, counted};

use super::options::{self, Options};
use super::titles::block_title;

/// A declared data source.
#[derive(Clone, Debug)]
pub(crate) struct DataBlock {
    pub(crate) ty: Arc<str>,
    pub(crate) name: Arc<str>,
    pub(crate) body: AnyBody,
    /// The header of its block.
    pub(crate) span: Span,
    pub(crate) title: String,
}

/// Whether data sources are asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DataMode {
    /// Each is asked.
    Execute,
    /// None is: what they would answer is unknown, but its type is not.
    Unknown,
}

/// Reads a `data` block.
pub(crate) fn read(block: &ContentBlock, findings: &mut Diagnostics) -> Option<DataBlock> {
    let [ty, name] = &block.labels[..] else { return None };
    let mut fine = true;
    for (label, title) in [(ty, "Invalid data source name"), (name, "Invalid data resource name")] {
        if !super::is_identifier(&label.value) {
            fine = false;
            findings.push(
                Diagnostic::error(title)
                    .detail(format!("{:?} is no name. {}", &*label.value, super::IDENTIFIER_RULE))
                    .at(label.span),
            );
        }
    }
    fine.then(|| DataBlock {
        ty: ty.value.clone(),
        name: name.value.clone(),
        body: block.body.clone(),
        span: block.header,
        title: block_title(block),
    })
}

/// Adds a data source to those that are declared already.
pub(crate) fn declare(all: &mut Vec<DataBlock>, new: DataBlock, findings: &mut Diagnostics) {
    if all.iter().any(|known| known.ty == new.ty && known.name == new.name) {
        findings.push(
            Diagnostic::error("Duplicate data block")
                .detail(format!("There is a data source data.{}.{} already.", new.ty, new.name))
                .at(new.span),
        );
    } else {
        all.push(new);
    }
}

/// The finding for a type of data source that does not exist.
pub(crate) fn unknown_type(block: &DataBlock, catalog: &dyn Catalog) -> Diagnostic {
    super::component::unknown(
        format!("Unknown data type {}", block.ty),
        Category::DataSource,
        &block.ty,
        catalog,
    )
    .at(block.span)
}

/// What came of a data source.
pub(crate) struct Answer {
    pub(crate) value: Value,
    /// It was asked, and something in the world kept it from answering.
    pub(crate) failed: bool,
}

/// Asks a data source, or, when it is not to be asked, checks its options. What is wrong is reported; the answer is unknown then.
pub(crate) async fn ask(
    block: &DataBlock,
    kind: &dyn DataSourceKind,
    scope: &Scope,
    mode: DataMode,
    prepare: &PrepareCx,
    cx: &Cx,
    findings: &mut Diagnostics,
) -> Answer {
    let output = kind.output();
    let unknown = |failed: bool| Answer { value: Value::unknown(output.clone()), failed };
    let spec = options::spec(kind.schema());
    let options = Options { body: &block.body, block: block.span, title: &block.title };
    let config = match options.decode(&spec, scope) {
        Ok(config) => config,
        Err(errors) => {
            findings.extend(errors);
            return unknown(false);
        }
    };
    let prepared = match kind.prepare(&config, prepare).await {
        Ok(prepared) => prepared,
        Err(errors) => {
            findings.extend(options.placed(counted(errors)));
            return unknown(false);
        }
    };
    findings.extend(options.placed(prepared.warnings));
    if mode == DataMode::Unknown {
        return unknown(false);
    }
    // As it comes: what plugins answer may have more than they promise, or less, and templates rely on it.
    let answer = prepared.component.read(cx).await;
    match answer {
        Ok(value) => Answer { value, failed: false },
        Err(error) => {
            let mut finding = Diagnostic::error(error.to_string())
                .detail(format!("The data source data.{}.{} gave no answer.", block.ty, block.name))
                .at(block.span);
            if let Some(hint) = error.hints().first() {
                finding = finding.hint(hint.clone());
            }
            findings.push(finding);
            unknown(true)
        }
    }
}

/// The answers of data sources: type, name, answer.
pub(crate) type Answers = Vec<(Arc<str>, Arc<str>, Value)>;

/// What `data` is: for each type of data source a map of answers by name. Where they are of different types there is no map, and
/// everything is unknown.
pub(crate) fn object(answers: &Answers) -> Value {
    Value::object(
        by_type(answers)
            .into_iter()
            .map(|(ty, answers)| (ty, map(answers).unwrap_or_else(Value::dynamic)))
            .collect(),
    )
}

/// The findings for types of data sources whose answers are of different types.
pub(crate) fn inconsistent(answers: &Answers) -> Diagnostics {
    let bad = by_type(answers).into_iter().filter(|(_, answers)| {
        // A failed one is of no type, and has been reported.
        let known: BTreeMap<_, _> = answers
            .iter()
            .filter(|(_, answer)| !answer.ty().is_dynamic())
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect();
        !known.is_empty() && map(known).is_none()
    });
    bad.map(|(ty, _)| {
        Diagnostic::error("Inconsistent data source types").detail(format!(
            "The data sources of type {ty} gave answers of different types, so data.{ty} cannot be a map of them."
        ))
    })
    .collect()
}

fn by_type(answers: &Answers) -> BTreeMap<Arc<str>, BTreeMap<Arc<str>, Value>> {
    let mut by_type: BTreeMap<Arc<str>, BTreeMap<Arc<str>, Value>> = BTreeMap::new();
    for (ty, name, answer) in answers {
        by_type.entry(ty.clone()).or_default().insert(name.clone(), answer.clone());
    }
    by_type
}

fn map(answers: BTreeMap<Arc<str>, Value>) -> Option<Value> {
    let element = answers.values().next()?.ty().clone();
    let same = !element.is_dynamic() && answers.values().all(|answer| *answer.ty() == element);
    same.then(|| Value::map(element, answers))
}
