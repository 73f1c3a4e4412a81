//! `build` blocks: which sources, and what is done with each.

use std::sync::Arc;

use diag::{Diagnostic, Diagnostics, Span};
use hcl::ast::ExprKind;
use hcl::{Content, ContentBlock, Scope};

use super::grammar;
use super::meta::Meta;
use super::post_processor::{self, PostBlock};
use super::provisioner::{self, ProvisionBlock};
use super::scope;
use super::source::{self, SourceUse};
use super::titles::Titles;

/// A `build` block.
#[derive(Clone, Debug)]
pub(crate) struct Build {
    /// Empty when it has none.
    pub(crate) name: Arc<str>,
    pub(crate) description: String,
    pub(crate) sources: Vec<SourceUse>,
    pub(crate) provisioners: Vec<ProvisionBlock>,
    pub(crate) error_cleanup: Option<ProvisionBlock>,
    pub(crate) chains: Vec<Vec<PostBlock>>,
    /// Its own registry blocks.
    pub(crate) registries: Vec<ContentBlock>,
}

/// Reads a `build` block with all mistakes in it. `scope` is that of the whole template.
pub(crate) fn read(
    block: &ContentBlock,
    scope: &Scope,
    titles: &mut Titles,
    findings: &mut Diagnostics,
) -> Build {
    let (content, found) = hcl::expand(block.body.clone(), scope).content(grammar::BUILD.schema());
    findings.extend(found);
    content.blocks.iter().for_each(|block| titles.add(block));
    let mut meta = Meta { content: &content, scope, findings };
    let name: Arc<str> = meta.string("name").unwrap_or_default().into();
    let description = meta.string("description").unwrap_or_default();
    let before = meta.findings.len();
    let listed = meta.strings("sources").unwrap_or_default();
    let unreadable = meta.findings.len() > before;
    let mut sources: Vec<SourceUse> = listed
        .iter()
        .enumerate()
        .filter_map(|(at, text)| source::reference(text, element_span(&content, at, block.header), findings))
        .collect();
    let blocks = content.blocks_of("source");
    sources.extend(blocks.filter_map(|block| source::read_use(block, findings)));
    if listed.is_empty() && !unreadable && content.blocks_of("source").next().is_none() {
        findings.push(missing_source(block));
    }
    let inside = scope::in_step(scope, &name);
    let provisioners =
        content.blocks_of("provisioner").map(|block| provisioner::read(block, &inside, findings)).collect();
    let mut error_cleanup = None;
    for block in content.blocks_of("error-cleanup-provisioner") {
        let read = provisioner::read(block, &inside, findings);
        if error_cleanup.is_some() {
            findings.push(
                Diagnostic::error("Only one error-cleanup-provisioner is allowed")
                    .detail("A build has one provisioner for the case of an error. Its script can do several things.")
                    .at(block.header),
            );
        } else {
            error_cleanup = Some(read);
        }
    }
    let mut chains = Vec::new();
    for block in &content.blocks {
        match &*block.kind.name {
            "post-processor" => chains.push(vec![post_processor::read(block, &inside, findings)]),
            "post-processors" => chains.push(chain(block, &inside, titles, findings)),
            _ => {}
        }
    }
    let registries = content.blocks_of("hcp_packer_registry").cloned().collect();
    Build { name, description, sources, provisioners, error_cleanup, chains, registries }
}

/// Where an element of the list of sources stands, when it is written out.
fn element_span(content: &Content, at: usize, otherwise: Span) -> Span {
    let Some(attr) = content.attribute("sources") else { return otherwise };
    match &attr.expr.kind {
        ExprKind::Tuple(items) => items.get(at).map_or(attr.expr.span, |item| item.span),
        _ => attr.expr.span,
    }
}

fn missing_source(block: &ContentBlock) -> Diagnostic {
    Diagnostic::error("missing source reference")
        .detail("A build needs a source at least: list some in \"sources\", or add a block \"source\".")
        .at(block.header)
}

fn chain(
    block: &ContentBlock,
    scope: &Scope,
    titles: &mut Titles,
    findings: &mut Diagnostics,
) -> Vec<PostBlock> {
    let (content, found) = block.body.content(grammar::POST_PROCESSORS.schema());
    findings.extend(found);
    content.blocks.iter().for_each(|block| titles.add(block));
    content.blocks.iter().map(|block| post_processor::read(block, scope, findings)).collect()
}
